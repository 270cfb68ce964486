"""The end of a release that did not go live, and the undoing of what it made. Never writes a route."""

from tenantry.domain.notices import of_release
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import ENDS, State, Upload
from tenantry.domain.writes import Delete, Put, Write
from tenantry.ports import Registry
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.reading import load_of


def ended(
    row: Upload, state: State, reason: str, app: App, *, step: str = "", by: str = "", known: bool = True
) -> tuple[Write, ...]:
    """The commit that ends this upload: its row and its notices, never one without the other."""
    said = f"{reason}{_left_over(row, app)}" if state is State.FAILED else reason
    end = row.move(state, app.clock.now(), said, copied=bool(row.serving_key))
    notices = of_release(end, step=step, superseded_by=by, known=known)
    return (Put(row=end), *(Put(row=notice) for notice in notices))


def undo(key: tuple[str, str], app: App) -> None:
    """Remove the serving copy and the load record of an upload that ended, unless a route names it."""
    row = app.registry.get(Upload, key)
    if row is None or row.state not in {*ENDS, State.RETIRED} or not row.serving_key:
        return
    if _routed(row, app.registry):
        return
    app.artifacts.delete(app.settings.serving_bucket, row.serving_key)
    deciding(lambda: _forget(key, app.registry))


def known_tenant(name: str, registry: Registry) -> bool:
    """Whether notices can be for this tenant itself."""
    row = registry.get(TenantRow, TenantRow.at(name))
    return row is not None and row.state is not TenantState.OFFBOARDED


def _left_over(row: Upload, app: App) -> str:
    """What a failure leaves behind, and what serves now."""
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    made = "What it made was removed" if row.serving_key else "It had made nothing yet"
    if route and route.suspended:
        return f". {made}; the model's route is suspended."
    serving = f"version {route.version} keeps serving" if route else "no version of this model is live yet"
    return f". {made}; {serving}."


def _routed(row: Upload, registry: Registry) -> bool:
    route = registry.get(Route, Route.at(row.tenant, row.model))
    return route is not None and row.upload in {route.upload, route.standby}


def _forget(key: tuple[str, str], registry: Registry) -> None:
    row = registry.get(Upload, key)
    if row is None or not row.copied:
        return
    load: LoadRow | None = load_of(row, registry)
    gone = (Delete(row=load),) if load else ()
    registry.commit(Put(row=row.but(copied=False)), *gone)
