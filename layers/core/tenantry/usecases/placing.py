"""Place version: option, host and target, with the reasons; the target's lease begins."""

from datetime import timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.fleets import foreign
from tenantry.domain.images import image_of
from tenantry.domain.models import ModelProfile
from tenantry.domain.moves import where
from tenantry.domain.options import Isolation, Serving
from tenantry.domain.plans import Plan, wait_seconds
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put, Write
from tenantry.serving import OPTIONS, Ground, Placement
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Placing
from tenantry.usecases.joining import joined, lead
from tenantry.usecases.packaging import unapproved
from tenantry.usecases.reading import (
    arrived,
    fleet_host,
    host_settings,
    load_of,
    model_of,
    owned,
    ready_fleet,
    ready_tenant,
)
from tenantry.usecases.vetting import expected


class Placed(Value):
    """Where the version goes, and what SageMaker must be told for it; or, for `reason`, when to ask again.

    `to_approve`: nowhere, before a person has approved it.
    """

    plan: Plan
    host: str
    target: str
    wait_seconds: int = 0
    reason: str = ""
    to_approve: bool = False


def place_version(release: Placing, app: App) -> Placed:
    """Decide once; asked again, the same answer."""
    return deciding(lambda: _place(release, app))


def _place(release: Placing, app: App) -> Placed:
    row = owned(release, app.registry)
    arrived(row, State.REGISTERED)
    _, tenant = ready_tenant(row.tenant, app.registry)
    if unapproved(row, tenant):
        return Placed(plan=Plan.nothing("it has to be approved"), host="", target="", to_approve=True)
    model = model_of(row, tenant)
    serving = _serving(row, model, app)
    _fit(row, model, app)
    ground, checks = _shared(row, serving, model, tenant, app) if model.fleet else _of_its_own(row, model, app)
    placement = OPTIONS[serving].place(row, ground.model_copy(update={"pool": tenant.isolation is Isolation.POOL}))
    if not row.reached(State.PLACED):
        for given in placement.inputs:
            app.artifacts.write(given.bucket, given.key, given.body.encode(), given.content_type)
        app.registry.commit(*_placed(row, serving, placement, app), *checks)
    elif (row.host, row.target) != (placement.host, placement.target):
        raise ReleaseFailed("its profile has another place for it by now: drop the version again")
    if placement.not_yet and ground.composition:
        lead(ground.composition, app)
    return Placed(
        plan=placement.plan,
        host=placement.host,
        target=placement.target,
        wait_seconds=wait_seconds(release.waits, app.settings.poll_seconds) if placement.not_yet else 0,
        reason=placement.not_yet,
    )


def _fit(row: Upload, model: ModelProfile, app: App) -> None:
    """ReleaseFailed when it was judged for another kind of host than its profile has by now."""
    asked = row.judged_for if row.reached(State.PLACED) else expected(model, app).host
    if row.judged_for not in {"", asked}:
        raise ReleaseFailed(f"it was judged for a host of {row.judged_for}, and by now it would run on one of {asked}")


def _serving(row: Upload, model: ModelProfile, app: App) -> Serving:
    """What it was placed by, or else what its profile says: a profile may change while it is placed."""
    host = app.registry.get(HostRow, HostRow.at(row.host)) if row.host else None
    serving = host.serving if host else model.serving
    if host and (host.fleet or None) != model.fleet:
        placed = where(host.serving, host.fleet)
        raise ReleaseFailed(f"it was placed as {placed}, and its profile has another place for it by now")
    if not isinstance(serving, Serving):
        raise ReleaseFailed("its profile became auto while this was released: drop the version again")
    return serving


def _shared(
    row: Upload, serving: Serving, model: ModelProfile, tenant: TenantProfile, app: App
) -> tuple[Ground, tuple[Write, ...]]:
    fleet, profile = ready_fleet(model.fleet, app.registry)
    if why := foreign(fleet.fleet, profile, row.tenant, tenant.isolation):
        raise ReleaseFailed(why)
    if profile.serving is not serving:
        raise ReleaseFailed(f"fleet {fleet.fleet} is for {profile.serving}, and this version is for {serving}")
    ground = Ground(
        model=model,
        settings=host_settings(app),
        fleet=fleet_host(fleet.fleet, app.registry),
        image=image_of(profile, app.images, app.settings.region),
        capacity=_capacity(row, app),
    )
    if serving is not Serving.MULTI_CONTAINER:
        return ground, (Check(row=fleet),)
    composition = joined(row, fleet, app)
    return ground.model_copy(update={"composition": composition}), (Check(row=fleet), Put(row=composition))


def _of_its_own(row: Upload, model: ModelProfile, app: App) -> tuple[Ground, tuple[Write, ...]]:
    image = image_of(model, app.images, app.settings.region)
    ground = Ground(model=model, settings=host_settings(app), image=image, capacity=_capacity(row, app))
    return ground, ()


def _capacity(row: Upload, app: App) -> int:
    """How many instances, or copies, the live version has for itself now; 0 when it has none."""
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    host = app.registry.get(HostRow, HostRow.at(route.host)) if route else None
    if route is None or host is None:
        return 0
    if host.serving is Serving.INFERENCE_COMPONENT:
        component = app.hosting.component(route.target)
        return component.desired if component else 0
    view = None if host.fleet or not host.endpoint else app.hosting.endpoint(host.endpoint)
    return view.desired if view else 0


def _placed(row: Upload, serving: Serving, placement: Placement, app: App) -> tuple[Write, ...]:
    now = app.clock.now()
    placed = row.move(
        State.PLACED,
        now,
        f"placed on {placement.endpoint}" if placement.endpoint else f"placed as model {placement.target}",
        host=placement.host,
        target=placement.target,
        placed_because=(*row.chosen.because, *placement.because[1:]) if row.chosen else placement.because,
        made=bool(placement.plan.calls),
    )
    lease_until = now + timedelta(minutes=app.settings.lease_minutes)
    load = load_of(placed, app.registry) or new_load(placed, lease_until)
    own = (Put(row=_own_host(serving, placement, app)),) if placed.hosted else ()
    return Put(row=placed), Put(row=load.but(lease_until=lease_until)), *own


def _own_host(serving: Serving, placement: Placement, app: App) -> HostRow:
    return HostRow(
        host=placement.host,
        fleet="",
        serving=serving,
        endpoint=placement.endpoint,
        region=app.settings.region,
        instances=placement.instances,
        at_once=placement.at_once,
        pool=placement.pool,
        since=app.clock.now(),
    )


def new_load(row: Upload, lease_until: object) -> LoadRow:
    """The load record of a placed version."""
    return LoadRow.model_validate(
        {
            "host": row.host,
            "target": row.target,
            "tenant": row.tenant,
            "model": row.model,
            "upload": row.upload,
            "sha256": row.sha256,
            "lease_until": lease_until,
        }
    )
