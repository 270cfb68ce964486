"""What hosts answer, and how far the world is from a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.plans import Plan, Progress


class Answer(Value):
    """One invocation. `outcome` says how it ended, `message` the container's or SageMaker's own words."""

    outcome: Literal["ok", "not_ready", "model_error", "invalid", "throttled", "unavailable"]
    took_ms: int
    status: int = 200
    body: bytes = b""
    content_type: str = ""
    message: str = ""


class EndpointView(Value):
    """An endpoint as DescribeEndpoint shows it."""

    name: str
    status: str
    config: str
    instances: int
    desired: int
    reason: str = ""


class Standing(Value):
    """An endpoint as ListEndpoints shows it."""

    name: str
    arn: str
    status: str
    created_at: datetime


def progress(plan: Plan, views: Mapping[str, EndpointView | None]) -> Progress:
    """Whether every endpoint the plan names is as the plan wants it; `None` in `views` means there is none."""
    seen = [_arriving(name, views.get(name)) for name in plan.in_service]
    seen += [_leaving(name, views.get(name)) for name in plan.gone]
    for state in ("failed", "waiting"):
        for one in seen:
            if one.state == state:
                return one
    return Progress(state="settled", reason="; ".join(one.reason for one in seen) or "nothing to wait for")


def _arriving(name: str, view: EndpointView | None) -> Progress:
    if view is None:
        return Progress(state="waiting", reason=f"{name} does not show yet")
    if view.status in {"Failed", "OutOfService", "UpdateRollbackFailed"}:
        return Progress(state="failed", reason=f"{name} is {view.status}: {view.reason or 'no reason given'}")
    if view.status != "InService" or view.instances != view.desired:
        reason = f"{name} is {view.status} with {view.instances} of {view.desired} instances"
        return Progress(state="waiting", reason=reason)
    return Progress(state="settled", reason=f"{name} is InService with {view.instances} instances")


def _leaving(name: str, view: EndpointView | None) -> Progress:
    if view is None:
        return Progress(state="settled", reason=f"{name} is gone")
    return Progress(state="waiting", reason=f"{name} is {view.status}")
