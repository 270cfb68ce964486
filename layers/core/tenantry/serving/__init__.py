"""One module per serving option: pure functions from facts to plans and targets."""

from typing import Protocol

from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import multi_model
from tenantry.serving.placements import HostSettings, Placement

__all__ = ["OPTIONS", "HostSettings", "Placement", "ServingOption"]


class ServingOption(Protocol):
    """What every option can say; each is a module. One that has nothing to do says so with `Plan.nothing(why)`."""

    def place(self, version: Upload, host: HostRow) -> Placement:
        """Where the version goes on this host, why, and what SageMaker must be told for it."""

    def retire(self, version: Upload) -> Plan:
        """What SageMaker must be told before the version's copy may be deleted."""

    def create_host(self, endpoint: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
        """A new host behind this endpoint name."""

    def resize_host(self, endpoint: str, profile: FleetProfile, instances: int) -> Plan:
        """Other capacity for the endpoint; `instances` is what it has now."""

    def remove_host(self, endpoint: str) -> Plan:
        """The endpoint and all that was made with it, gone."""


OPTIONS: dict[Serving, ServingOption] = {Serving.MULTI_MODEL: multi_model}
"""What this release serves. Another option is one module and one row here."""
