"""Start moves: what is live and not where its tenant's profile has it by now is released once more, to there.

Whoever admits releases asks for this first, and the sweep does. A profile moves an upload once: what became of it is
written, and the next profile, or the same one dropped again, asks for the next move.
"""

from tenantry.domain.models import ModelProfile
from tenantry.domain.moves import Copy, misplaced, move_id, moving
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.tenants import FleetRow, TenantRow, TenantState
from tenantry.domain.versions import OPEN, State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding

type Key = tuple[str, str]


def begin_moves(tenant: TenantRow | None, app: App) -> tuple[Key, ...]:
    """Give each live version that has to move a row for that; the rows' keys. They wait to be admitted."""
    if tenant is None or not _settled(tenant):
        return ()
    routes = app.registry.rows(Route, f"TENANT#{tenant.tenant}", "MODEL#")
    stray = (route.key for route in routes if _why(route, tenant, app))
    begun = (deciding(lambda: _begin(key, tenant.key, app)) for key in stray)  # noqa: B023 - called before the loop goes on
    return tuple(key for key in begun if key)


def _begin(route_key: Key, tenant_key: Key, app: App) -> Key | None:
    """All of it as it is now; `None` when there is nothing to move, or it was tried."""
    tenant, route = app.registry.get(TenantRow, tenant_key), app.registry.get(Route, route_key)
    if tenant is None or route is None or not _settled(tenant) or not (why := _why(route, tenant, app)):
        return None
    host, old = app.registry.get(HostRow, HostRow.at(route.host)), _live(route, app)
    copy = _copy(old, app) if old else None
    if host is None or old is None or copy is None or not _free(route, tenant, app):
        return None
    row = moving(old, route, host, copy, tenant.source.version_id, why, app.clock.now())
    app.registry.commit(Put(row=row), Check(row=route), Check(row=tenant))
    return row.key


def _settled(tenant: TenantRow) -> bool:
    """Its newest profile is in force."""
    return tenant.state is TenantState.READY and not tenant.owner


def _why(route: Route, tenant: TenantRow, app: App) -> str:
    model, host = _model(route, tenant), app.registry.get(HostRow, HostRow.at(route.host))
    if model is None or host is None:
        return ""
    fleet = app.registry.get(FleetRow, FleetRow.at(host.fleet)) if host.fleet else None
    return misplaced(host, model, tenant, fleet)


def _model(route: Route, tenant: TenantRow) -> ModelProfile | None:
    return tenant.profile.models.get(route.model) if tenant.profile else None


def _live(route: Route, app: App) -> Upload | None:
    row = app.registry.get(Upload, Upload.at(route.tenant, route.model, route.upload))
    return row if row and row.state is State.LIVE else None


def _copy(old: Upload, app: App) -> Copy | None:
    found = app.artifacts.latest(app.settings.serving_bucket, old.serving_key)
    return Copy(bucket=found.bucket, key=found.key, version_id=found.version_id) if found else None


def _free(route: Route, tenant: TenantRow, app: App) -> bool:
    """No release of the model is open, and this profile has not moved this upload before."""
    rows = app.registry.rows(Upload, f"TENANT#{route.tenant}", f"UPLOAD#{route.model}#")
    tried = move_id(route.upload, tenant.source.version_id)
    return not any((row.state in OPEN and not row.parked) or row.upload == tried for row in rows)
