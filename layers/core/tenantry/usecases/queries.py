"""What an operator asks: status, history, and whether something has come to its end. Reads only."""

from collections.abc import Iterable, Mapping

from tenantry.domain.batches import BatchRow
from tenantry.domain.fleets import host_of
from tenantry.domain.names import upload_id
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.routes import Canary, HostRow, Route
from tenantry.domain.sharing import SharedRoute, followed
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import OPEN, Upload
from tenantry.domain.views import (
    BatchStatus,
    CanaryStatus,
    Event,
    FleetStatus,
    Outcome,
    RouteStatus,
    Status,
    TenantStatus,
    VersionStatus,
)
from tenantry.ports import Registry
from tenantry.usecases.app import App

_TENANT_ON_ITS_WAY = {TenantState.ONBOARDING, TenantState.CLOSING}
_FLEET_ON_ITS_WAY = {FleetState.CREATING, FleetState.DELETING}


def status(registry: Registry, tenant: str | None = None, model: str | None = None) -> Status:
    """Everything, or what concerns one tenant, or one model of it."""
    tenants = _tenants(registry, tenant)
    names = [tenant] if tenant else sorted({row.tenant for row in tenants} | set(_strangers(registry)))
    fleets = _fleets(registry, tenants) if tenant else registry.rows(FleetRow, "FLEETS")
    return Status(
        tenants=tuple(TenantStatus(tenant=row.tenant, state=row.state, reason=row.reason) for row in tenants),
        fleets=tuple(_fleet_status(registry, row) for row in fleets),
        routes=_routes(registry, names, model),
        versions=tuple(_version_status(row) for name in names for row in _uploads(registry, name, model)),
        batches=tuple(_batch_status(row) for row in _batches(registry, tenant, model)) if tenant else (),
    )


def history(registry: Registry, tenant: str, model: str) -> tuple[Event, ...]:
    """Every move of every version of a model, oldest first; of a shared one, of its owner's."""
    owner = _owner(registry, tenant, model)
    events = (
        Event(at=move.at, version=row.version, upload=row.upload, state=move.state, reason=move.reason)
        for row in _uploads(registry, owner, model)
        for move in row.moves
    )
    return tuple(sorted(events, key=lambda event: event.at))


def lying_upload(app: App, tenant: str, model: str, version: str) -> str:
    """The newest upload of this version in the drop bucket, whether it was seen yet or not; empty when none lies there.

    A row of the same version may be of an upload before that.
    """
    folder = f"models/{_owner(app.registry, tenant, model)}/{model}/{version}"
    keys = (f"{folder}/model.tar.gz", f"{folder}/output/model.tar.gz")
    found = (app.artifacts.latest(app.settings.drop_bucket, key) for key in keys)
    newest = max((one for one in found if one), key=lambda one: one.last_modified, default=None)
    return upload_id(newest.bucket, newest.key, newest.version_id) if newest else ""


def version_outcome(registry: Registry, tenant: str, model: str, version: str, lying: str = "") -> Outcome:
    """Whether the newest upload of this version has been LIVE, or has come to another end.

    Rows of older uploads do not count while the one that is `lying` in the drop bucket has none.
    """
    uploads = _uploads(registry, _owner(registry, tenant, model), model)
    rows = [one for one in uploads if one.version == version]
    if not rows or (lying and all(one.upload != lying for one in rows)):
        return Outcome(state="", reason="no upload of this version was seen yet")
    row = rows[0]
    return Outcome(state=row.state, reason=row.reason, ended=row.state not in OPEN, good=row.has_been_live)


def tenant_outcome(registry: Registry, tenant: str) -> Outcome:
    """Whether a tenant is READY, or has come to another end."""
    row = registry.get(TenantRow, TenantRow.at(tenant))
    if row is None:
        return Outcome(state="", reason="no profile of this tenant was seen yet")
    ended = row.state not in _TENANT_ON_ITS_WAY
    return Outcome(state=row.state, reason=row.reason, ended=ended, good=row.state == TenantState.READY)


def fleet_outcome(registry: Registry, fleet: str) -> Outcome:
    """Whether a fleet is READY, or has come to another end."""
    row = registry.get(FleetRow, FleetRow.at(fleet))
    if row is None:
        return Outcome(state="", reason="no profile of this fleet was seen yet")
    ended = row.state not in _FLEET_ON_ITS_WAY
    return Outcome(state=row.state, reason=row.reason, ended=ended, good=row.state == FleetState.READY)


