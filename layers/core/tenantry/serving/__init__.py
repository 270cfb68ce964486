"""One module per serving option: pure functions from facts to plans and targets."""

from typing import Protocol

from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import (
    asynchronous,
    batch_transform,
    inference_component,
    multi_container,
    multi_model,
    real_time,
    serverless,
)
from tenantry.serving.placements import Ground, HostSettings, Placement

__all__ = ["FLEETS", "OPTIONS", "FleetOption", "Ground", "HostSettings", "Placement", "ServingOption"]


class ServingOption(Protocol):
    """What every option can say; each is a module. One that has nothing to do says so with `Plan.nothing(why)`."""

    def place(self, version: Upload, ground: Ground) -> Placement:
        """Where the version goes, why, and what SageMaker must be told for it."""

    def retire(self, host: HostRow, target: str) -> Plan:
        """What SageMaker must be told before the version that is this target on this host, and its copy, may go."""


class FleetOption(ServingOption, Protocol):
    """What an option can say of shared hosts, too."""

    def create_host(self, endpoint: str, fleet: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
        """A new host behind this endpoint name."""


FLEETS: dict[Serving, FleetOption] = {
    Serving.MULTI_MODEL: multi_model,
    Serving.MULTI_CONTAINER: multi_container,
    Serving.INFERENCE_COMPONENT: inference_component,
}
"""The options that fleets have."""
OPTIONS: dict[Serving, ServingOption] = {
    **FLEETS,
    Serving.REAL_TIME: real_time,
    Serving.SERVERLESS: serverless,
    Serving.ASYNCHRONOUS: asynchronous,
    Serving.BATCH_TRANSFORM: batch_transform,
}
"""What this release serves. Another option is one module and one row here."""
