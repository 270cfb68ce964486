"""A plan: SageMaker calls as data. Only `apply_plan` carries one out; `check_plan` says whether the world matches.

One thing in a call is not known when the plan is made: the ARN of a scaling policy, which AWS makes up. An alarm names
the policy it acts on by `policy_action`, and whoever makes the call looks its ARN up.
"""

from typing import Any, Literal

from tenantry.domain.base import Value


class Call(Value):
    """One AWS call: `operation` as boto3 names it in PascalCase, `params` as that operation takes them."""

    operation: str
    params: dict[str, Any]
    service: Literal["sagemaker", "application-autoscaling", "cloudwatch"] = "sagemaker"


class Plan(Value):
    """Calls in order, and the endpoints and components that must be in service (or gone) before it counts as done.

    `completed` are transform jobs that must have been carried out. `then` are calls that SageMaker takes only after
    that: an endpoint's scaling, once it is in service.
    Names in calls are derived, so carrying a plan out twice finds its own work: "already exists" and "already gone"
    are success.
    """

    calls: tuple[Call, ...] = ()
    in_service: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    components_in_service: tuple[str, ...] = ()
    components_gone: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    then: tuple[Call, ...] = ()
    reason: str = ""

    @classmethod
    def nothing(cls, reason: str) -> "Plan":
        """No call is needed, and why."""
        return cls(reason=reason)


class Progress(Value):
    """How far the world is from a plan: settled, still changing, or failed for `reason`.

    `wait_seconds` is how long to wait before the next look.
    """

    state: Literal["settled", "waiting", "failed"]
    reason: str
    wait_seconds: int = 0


def wait_seconds(looks: int, first: int) -> int:
    """How long to wait after so many looks: `first`, then twice, then four times that.

    All workflows share five looks a second, so one that takes minutes is looked at less and less often.
    """
    return first * (1, 2, 4)[min(looks // 2, 2)]


_POLICY = "scaling-policy:"


def policy_action(resource: str, policy: str) -> str:
    """An alarm's action: this scaling policy of this scalable target."""
    return f"{_POLICY}{policy}@{resource}"


def policy_of(action: str) -> tuple[str, str] | None:
    """Resource and name of the scaling policy that an alarm's action stands for; `None` when it is an ARN."""
    if not action.startswith(_POLICY):
        return None
    policy, _, resource = action.removeprefix(_POLICY).partition("@")
    return resource, policy
