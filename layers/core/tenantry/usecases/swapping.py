"""Swap version: the one commit that makes a version live."""

from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict
from tenantry.domain.profiles import Sample
from tenantry.domain.routes import Route
from tenantry.domain.swapping import Seen, swap
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.preloading import leased, warmed
from tenantry.usecases.reading import arrived, load_of, model_of, owned, ready_tenant, standing_host


class Swapped(Value):
    """The generation of the route that names this version."""

    generation: int


def swap_version(release: Release, app: App) -> Swapped:
    """Commit the swap, or find that it was committed. Superseded when a newer upload went live before."""
    return deciding(lambda: _swap(release, app))


def _swap(release: Release, app: App) -> Swapped:
    row = owned(release, app.registry)
    arrived(row, State.WARM)
    if row.reached(State.LIVE):
        route = app.registry.get(Route, Route.at(row.tenant, row.model))
        return Swapped(generation=route.generation if route else 0)
    tenant, profile = ready_tenant(row.tenant, app.registry)
    model = model_of(row, profile)
    seen = seen_for(row, tenant, app)
    writes = swap(warm_on_all(seen, model.sample, app), app.clock.now(), model.grace)
    app.registry.commit(*writes)
    return Swapped(generation=(seen.route.generation if seen.route else 0) + 1)


def seen_for(row: Upload, tenant: TenantRow, app: App) -> Seen:
    """All that the commit depends on, as it is now."""
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    old = app.registry.get(Upload, Upload.at(row.tenant, row.model, route.upload)) if route else None
    return Seen(
        tenant=tenant,
        host=standing_host(row.host, app.registry),
        new=row,
        load=leased(row, app),
        route=route,
        old=old,
        old_load=load_of(old, app.registry) if old else None,
    )


def warm_on_all(seen: Seen, sample: Sample, app: App) -> Seen:
    """What was seen, unless a roll of the host gave it another endpoint: then warm that, and Conflict to look again."""
    if all(name in seen.load.evidence for name in seen.host.endpoints):
        return seen
    shown = warmed(seen.new, seen.host, sample, seen.load.evidence, app)
    app.registry.commit(Put(row=seen.load.but(evidence=shown)))
    raise Conflict(seen.load.key)
