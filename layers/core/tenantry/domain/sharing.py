"""One model for many tenants: its owner releases it, and whoever shares it follows the owner's route, or is pinned.

Nothing is written for a tenant when the owner's version changes: one write of the owner's route switches everybody who
follows it. A pin names one version instead, and holds it against retirement for as long as it is there.
"""

from datetime import datetime
from typing import ClassVar

from tenantry.domain.base import Row, Value
from tenantry.domain.names import Label
from tenantry.domain.routes import Route


class SharedModel(Value):
    """One model that a tenant shares, in its profile. `version`: the one to stay with; `None`: what is live."""

    version: Label | None = None


class Pin(Value):
    """The version that one tenant stays with, and where it answers."""

    version: str
    upload: str
    host: str
    target: str


class SharedRoute(Row):
    """(tenant, model) → the tenant whose model it is: calls go where that one's route leads, or where `pin` does.

    `raised` is what earlier owners' routes had come to, so that the generation does not fall when the owner changes.
    """

    table: ClassVar[str] = "routes"
    tenant: str
    model: str
    owner: str
    since: datetime
    suspended: bool = False
    pin: Pin | None = None
    raised: int = 0

    @staticmethod
    def at(tenant: str, model: str) -> tuple[str, str]:
        """The key of this tenant's way to the model."""
        return f"TENANT#{tenant}", f"SHARED#{model}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant, self.model)


class PinRow(Row):
    """That a tenant is pinned to this upload of its owner's, which therefore stays."""

    owner: str
    model: str
    upload: str
    tenant: str
    since: datetime

    @staticmethod
    def at(owner: str, model: str, upload: str, tenant: str) -> tuple[str, str]:
        """The key of this tenant's pin."""
        return f"TENANT#{owner}", f"PIN#{model}#{upload}#{tenant}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.owner, self.model, self.upload, self.tenant)


def followed(shared: SharedRoute, route: Route) -> Route:
    """The owner's route as this tenant's calls follow it. It changes when either does, and either suspends it."""
    own: dict[str, object] = {
        "tenant": shared.tenant,
        "revision": route.revision + shared.revision + shared.raised,
        "since": max(route.since, shared.since),
        "suspended": route.suspended or shared.suspended,
    }
    pinned = {**shared.pin.model_dump(), "canary": None, "standby": ""} if shared.pin else {}
    return route.model_copy(update=own | pinned)
