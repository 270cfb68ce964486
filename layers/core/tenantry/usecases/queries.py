"""What an operator asks: status, history, and whether something has come to its end. Reads only."""

from collections.abc import Iterable, Mapping

from tenantry.domain.fleets import host_of
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.routes import Canary, HostRow, Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import OPEN, Upload
from tenantry.domain.views import (
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
    )


def history(registry: Registry, tenant: str, model: str) -> tuple[Event, ...]:
    """Every move of every version of a model, oldest first."""
    events = (
        Event(at=move.at, version=row.version, upload=row.upload, state=move.state, reason=move.reason)
        for row in _uploads(registry, tenant, model)
        for move in row.moves
    )
    return tuple(sorted(events, key=lambda event: event.at))


def version_outcome(registry: Registry, tenant: str, model: str, version: str) -> Outcome:
    """Whether the newest upload of this version has been LIVE, or has come to another end."""
    row = next((one for one in _uploads(registry, tenant, model) if one.version == version), None)
    if row is None:
        return Outcome(state="", reason="no upload of this version was seen yet")
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
    rows = [row for name in tenants for row in registry.rows(Route, f"TENANT#{name}", "MODEL#")]
    wanted = [row for row in rows if model in {None, row.model}]
    names = {row.host for row in wanted} | {row.canary.host for row in wanted if row.canary}
    hosts = {name: _host(registry, name) for name in names}
    return tuple(_route_status(row, hosts) for row in wanted)


def _route_status(row: Route, hosts: Mapping[str, HostRow | None]) -> RouteStatus:
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
