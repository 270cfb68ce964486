"""Swap version: the one commit that makes a version live, or where the profile asks for it, a canary first."""

from datetime import datetime
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict
from tenantry.domain.judging import CanarySettings, next_look
from tenantry.domain.models import Sample
from tenantry.domain.options import UNCALLED, Serving
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.swapping import Seen, begin_canary, can_be_judged, swap
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.packaging import to_be_shown
from tenantry.usecases.preloading import leased, warmed
from tenantry.usecases.reading import arrived, load_of, model_of, owned, ready_tenant, standing_host


class Swapped(Value):
    """The generation of the route that names this version, and what is next: a bake, looked at then, or nothing.

    `mirror`: it is live, and is still to be shown in the Model Registry.
    """

    generation: int
    next: Literal["bake", "mirror", "done"] = "done"
    look_at: datetime | None = None


def swap_version(release: Release, app: App) -> Swapped:
    """Commit the swap, or find that it was committed. Superseded when a newer upload went live before.

    Where its model asks for a canary, and calls go to an older version, only a part of them goes to this one, until
    `judge_version` says that it may go live.
    """
    return deciding(lambda: _swap(release, app))


def _swap(release: Release, app: App) -> Swapped:
    row = owned(release, app.registry)
    arrived(row, State.WARM)
    if row.reached(State.LIVE):
        route = app.registry.get(Route, Route.at(row.tenant, row.model))
        return _live(row, route.generation if route else 0, app)
    tenant, profile = ready_tenant(row.tenant, app.registry)
    model = model_of(row, profile)
    seen = seen_for(row, tenant, app)
    if row.state is State.CANARY and model.canary and not _may_go_live(row):
        return baking(on_trial(row, seen.route), model.canary, app.clock.now())
    seen = warm_on_all(seen, model.sample, app)
    replaced = _served_by(seen.old, app)
    if row.state is State.WARM and model.canary and can_be_judged(seen) and replaced not in UNCALLED:
        return _begin(seen, model.canary, app)
    app.registry.commit(*swap(seen, app.clock.now(), model.kept_hours_of(replaced)))
    return _live(row, (seen.route.generation if seen.route else 0) + 1, app)


def _live(row: Upload, generation: int, app: App) -> Swapped:
    tenant = app.registry.get(TenantRow, TenantRow.at(row.tenant))
    shown = to_be_shown(row, tenant.profile if tenant else None)
    return Swapped(generation=generation, next="mirror" if shown else "done")


def _served_by(old: Upload | None, app: App) -> Serving | None:
    """The option of the version that is replaced, if there is one."""
    host = app.registry.get(HostRow, HostRow.at(old.host)) if old and old.host else None
    return host.serving if host else None


def _begin(seen: Seen, asked: CanarySettings, app: App) -> Swapped:
    now = app.clock.now()
    app.registry.commit(*begin_canary(seen, now, asked))
    return baking(on_trial(seen.new, app.registry.get(Route, Route.at(seen.new.tenant, seen.new.model))), asked, now)


def _may_go_live(row: Upload) -> bool:
    return bool(row.verdict.get("decision") == "promote")


def on_trial(row: Upload, route: Route | None) -> Route:
    """The route whose canary this is; Conflict when it has another one, or none, by now."""
    if route is None or not route.judges(row.upload):
        raise Conflict(Route.at(row.tenant, row.model))
    return route


def baking(route: Route, asked: CanarySettings, now: datetime) -> Swapped:
    """A bake that goes on: when to look at it (again)."""
    assert route.canary
    look_at = next_look(asked, now, route.canary.until)
    return Swapped(generation=route.generation, next="bake", look_at=look_at)


def seen_for(row: Upload, tenant: TenantRow, app: App) -> Seen:
    """All that the commit depends on, as it is now."""
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    old = app.registry.get(Upload, Upload.at(row.tenant, row.model, route.upload)) if route else None
    judged = _judged(row, route, app)
    return Seen(
        tenant=tenant,
        host=standing_host(row.host, app.registry),
        new=row,
        load=leased(row, app),
        route=route,
        old=old,
        old_load=load_of(old, app.registry) if old else None,
        judged=judged,
        judged_load=load_of(judged, app.registry) if judged else None,
    )


def _judged(row: Upload, route: Route | None, app: App) -> Upload | None:
    """The row of the canary that the route has now."""
    upload = route.canary.upload if route and route.canary else ""
    return app.registry.get(Upload, Upload.at(row.tenant, row.model, upload)) if upload else None


def warm_on_all(seen: Seen, sample: Sample, app: App) -> Seen:
    """What was seen, unless a roll of the host gave it another endpoint: then warm that, and Conflict to look again."""
    if all(name in seen.load.evidence for name in seen.host.endpoints):
        return seen
    shown = warmed(seen.new, seen.host, sample, seen.load.evidence, app)
    app.registry.commit(Put(row=seen.load.but(evidence=shown)))
    raise Conflict(seen.load.key)