def _tenants(registry: Registry, tenant: str | None) -> list[TenantRow]:
    if tenant is None:
        return registry.rows(TenantRow, "TENANTS")
    row = registry.get(TenantRow, TenantRow.at(tenant))
    return [row] if row else []


def _strangers(registry: Registry) -> Iterable[str]:
    """Names that are in no tenant's row: uploads for unknown tenants. Only the operator's notices know them."""
    rows = registry.rows(NoticeRow, "OPERATOR", "NOTICE#")
    return (row.notice.tenant for row in rows if row.notice.tenant != OPERATOR)


def _fleets(registry: Registry, tenants: list[TenantRow]) -> list[FleetRow]:
    """The fleets these tenants' profiles name."""
    profiles = [row.profile for row in tenants if row.profile]
    names = {model.fleet for profile in profiles for model in profile.models.values() if model.fleet}
    rows = (registry.get(FleetRow, FleetRow.at(name)) for name in sorted(names))
    return [row for row in rows if row]


def _host(registry: Registry, host: str) -> HostRow | None:
    return registry.get(HostRow, HostRow.at(host))


def _fleet_status(registry: Registry, row: FleetRow) -> FleetStatus:
    host = _host(registry, host_of(row.fleet))
    return FleetStatus(
        fleet=row.fleet,
        state=row.state,
        endpoint=host.endpoint if host else "",
        instances=host.instances if host else 0,
        reason=row.reason,
    )


def _routes(registry: Registry, tenants: Iterable[str], model: str | None) -> tuple[RouteStatus, ...]:
    rows = [one for name in tenants for one in _routes_of(registry, name)]
    wanted = [(row, owner) for row, owner in rows if model in {None, row.model}]
    names = {row.host for row, _ in wanted} | {row.canary.host for row, _ in wanted if row.canary}
    hosts = {name: _host(registry, name) for name in names}
    return tuple(_route_status(row, owner, hosts) for row, owner in wanted)


def _routes_of(registry: Registry, tenant: str) -> Iterable[tuple[Route, str]]:
    """The tenant's own routes, and those it follows, with their owner."""
    partition = f"TENANT#{tenant}"
    own = registry.rows(Route, partition, "MODEL#")
    yield from ((row, "") for row in own)
    for shared in registry.rows(SharedRoute, partition, "SHARED#"):
        if route := registry.get(Route, Route.at(shared.owner, shared.model)):
            yield followed(shared, route), shared.owner


def _owner(registry: Registry, tenant: str, model: str) -> str:
    """Whose versions this tenant's calls of the model reach."""
    shared = registry.get(SharedRoute, SharedRoute.at(tenant, model))
    return shared.owner if shared else tenant


def _route_status(row: Route, owner: str, hosts: Mapping[str, HostRow | None]) -> RouteStatus:
    host = hosts[row.host]
    return RouteStatus(
        tenant=row.tenant,
        model=row.model,
        version=row.version,
        endpoint=host.endpoint if host else "",
        target_model=row.target,
        generation=row.generation,
        since=row.since,
        canary=_canary_status(row.canary, hosts[row.canary.host]) if row.canary else None,
        owner=owner,
    )


def _canary_status(canary: Canary, host: HostRow | None) -> CanaryStatus:
    return CanaryStatus(
        version=canary.version,
        upload=canary.upload,
        endpoint=host.endpoint if host else "",
        target_model=canary.target,
        weight=canary.weight,
        since=canary.since,
        until=canary.until,
    )


def _uploads(registry: Registry, tenant: str, model: str | None) -> list[Upload]:
    """By model, newest first."""
    rows = registry.rows(Upload, f"TENANT#{tenant}", f"UPLOAD#{model}#" if model else "UPLOAD#")
    return sorted(sorted(rows, key=lambda row: row.order, reverse=True), key=lambda row: row.model)


def _batches(registry: Registry, tenant: str, model: str | None) -> list[BatchRow]:
    """By model, newest first."""
    rows = registry.rows(BatchRow, f"TENANT#{tenant}", f"BATCH#{model}#" if model else "BATCH#")
    return sorted(sorted(rows, key=lambda row: row.since, reverse=True), key=lambda row: row.model)


def _batch_status(row: BatchRow) -> BatchStatus:
    shown = {"tenant", "model", "batch", "state", "files", "done", "reason", "since"}
    return BatchStatus(**row.model_dump(include=shown))


def _version_status(row: Upload) -> VersionStatus:
    return VersionStatus(
        tenant=row.tenant,
        model=row.model,
        version=row.version,
        upload=row.upload,
        state=row.state,
        reason=row.reason,
        since=row.since,
    )
