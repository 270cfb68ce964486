"""A plan: SageMaker calls as data. Only `apply_plan` carries one out; `check_plan` says whether the world matches."""

from typing import Any, Literal

from tenantry.domain.base import Value


class Call(Value):
    """One AWS call: `operation` as boto3 names it in PascalCase, `params` as that operation takes them."""

    operation: str
    params: dict[str, Any]
    service: Literal["sagemaker", "application-autoscaling"] = "sagemaker"


class Plan(Value):
    """Calls in order, and the endpoints that must be in service (or gone) before the plan counts as done.

    Names in calls are derived, so carrying a plan out twice finds its own work: "already exists" and "already gone"
    are success.
    """

    calls: tuple[Call, ...] = ()
    in_service: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def nothing(cls, reason: str) -> "Plan":
        """No call is needed, and why."""
        return cls(reason=reason)


class Progress(Value):
    """How far the world is from a plan: settled, still changing, or failed for `reason`."""

    state: Literal["settled", "waiting", "failed"]
    reason: str
