"""The pointers traffic follows: routes, host records and the load records that vouch for them."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from tenantry.domain.base import Row, Value
from tenantry.domain.hosting import Address
from tenantry.domain.options import Serving

DRAIN = timedelta(seconds=60)
"""What no route names any more is kept so long: the client's staleness (5 s), and the longest call (60 s) beside it."""


class Canary(Value):
    """The version that `weight` percent of a route's calls go to, until it is judged at `until`.

    `extended`: there were too few calls to judge it the first time.
    """

    host: str
    target: str
    version: str
    upload: str
    order: str
    weight: int
    since: datetime
    until: datetime
    extended: bool = False


class Route(Row):
    """(tenant, model) → host, target, version. Its revision is the generation: it grows with every write.

    `standby` is the upload that was replaced and is kept for rolling back, if there is one. While a swap is judged
    the route names the version that was live, and `canary` the one that may take over.

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
    canary: Canary | None = None

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

    @property
    def uploads(self) -> set[str]:
        """All that it refers to, and which must therefore stay."""
        return {self.upload, self.standby, self.canary.upload if self.canary else ""} - {""}

    @property
    def targets(self) -> set[str]:
        """Where it sends calls."""
        return {self.target, *([self.canary.target] if self.canary else [])}

    def judges(self, upload: str) -> bool:
        """Whether this upload is its canary."""
        return self.canary is not None and self.canary.upload == upload


class HostRow(Row):
    """A host: a stable id, and the endpoint that stands behind it now; none (empty) where jobs serve.

    `moved_by` is the execution that wrote it last. While a fleet is rolled, `next` is the endpoint about to take
    over: what goes live meanwhile is warmed on both. A host of no fleet is one version's own. `at_once` is how many
    calls it takes at the same time, where SageMaker limits that (serverless). `pool`: several tenants
    ask it, so the folder of a request names its tenant.
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
    at_once: int | None = None
    pool: bool = False

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

    def address(self, target: str, endpoint: str = "", instances: int = 0) -> Address:
        """Where this target answers: on the endpoint that serves now, or on another one of this host."""
        return Address(
            endpoint=endpoint or self.endpoint,
            serving=self.serving,
            target=target,
            instances=instances or self.instances,
            at_once=self.at_once,
        )


class LoadRow(Row):
    """That a target is (being) loaded on a host: its lease, its evidence and the digest that was proven.

    `pinned` while a route sends calls to it. `evidence` is kept per endpoint: name → what the probes there showed.
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
