"""What can be turned: every knob's name, type, unit and default. Changed as a whole; a reader sees one state."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

AWS_RATES = {
    **dict.fromkeys(("CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"), 1.0),
    **dict.fromkeys(("CreateInferenceComponent", "UpdateInferenceComponent", "DeleteInferenceComponent"), 1.0),
    "UpdateInferenceComponentRuntimeConfig": 1.0,
    "DescribeInferenceComponent": 5.0,
    "ListInferenceComponents": 2.0,
    **dict.fromkeys(("DeleteModel", "DeleteEndpointConfig", "DeleteEndpoint"), 1.0),
    "UpdateEndpointWeightsAndCapacities": 1.0,
    **dict.fromkeys(("CreateTransformJob", "StopTransformJob"), 1.0),
    **dict.fromkeys(("DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"), 5.0),
    "DescribeTransformJob": 5.0,
    **dict.fromkeys(("CreateModelPackage", "UpdateModelPackage", "DeleteModelPackage"), 1.0),
    **dict.fromkeys(("CreateModelPackageGroup", "DeleteModelPackageGroup"), 1.0),
    **dict.fromkeys(("DescribeModelPackage", "DescribeModelPackageGroup"), 5.0),
    **dict.fromkeys(("ListModelPackages", "ListModelPackageGroups"), 2.0),
    **dict.fromkeys(("ListEndpoints", "ListModels", "ListEndpointConfigs", "ListTransformJobs"), 2.0),
    "InvokeEndpoint": 10_000.0,
}
"""Calls per second, account and region (AWS General Reference, SageMaker quotas; none is adjustable)."""
LOOK_SECONDS = 0.1
"""How soon a knob that is turned shortens a wait that goes on."""


class Knobs(BaseModel):
    """Frozen and closed: an unknown knob is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Durations(Knobs):
    """The least seconds that an endpoint or a transform job stays in a passing state; turned down, it ends at once."""

    creating: float = Field(0.0, ge=0)
    updating: float = Field(0.0, ge=0)
    deleting: float = Field(0.0, ge=0)
    provisioning: float = Field(0.0, ge=0)
    """Before the instances of a transform job start."""
    stopping: float = Field(0.0, ge=0)
    """A transform job's."""


class Quotas(Knobs):
    """Limits of the account; `None` is no limit. AWS's own defaults for a new account are 4, 4 and small."""

    instances_per_endpoint: int | None = Field(None, ge=0)
    instances: int | None = Field(None, ge=0)
    endpoints: int | None = Field(None, ge=0)
    models: int | None = Field(None, ge=0)
    components_per_endpoint: int | None = Field(None, ge=0)
    transform_instances: int | None = Field(None, ge=0)
    """Across all transform jobs; AWS's default is 4."""
    model_package_groups: int | None = Field(None, ge=0)
    """Said to be 0 in some new accounts, and 100 else."""
    serverless_endpoints: int | None = Field(None, ge=0)
    serverless_concurrency: int | None = Field(None, ge=0)
    """The sum of MaxConcurrency over all serverless endpoints."""


class InstanceLimits(Knobs):
    """What every instance has: megabytes of memory for models and of disk for artifacts."""

    memory_mb: float = Field(2048, gt=0)
    disk_mb: float = Field(4096, gt=0)
    loads_at_once: int = Field(4, ge=1)


class Serverless(Knobs):
    """Serverless endpoints: how their containers come and go."""

    cold_start_seconds: float = Field(0.0, ge=0)
    """The least a container takes to be ready."""
    start_limit: float = Field(180.0, gt=0)
    """Seconds after which a container that is not ready is given up."""
    idle_seconds: float = Field(300.0, ge=0)
    """Seconds without a request after which a container goes, unless it is provisioned."""
    payload_limit: int = Field(4_194_304, ge=0)
    """Bytes of a request's and of an answer's body."""


class Asynchronous(Knobs):
    """Asynchronous endpoints: their queue and what it takes."""

    per_instance: int = Field(4, ge=1, le=1000)
    """Requests at a time on an instance whose config has no MaxConcurrentInvocationsPerInstance."""
    payload_limit: int = Field(2**30, ge=0)
    """Bytes of an input in S3."""
    pace: float = Field(1.0, gt=0)
    """Seconds that one second of RequestTTLSeconds and of InvocationTimeoutSeconds lasts here."""


class Components(Knobs):
    """Inference components: their passing states, and the room that instances have for their copies."""

    creating: float = Field(0.0, ge=0)
    updating: float = Field(0.0, ge=0)
    deleting: float = Field(0.0, ge=0)
    """The least number of seconds in a passing state."""
    placing: float = Field(0.0, ge=0)
    """Seconds for which a copy that fits nowhere waits for room, before its component fails."""
    release_after: float = Field(0.0, ge=0)
    """Seconds until managed instance scaling lets an instance without copies go."""
    cpu_cores: float | None = Field(None, ge=0)
    memory_mb: float | None = Field(None, ge=0)
    """Room of every instance for copies; None is what the instance type has."""
    kept_mb: float = Field(512, ge=0)
    """What the platform keeps of the memory of an instance type; AWS does not say how much it is."""


class Settings(Knobs):
    """All knobs."""

    durations: Durations = Durations()
    quotas: Quotas = Quotas()
    instance: InstanceLimits = InstanceLimits()
    component: Components = Components()
    serverless: Serverless = Serverless()
    asynchronous: Asynchronous = Asynchronous()
    rates: dict[str, float] | None = None
    """Calls per second by operation; the word `aws` sets AWS's own; None is no limit."""
    invocation_limit: float = Field(60.0, gt=0)
    """Seconds after which an invocation is cut off; a load goes on."""
    load_limit: float = Field(360.0, gt=0)
    """Seconds after which a load is given up."""
    payload_limit: int = Field(6_291_456, ge=0)
    """Bytes of a request's body."""
    spill_after: int = Field(4, ge=1)
    """Requests in flight for one target on its instance before the next goes to another instance."""
    stand_in: bool = False
    """Containers that start from now on are light ones (stand_in.py): for more endpoints than memory has room for."""
    metrics_seconds: float = Field(10.0, gt=0)
    """Seconds between two deliveries of metrics."""
    gauge_seconds: float = Field(60.0, gt=0)
    """How long a minute is: every instance is read once in it, so that LoadedModelCount's sum counts the copies."""


class Panel:
    """The settings in force."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.now = settings or Settings()

    def turn(self, changes: Mapping[str, Any]) -> Settings:
        """Merge nested changes; `ValueError` (pydantic's) names what does not fit, and then nothing changes."""
        changes = dict(changes)
        if changes.get("rates") == "aws":
            changes["rates"] = AWS_RATES
        self.now = Settings.model_validate(_merged(self.now.model_dump(), changes))
        return self.now

    def outlast(self, began: float, knob: Callable[[Settings], float], ended: threading.Event) -> bool:
        """Wait until `knob` seconds after `began` (monotonic), as it stands meanwhile; whether `ended` is set."""
        while (left := began + knob(self.now) - time.monotonic()) > 0:
            if ended.wait(min(left, LOOK_SECONDS)):
                break
        return ended.is_set()


def _merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(current)
    for name, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(name), dict) and name != "rates"
        merged[name] = _merged(merged[name], value) if nested else value
    return merged
