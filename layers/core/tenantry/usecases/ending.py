"""The end of a release that did not go live, and the undoing of what it made.

Of a route it writes one thing: that no more calls go to a canary that has ended. What is live is never touched.
"""

from tenantry.domain.approvals import PackageRow, known
from tenantry.domain.canaries import off
from tenantry.domain.names import container_name
from tenantry.domain.notices import of_release
from tenantry.domain.routes import DRAIN, HostRow, Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import ENDS, State, Upload
from tenantry.domain.writes import Delete, Put, Write
from tenantry.ports import Registry
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release, Retirement
from tenantry.usecases.joining import stands
from tenantry.usecases.reading import load_of


def ended(
    row: Upload, state: State, reason: str, app: App, *, step: str = "", by: str = "", known: bool = True
) -> tuple[Write, ...]:
    """The commit that ends this upload: its row and its notices, never one without the other."""
    said = f"{_of_move(row, state)}{reason}"
    said = f"{said.removesuffix('.')}{_left_over(row, app)}" if state is State.FAILED else said
    end = row.move(state, app.clock.now(), said, copied=bool(row.serving_key))
    notices = of_release(end, step=step, superseded_by=by, known=known)
    return (Put(row=end), *_taken_off(row, app), *(Put(row=notice) for notice in notices))


def undo(key: tuple[str, str], app: App) -> None:
    """Remove what an upload that ended has made. What SageMaker has of it takes minutes to go, so a machine does that.

    What was a canary a moment ago may still be called; it is left to the sweep.
    """
    row = app.registry.get(Upload, key)
    if row and _drains(row, app):
        return
    if row and row.in_sagemaker and row.copied and row.state in {*ENDS, State.RETIRED}:
        start_retirement(row, "it has ended", app)
    else:
        remove(key, app)


def start_retirement(row: Upload, why: str, app: App) -> None:
    """One execution an hour, until the version and all that it has are gone."""
    name = f"r-{row.upload}-{app.clock.now():%Y%m%d%H}"
    known = Release.of(row).model_dump() | {"execution": name}
    app.machines.start("retire-model", name, Retirement(**known, why=why).payload())


def remove(key: tuple[str, str], app: App) -> None:
    """Remove the serving copy, load record and own host's record of an upload that ended, unless a route names it."""
    row = app.registry.get(Upload, key)
    if row is None or row.state not in {*ENDS, State.RETIRED} or not row.serving_key:
        return
    if _routed(row, app.registry):
        return
    if stands(row, app.registry):
        deciding(lambda: _unload(key, app.registry))
        return
    app.artifacts.delete(app.settings.serving_bucket, row.serving_key)
    deciding(lambda: _forget(key, app.registry))


def known_tenant(name: str, registry: Registry) -> bool:
    """Whether notices can be for this tenant itself."""
    row = registry.get(TenantRow, TenantRow.at(name))
    return row is not None and row.state is not TenantState.OFFBOARDED


def _of_move(row: Upload, state: State) -> str:
    """How the reason begins for a version that serves on where it is."""
    return f"it could not be moved from {row.origin}: " if row.moved_from and state is not State.SUPERSEDED else ""


def _left_over(row: Upload, app: App) -> str:
    """What a failure leaves behind, and what serves now."""
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    made = _made(row)
    if route and route.suspended:
        return f". {made}; the model's route is suspended."
    serving = f"version {route.version} keeps serving" if route else "no version of this model is live yet"
    return f". {made}; {serving}."


def _made(row: Upload) -> str:
    """It may have been refused half-way, so this names no endpoint, component or model."""
    if row.target == container_name(row.tenant, row.upload):
        return "Its container is left out of the fleet's next endpoint"
    if row.made:
        return "What it made is being removed"
    return "What it made was removed" if row.serving_key else "It had made nothing yet"


def _routed(row: Upload, registry: Registry) -> bool:
    route = registry.get(Route, Route.at(row.tenant, row.model))
    return route is not None and row.upload in route.uploads


def _taken_off(row: Upload, app: App) -> tuple[Write, ...]:
    route = app.registry.get(Route, Route.at(row.tenant, row.model)) if row.state is State.CANARY else None
    return off(route, load_of(row, app.registry), app.clock.now()) if route and route.judges(row.upload) else ()


def _drains(row: Upload, app: App) -> bool:
    return row.was_canary and row.state in ENDS and app.clock.now() < row.since + DRAIN


def _unload(key: tuple[str, str], registry: Registry) -> None:
    """Nothing probes it any more; its copy stays as long as an endpoint has its container."""
    row = registry.get(Upload, key)
    if load := load_of(row, registry) if row else None:
        registry.commit(Delete(row=load))


def _forget(key: tuple[str, str], registry: Registry) -> None:
    row = registry.get(Upload, key)
    if row is None or not row.copied:
        return
    host = registry.get(HostRow, HostRow.at(row.host)) if row.hosted else None
    package = registry.get(PackageRow, PackageRow.at(row.package)) if known(row.package) else None
    gone = (Delete(row=one) for one in (load_of(row, registry), host, package) if one)
    registry.commit(Put(row=row.but(copied=False)), *gone)
