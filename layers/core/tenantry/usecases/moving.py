"""Warm fleet and move host: a new endpoint takes over only when everything live on the host is warm on it.

From the moment `next` is written, every release warms its target on both endpoints before it goes live, and a swap
checks the host record; so what is live when the host moves was warm before, whenever it went live.
"""

from datetime import datetime, timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed, TenantryError
from tenantry.domain.fleets import host_of
from tenantry.domain.options import Serving
from tenantry.domain.routes import DRAIN, HostRow, LoadRow
from tenantry.domain.writes import Delete, Put
from tenantry.usecases import composing
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.fleets import own_fleet, wanted
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.loads import loads_of, model_for, shown_on
from tenantry.usecases.reading import fleet_host
from tenantry.usecases.sharing import pins_of
from tenantry.usecases.warming import prove, warm


class WarmedFleet(Value):
    """How many targets are warm on the endpoint."""

    warmed: int


class Moved(Value):
    """The endpoint that was replaced (empty: none), and how long it is kept."""

    previous: str
    grace_seconds: int


def warm_fleet(task: FleetTask, app: App) -> WarmedFleet:
    """Load every live and standby version on the endpoint and prove the live ones; ReleaseFailed if one cannot be."""
    host = deciding(lambda: _announce(task, app))
    newcomers = composing.welcome(task, app)
    if host is None or not task.endpoint:
        return WarmedFleet(warmed=newcomers)
    proven = [load for load in loads_of(host.host, app) if load.proven_at]
    instances = task.instances or host.instances
    warmed = sum(_take_over(load, host, task.endpoint, instances, app) for load in proven)
    return WarmedFleet(warmed=warmed + newcomers)


def move_host(task: FleetTask, app: App) -> Moved:
    """Write the host record. What it named before is removed after its grace."""
    profile = wanted(task, app)
    grace = DRAIN if task.compose else timedelta(hours=profile.grace)
    if not task.endpoint:
        left = deciding(lambda: _vacate(task, spare(task, grace, app), app))
        return Moved(previous=left, grace_seconds=round(grace.total_seconds()))
    view = app.hosting.endpoint(task.endpoint)
    if view is None:
        raise ReleaseFailed(f"endpoint {task.endpoint} does not exist any more")
    previous = deciding(lambda: _move(task, profile.serving, view.instances, spare(task, grace, app), app))
    return Moved(previous=previous, grace_seconds=round(grace.total_seconds()))


def spare(task: FleetTask, grace: timedelta, app: App) -> datetime:
    """When an endpoint that was replaced has to go, should this execution not live so long."""
    return app.clock.now() + grace + (timedelta(minutes=5) if task.compose else timedelta(hours=1))


def _announce(task: FleetTask, app: App) -> HostRow | None:
    """Say which endpoint comes next; `None` when the fleet has no host yet."""
    own_fleet(task, app)
    host = fleet_host(task.fleet, app.registry)
    if host is None or task.endpoint in {"", host.endpoint, host.next}:
        return host
    coming = host.but(next=task.endpoint)
    app.registry.commit(Put(row=coming))
    return coming


def _take_over(load: LoadRow, host: HostRow, endpoint: str, instances: int, app: App) -> bool:
    """Warm one target, unless it may sleep; only one that calls go to, and which cannot be warmed, stops the move."""
    model = model_for(load, app)
    if model is None or model.sleeps:
        return False
    sample, called = model.sample, load.pinned or bool(pins_of(load, app.registry))
    try:
        address = host.address(load.target, endpoint, instances)
        evidence = warm(address, sample, app)
        if called:
            prove(address, sample, app)
    except TenantryError as error:
        if not called:
            return False
        raise ReleaseFailed(f"{load.tenant}/{load.model} does not serve on {endpoint}: {error}") from error
    shown_on(load, endpoint, evidence.model_dump(mode="json"), app)
    return True


def _move(task: FleetTask, serving: Serving, instances: int, until: datetime, app: App) -> str:
    """The endpoint that was replaced; a move that was made before gives the answer it gave then."""
    fleet = own_fleet(task, app)
    host = fleet_host(task.fleet, app.registry)
    if host and host.endpoint == task.endpoint:
        if host.instances != instances or host.next:
            app.registry.commit(Put(row=host.but(instances=instances, next="")))
        return host.previous if host.moved_by == task.execution else ""
    after = Put(row=_moved(host, task, serving, instances, app))
    left = {**fleet.left, host.endpoint: until} if host else fleet.left
    app.registry.commit(after, Put(row=fleet.but(left=left)), *composing.moved(task, app))
    return host.endpoint if host else ""


def _vacate(task: FleetTask, until: datetime, app: App) -> str:
    """No endpoint stands behind the host any more, since it has no container; the one that was there goes."""
    fleet, host = own_fleet(task, app), fleet_host(task.fleet, app.registry)
    if host is None:
        return ""
    if used := [load for load in loads_of(host.host, app) if load.proven_at]:
        raise ReleaseFailed(f"versions of {used[0].tenant} are on {host.endpoint}")
    left = {**fleet.left, host.endpoint: until}
    app.registry.commit(Delete(row=host), Put(row=fleet.but(left=left)), *composing.moved(task, app))
    return host.endpoint


def _moved(host: HostRow | None, task: FleetTask, serving: Serving, instances: int, app: App) -> HostRow:
    return HostRow(
        host=host_of(task.fleet),
        fleet=task.fleet,
        serving=serving,
        endpoint=task.endpoint,
        region=app.settings.region,
        instances=instances,
        since=app.clock.now(),
        previous=host.endpoint if host else "",
        moved_by=task.execution,
    ).after(host)
