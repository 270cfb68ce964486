"""Warm fleet and move host: a new endpoint takes over only when everything live on the host is warm on it.

From the moment `next` is written, every release warms its target on both endpoints before it goes live, and a swap
checks the host record; so what is live when the host moves was warm before, whenever it went live.
"""

from typing import Any

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed, TenantryError
from tenantry.domain.fleets import host_of
from tenantry.domain.models import ModelProfile, Sample
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.tenants import TenantRow
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.fleets import own_fleet, wanted
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.reading import fleet_host
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
    if host is None:
        return WarmedFleet(warmed=0)
    proven = [load for load in loads_of(host.host, app) if load.proven_at]
    instances = task.instances or host.instances
    return WarmedFleet(warmed=sum(_take_over(load, host, task.endpoint, instances, app) for load in proven))


def move_host(task: FleetTask, app: App) -> Moved:
    """Write the host record. What it named before is removed after its grace."""
    profile = wanted(task, app)
    view = app.hosting.endpoint(task.endpoint)
    if view is None:
        raise ReleaseFailed(f"endpoint {task.endpoint} does not exist any more")
    previous = deciding(lambda: _move(task, profile.serving, view.instances, app))
    return Moved(previous=previous, grace_seconds=round(profile.grace * 3600))


def loads_of(host: str, app: App) -> list[LoadRow]:
    """Every load record of a host."""
    return app.registry.rows(LoadRow, f"HOST#{host}", "LOAD#")


def sample_for(load: LoadRow, app: App) -> Sample | None:
    """The sample of the model whose target this is, if a profile still names it."""
    model = _model_for(load, app)
    return model.sample if model else None


def _model_for(load: LoadRow, app: App) -> ModelProfile | None:
    tenant = app.registry.get(TenantRow, TenantRow.at(load.tenant))
    return tenant.profile.models.get(load.model) if tenant and tenant.profile else None


def shown_on(load: LoadRow, endpoint: str, evidence: dict[str, Any], app: App) -> None:
    """Put the evidence on the load record, if the record is still there."""

    def record() -> None:
        current = app.registry.get(LoadRow, load.key)
        if current:
            app.registry.commit(Put(row=current.but(evidence={**current.evidence, endpoint: evidence})))

    deciding(record)


def _announce(task: FleetTask, app: App) -> HostRow | None:
    """Say which endpoint comes next; `None` when the fleet has no host yet."""
    own_fleet(task, app)
    host = fleet_host(task.fleet, app.registry)
    if host is None or task.endpoint in {host.endpoint, host.next}:
        return host
    coming = host.but(next=task.endpoint)
    app.registry.commit(Put(row=coming))
    return coming


def _take_over(load: LoadRow, host: HostRow, endpoint: str, instances: int, app: App) -> bool:
    """Warm one target, unless it may sleep; only a live one that cannot be warmed stops the move."""
    model = _model_for(load, app)
    if model is None or model.sleeps:
        return False
    sample = model.sample
    try:
        address = host.address(load.target, endpoint, instances)
        evidence = warm(address, sample, app)
        if load.pinned:
            prove(address, sample, app)
    except TenantryError as error:
        if not load.pinned:
            return False
        raise ReleaseFailed(f"{load.tenant}/{load.model} does not serve on {endpoint}: {error}") from error
    shown_on(load, endpoint, evidence.model_dump(mode="json"), app)
    return True


def _move(task: FleetTask, serving: Serving, instances: int, app: App) -> str:
    """The endpoint that was replaced; a move that was made before gives the answer it gave then."""
    own_fleet(task, app)
    host = fleet_host(task.fleet, app.registry)
    if host and host.endpoint == task.endpoint:
        if host.instances != instances or host.next:
            app.registry.commit(Put(row=host.but(instances=instances, next="")))
        return host.previous if host.moved_by == task.execution else ""
    app.registry.commit(Put(row=_moved(host, task, serving, instances, app)))
    return host.endpoint if host else ""


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
