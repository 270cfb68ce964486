"""The pointers traffic follows: routes, host records and the load records that vouch for them."""

from datetime import datetime
from typing import Any, ClassVar

from tenantry.domain.base import Row
from tenantry.domain.options import Serving


class Route(Row):
    """(tenant, model) → host, target, version. Its revision is the generation: it grows with every write.

    `standby` is the upload that was replaced and is kept for rolling back, if there is one.

    `floor` is the highest order that ever went live; rolling back does not lower it, so a late event cannot bring
    back what was rolled back.
    """

    table: ClassVar[str] = "routes"
    tenant: str
    model: str
    host: str
    target: str
    version: str
    upload: str
    order: str
    floor: str
    since: datetime
    standby: str = ""
    suspended: bool = False

    @staticmethod
    def at(tenant: str, model: str) -> tuple[str, str]:
        """The key of this model's route."""
        return f"TENANT#{tenant}", f"MODEL#{model}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant, self.model)

    @property
    def generation(self) -> int:
        """How many times this route was written."""
        return self.revision


class HostRow(Row):
    """A host: a stable id, and the endpoint that stands behind it now.

    `moved_by` is the execution that wrote it last. While a fleet is rolled, `next` is the endpoint about to take
    over: what goes live meanwhile is warmed on both.
    """

    table: ClassVar[str] = "routes"
    host: str
    fleet: str
    serving: Serving
    endpoint: str
    region: str
    instances: int
    since: datetime
    previous: str = ""
    next: str = ""
    moved_by: str = ""

    @staticmethod
    def at(host: str) -> tuple[str, str]:
        """The key of this host's record."""
        return f"HOST#{host}", "HOST"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.host)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoint behind the host now, and the one about to take over, if there is one."""
        return tuple(name for name in (self.endpoint, self.next) if name)


class LoadRow(Row):
    """That a target is (being) loaded on a host: its lease, its evidence and the digest that was proven.

    `pinned` while it is live. `evidence` is kept per endpoint: name → what the probes there showed.
    """

    host: str
    target: str
    tenant: str
    model: str
    upload: str
    sha256: str
    lease_until: datetime
    loaded_at: datetime | None = None
    proven_at: datetime | None = None
    pinned: bool = False
    evidence: dict[str, Any] = {}

    @staticmethod
    def at(host: str, target: str) -> tuple[str, str]:
        """The key of this target's load record."""
        return f"HOST#{host}", f"LOAD#{target}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.host, self.target)
