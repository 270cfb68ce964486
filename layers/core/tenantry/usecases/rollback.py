"""Rollback: an operator's act. The earlier version is warmed and proven again, then one commit moves the route."""

from collections.abc import Iterable

from tenantry.domain.base import Value
from tenantry.domain.canaries import gone_back
from tenantry.domain.errors import Conflict, Rejected
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import UNCALLED
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.sharing import SharedRoute
from tenantry.domain.swapping import roll_back
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.placing import new_load
from tenantry.usecases.preloading import warmed
from tenantry.usecases.reading import load_of, model_of, ready_tenant, standing_host
from tenantry.usecases.swapping import seen_for
from tenantry.usecases.warming import prove


class RolledBack(Value):
    """The version that is live (again), the one that was, and the route's generation.

    `canary`: the other one was being judged, and the live version had never left.
    """

    version: str
    upload: str
    replaced: str
    generation: int
    canary: bool = False


def rollback(tenant: str, model: str, to: str | None, app: App) -> RolledBack:
    """Go back to the version on standby, or to the newest upload of `to`. Rejected when there is none to go back to.

    While a swap is judged, going back is to take the canary off.
    """
    _, profile = ready_tenant(tenant, app.registry)
    route = app.registry.get(Route, Route.at(tenant, model))
    if route is None:
        raise Rejected(_nothing(tenant, model, app))
    if route.canary and to in {None, route.version}:
        return deciding(lambda: _take_off(tenant, model, profile, app))
    target = _target(app.registry.rows(Upload, f"TENANT#{tenant}", f"UPLOAD#{model}#"), route, to)
    settings = model_of(target, profile)
    return deciding(lambda: _roll_back(target, settings, app))


def _nothing(tenant: str, model: str, app: App) -> str:
    if shared := app.registry.get(SharedRoute, SharedRoute.at(tenant, model)):
        return (
            f"{model} is shared by tenant {shared.owner}: roll it back there, for everybody, or pin {tenant} alone to "
            f"a version that is kept (shared.{model}.version in tenants/{tenant}.json)"
        )
    return f"{tenant}/{model} has no live version, so there is nothing to roll back from"


def _take_off(tenant: str, model: str, profile: TenantProfile, app: App) -> RolledBack:
    """Back to the version that the route names all the while: nothing has to be warmed for it."""
    route = app.registry.get(Route, Route.at(tenant, model))
    row = app.registry.get(Upload, Upload.at(tenant, model, route.canary.upload)) if route and route.canary else None
    if route is None or row is None:
        raise Rejected("the canary was judged meanwhile: look at its status, then try again")
    if row.state is not State.CANARY:
        raise Conflict(route.key)
    why = f"an operator went back from it to version {route.version} while it was judged"
    hours, now = model_of(row, profile).kept_hours, app.clock.now()
    app.registry.commit(*gone_back(row, load_of(row, app.registry), route, why, now, hours))
    return RolledBack(
        version=route.version,
        upload=route.upload,
        replaced=row.version,
        generation=route.generation + 1,
        canary=True,
    )


def _target(rows: Iterable[Upload], route: Route, to: str | None) -> Upload:
    wanted = {State.STANDBY} if to is None else {State.STANDBY, State.ROLLED_BACK}
    named = [row for row in rows if to is None or row.version == to]
    kept = [row for row in named if row.state in wanted]
    if kept:
        return max(kept, key=lambda row: row.order)
    if to is None:
        raise Rejected("no version is on standby: name one that is still kept with --to")
    raise Rejected(_why_not(to, max(named, key=lambda row: row.order, default=None), route))


def _why_not(to: str, newest: Upload | None, route: Route) -> str:
    if newest is None:
        return f"there is no version {to} of this model"
    if newest.upload == route.upload:
        return f"version {to} is live already"
    if newest.state is State.CANARY:
        return f"version {to} is being judged; it goes live by itself, or drop the profile without its canary"
    return f"version {to} is {newest.state}; only a version that was live and is still kept can be rolled back to"


def _roll_back(target: Upload, model: ModelProfile, app: App) -> RolledBack:
    _vouch(_kept(target, app), model, app)
    row = _kept(target, app)
    tenant, _ = ready_tenant(row.tenant, app.registry)
    seen = seen_for(row, tenant, app)
    if seen.route is None or seen.old is None:
        raise Rejected("the route has changed meanwhile: look at its status, then try again")
    app.registry.commit(*roll_back(seen, app.clock.now(), model.kept_hours))
    return RolledBack(
        version=row.version,
        upload=row.upload,
        replaced=seen.old.version,
        generation=seen.route.generation + 1,
    )


def _kept(target: Upload, app: App) -> Upload:
    """The row as it is now: it may be retired meanwhile, and then nothing of it may come back."""
    row = app.registry.get(Upload, target.key)
    if row is None or row.state not in {State.STANDBY, State.ROLLED_BACK}:
        raise Rejected(f"version {target.version} is {row.state if row else 'gone'} by now")
    return row


def _vouch(row: Upload, model: ModelProfile, app: App) -> None:
    """Probe it warm on every endpoint of its host, prove its sample, and put the fresh evidence on its load record.

    Where jobs serve, the proof that is there is taken: nothing was loaded that could have gone since.
    """
    host = standing_host(row.host, app.registry)
    if host.serving in UNCALLED:
        return
    shown = warmed(row, host, model.sample, {}, app)
    prove(host.address(row.target), model.sample, app)
    now = app.clock.now()

    def record() -> None:
        kept = _kept(row, app)
        load: LoadRow = load_of(kept, app.registry) or new_load(kept, now)
        vouching = load.but(evidence=shown, loaded_at=now, proven_at=now, sha256=kept.sha256)
        app.registry.commit(Put(row=vouching), Check(row=kept))

    deciding(record)
