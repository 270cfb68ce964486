"""What hosts answer, and how far the world is from a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.options import SELECTORS, Serving
from tenantry.domain.plans import Plan, Progress


class Answer(Value):
    """One invocation. `outcome` says how it ended, `message` the container's or SageMaker's own words."""

    outcome: Literal["ok", "not_ready", "model_error", "invalid", "throttled", "unavailable"]
    took_ms: int
    status: int = 200
    body: bytes = b""
    content_type: str = ""
    message: str = ""


class Address(Value):
    """Where a version answers: an endpoint, and on a host of several, the target that selects it there.

    `instances` are the endpoint's, `at_once` the most calls it takes at the same time (`None`: not limited).
    """

    endpoint: str
    serving: Serving
    target: str
    instances: int
    at_once: int | None = None

    @property
    def selector(self) -> dict[str, str]:
        """The parameter of an invocation that selects the target; none where the endpoint has one version."""
        name = SELECTORS.get(self.serving)
        return {name: self.target} if name else {}


class Asked(Value):
    """One request for the queue of an asynchronous endpoint: where its body lies, and what SageMaker shall call it.

    The answer becomes the object `folder`/`file` under the prefix that the endpoint was made with. Both times in
    seconds: `ttl` is how long it may wait, `timeout` how long the container may take for it.
    """

    inference: str
    input: str
    content_type: str
    accept: str | None = None
    folder: str
    file: str
    ttl: int
    timeout: int


class Receipt(Value):
    """The S3 URIs at which a request's answer will lie, or what the container said instead (empty: nowhere)."""

    answer: str
    failure: str = ""


SAMPLES = "_samples"
"""The folder of answers to samples: no request's id begins with an underscore, nor does what SageMaker calls one."""


JOB_LOGS = "/aws/sagemaker/TransformJobs"
"""The log group of all transform jobs (SageMaker guide, logging-cloudwatch)."""


class EndpointView(Value):
    """An endpoint as DescribeEndpoint shows it."""

    name: str
    status: str
    config: str
    instances: int
    desired: int
    reason: str = ""


class ComponentView(Value):
    """An inference component as DescribeInferenceComponent shows it."""

    name: str
    endpoint: str
    status: str
    copies: int
    desired: int
    reason: str = ""


class JobView(Value):
    """A transform job as DescribeTransformJob shows it; `said` is what its log has of the container's words."""

    name: str
    status: str
    reason: str = ""
    said: str = ""


class PackageView(Value):
    """A version's model package, as DescribeModelPackage and ListModelPackages show it.

    `approval` is ModelApprovalStatus, `said` what the approver wrote (a list does not show that). `about` is the
    package's description, which names the upload.
    """

    arn: str
    status: str
    approval: str
    said: str = ""
    about: str = ""


class Standing(Value):
    """An endpoint as ListEndpoints shows it."""

    name: str
    arn: str
    status: str
    created_at: datetime


def progress(
    plan: Plan,
    views: Mapping[str, EndpointView | None],
    components: Mapping[str, ComponentView | None] | None = None,
    jobs: Mapping[str, JobView | None] | None = None,
) -> Progress:
    """Whether everything the plan names is as the plan wants it; `None`, or no view at all, means there is none."""
    there = components or {}
    seen = [_arriving(name, views.get(name)) for name in plan.in_service]
    seen += [_arriving(name, there.get(name)) for name in plan.components_in_service]
    seen += [_ending(name, (jobs or {}).get(name)) for name in plan.completed]
    seen += [_leaving(name, views.get(name)) for name in plan.gone]
    seen += [_leaving(name, there.get(name)) for name in plan.components_gone]
    for state in ("failed", "waiting"):
        for one in seen:
            if one.state == state:
                return one
    return Progress(state="settled", reason="; ".join(one.reason for one in seen) or "nothing to wait for")


def _arriving(name: str, view: EndpointView | ComponentView | None) -> Progress:
    if view is None:
        return Progress(state="waiting", reason=f"{name} does not show yet")
    if view.status in {"Failed", "OutOfService", "UpdateRollbackFailed"}:
        return Progress(state="failed", reason=f"{name} is {view.status}: {view.reason or 'no reason given'}")
    has, what = _capacity(view)
    if view.status != "InService" or has != view.desired:
        return Progress(state="waiting", reason=f"{name} is {view.status} with {has} of {view.desired} {what}")
    return Progress(state="settled", reason=f"{name} is InService with {has} {what}")


def _capacity(view: EndpointView | ComponentView) -> tuple[int, str]:
    return (view.copies, "copies") if isinstance(view, ComponentView) else (view.instances, "instances")


def _ending(name: str, view: JobView | None) -> Progress:
    if view is None:
        return Progress(state="waiting", reason=f"transform job {name} does not show yet")
    if view.status == "Completed":
        return Progress(state="settled", reason=f"transform job {name} is Completed")
    if view.status in {"Failed", "Stopped"}:
        why = view.reason or "no reason given"
        log = f"its container's own words are in the log group {JOB_LOGS}, in the streams {name}/..."
        told = f"its container said: {view.said}" if view.said else log
        return Progress(state="failed", reason=f"transform job {name} is {view.status}: {why}; {told}")
    return Progress(state="waiting", reason=f"transform job {name} is {view.status}")


def _leaving(name: str, view: EndpointView | ComponentView | None) -> Progress:
    if view is None:
        return Progress(state="settled", reason=f"{name} is gone")
    return Progress(state="waiting", reason=f"{name} is {view.status}")
