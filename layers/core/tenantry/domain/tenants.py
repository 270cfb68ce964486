"""The rows of tenants and fleets: the profile in force, the state and its reason."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from tenantry.domain.base import Row, Value
from tenantry.domain.profiles import FleetProfile, TenantProfile


class TenantState(StrEnum):
    """Where a tenant is. CLOSING is an offboarding whose time has come and which can no longer be cancelled."""

    ONBOARDING = "ONBOARDING"
    READY = "READY"
    SUSPENDED = "SUSPENDED"
    CLOSING = "CLOSING"
    OFFBOARDED = "OFFBOARDED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


class FleetState(StrEnum):
    """Where a fleet is. A REJECTED or FAILED update of a fleet that serves leaves the fleet READY as it was."""

    CREATING = "CREATING"
    READY = "READY"
    DELETING = "DELETING"
    DELETED = "DELETED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


class Source(Value):
    """The object version a profile came from; `order` fences older profiles of the same name."""

    bucket: str
    key: str
    version_id: str
    order: str


class TenantRow(Row):
    """One tenant. `profile` is the one in force (`None` until the first was accepted), `coming` the next.

    `owner` is the execution at work on it, `refused` the version id of the newest profile that was refused,
    `inventory` what closing it counted, `delivers` the endpoints its topic was made to deliver to. `cold` are the
    models of a tenant that came back whose routes stay suspended until they are warm.
    """

    tenant: str
    state: TenantState
    reason: str
    since: datetime
    source: Source
    profile: TenantProfile | None = None
    coming: TenantProfile | None = None
    topic_arn: str = ""
    delivers: tuple[str, ...] = ()
    offboard_at: datetime | None = None
    owner: str = ""
    refused: str = ""
    inventory: dict[str, Any] = {}
    cold: tuple[str, ...] = ()

    @staticmethod
    def at(tenant: str) -> tuple[str, str]:
        """The key of this tenant's row."""
        return "TENANTS", tenant

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant)


class FleetRow(Row):
    """One fleet. `profile` is the one in force; `source` is the newest that was taken up.

    `serving_bytes` are the sizes of the versions it took, newest 99; `left` are endpoints that may have to go, and
    from when on: those its profiles asked for, until they serve, and those that were replaced. `owner` and `refused`
    as for a tenant.
    """

    fleet: str
    state: FleetState
    reason: str
    since: datetime
    source: Source
    profile: FleetProfile | None = None
    serving_bytes: tuple[int, ...] = ()
    left: dict[str, datetime] = {}
    owner: str = ""
    refused: str = ""

    @staticmethod
    def at(fleet: str) -> tuple[str, str]:
        """The key of this fleet's row."""
        return "FLEETS", fleet

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.fleet)


class SlotsRow(Row):
    """Which uploads of a tenant are being released now: `{model}#{upload}` → the end of its lease."""

    tenant: str
    leases: dict[str, datetime] = {}

    @staticmethod
    def at(tenant: str) -> tuple[str, str]:
        """The key of this tenant's slots."""
        return f"TENANT#{tenant}", "SLOTS"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant)
