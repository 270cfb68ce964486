"""What can be turned: every knob's name, type, unit and default. Changed as a whole; a reader sees one state."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

AWS_RATES = {
    **dict.fromkeys(("CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"), 1.0),
    **dict.fromkeys(("DeleteModel", "DeleteEndpointConfig", "DeleteEndpoint"), 1.0),
    "UpdateEndpointWeightsAndCapacities": 1.0,
    **dict.fromkeys(("DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"), 5.0),
    **dict.fromkeys(("ListEndpoints", "ListModels", "ListEndpointConfigs"), 2.0),
    "InvokeEndpoint": 10_000.0,
}
"""Calls per second, account and region (AWS General Reference, SageMaker quotas; none is adjustable)."""


class Knobs(BaseModel):
    """Frozen and closed: an unknown knob is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Durations(Knobs):
    """The least number of seconds an endpoint stays in a passing state."""

    creating: float = Field(0.0, ge=0)
    updating: float = Field(0.0, ge=0)
    deleting: float = Field(0.0, ge=0)


class Quotas(Knobs):
    """Limits of the account; `None` is no limit. AWS's own defaults for a new account are 4, 4 and small."""

    instances_per_endpoint: int | None = Field(None, ge=0)
    instances: int | None = Field(None, ge=0)
    endpoints: int | None = Field(None, ge=0)
    models: int | None = Field(None, ge=0)


class InstanceLimits(Knobs):
    """What every instance has: megabytes of memory for models and of disk for artifacts."""

    memory_mb: float = Field(2048, gt=0)
    disk_mb: float = Field(4096, gt=0)
    loads_at_once: int = Field(4, ge=1)


class Settings(Knobs):
    """All knobs."""

    durations: Durations = Durations()
    quotas: Quotas = Quotas()
    instance: InstanceLimits = InstanceLimits()
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
    metrics_seconds: float = Field(10.0, gt=0)
    """Seconds between two deliveries of metrics."""


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


def _merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(current)
    for name, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(name), dict) and name != "rates"
        merged[name] = _merged(merged[name], value) if nested else value
    return merged
