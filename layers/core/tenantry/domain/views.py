"""What an operator is shown. `Status` is the published answer of `tenantry status --json`: its keys stay."""

from datetime import datetime

from tenantry.domain.base import Value
from tenantry.domain.batches import BatchState
from tenantry.domain.tenants import FleetState, TenantState
from tenantry.domain.versions import State


class TenantStatus(Value):
    """One tenant, in `status`."""

    tenant: str
    state: TenantState
    reason: str


class FleetStatus(Value):
    """One fleet, in `status`: the endpoint behind its host now, and its instances (none while there is no host)."""

    fleet: str
    state: FleetState
    endpoint: str
    instances: int
    reason: str


class CanaryStatus(Value):
    """The version that `weight` percent of a route's calls go to, until it is judged then."""

    version: str
    upload: str
    endpoint: str
    target_model: str
    weight: int
    since: datetime
    until: datetime


class RouteStatus(Value):
    """One route, in `status`, with the endpoint behind its host now; `canary` while a swap is judged.

    `owner` is the tenant whose model it is, where the route's tenant shares it.
    """

    tenant: str
    model: str
    version: str
    endpoint: str
    target_model: str
    generation: int
    since: datetime
    canary: CanaryStatus | None = None
    owner: str = ""


class VersionStatus(Value):
    """One upload, in `status`."""

    tenant: str
    model: str
    version: str
    upload: str
    state: State
    reason: str
    since: datetime


class BatchStatus(Value):
    """One batch, in `status`: of the `files` that the last run found in it, `done` have their results."""

    tenant: str
    model: str
    batch: str
    state: BatchState
    files: int
    done: int
    reason: str
    since: datetime


class Status(Value):
    """The answer of `tenantry status --json`. Versions are newest first within their model, and batches are.

    Of batches there is one a night and model, so they are shown of one tenant only.
    """

    tenants: tuple[TenantStatus, ...] = ()
    fleets: tuple[FleetStatus, ...] = ()
    routes: tuple[RouteStatus, ...] = ()
    versions: tuple[VersionStatus, ...] = ()
    batches: tuple[BatchStatus, ...] = ()


class Event(Value):
    """One move of one upload: when, to which state, and why."""

    at: datetime
    version: str
    upload: str
    state: State
    reason: str


class Outcome(Value):
    """How far something is. `state` is empty while nothing is known of it; `good` only means something once `ended`."""

    state: str
    reason: str
    ended: bool = False
    good: bool = False
