"""What stands in SageMaker, and who names it: nothing that is referenced goes, and nothing that nobody needs stays."""

from collections.abc import Iterator

from tenantry.adapters.memory.endpoints import Endpoint
from tenantry.domain.names import host_of_endpoint
from tenantry.domain.options import DEDICATED, UNCALLED, Serving
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.versions import KEPT, State, Upload
from tests.flows.rows import name_of, routes, row_at, rows_of, uploads
from tests.flows.world import World

_BUSY = {*KEPT, State.WARM, State.CANARY}
_OWNER = "tenantry:tenant"


def referenced_stands(world: World) -> Iterator[str]:
    """What a route leads to, may go back to, or judges stands in SageMaker, suspended or not; and so do leases'."""
    for route in routes(world):
        for upload in route.uploads:
            yield from _stands(world, route, upload)
    for row in _owners(world):
        if row.state in _BUSY and (why := _missing(world, row)):
            yield f"{name_of(row)}: {why}"


def owned_by_a_record(world: World) -> Iterator[str]:
    """Whatever is one version's own in SageMaker has its host's record beside it, until it is gone."""
    control = world.twins.hosting.control
    for found in [one for name in list(control.endpoints) if (one := control.find(name)) and _OWNER in one.tags]:
        host = _host(world, host_of_endpoint(found.name))
        if host is None or host.endpoint != found.name:
            yield f"{found.name} is {found.status}, and no record of a host names it"


def nothing_bills(world: World) -> Iterator[str]:
    """At rest: no job works, and each target, alarm, component and host of one version is of something kept."""
    control, kept = world.twins.hosting.control, {row.upload: row for row in uploads(world) if row.state in KEPT}
    wanted = {row.target for row in kept.values()}
    wanted |= {name for host in rows_of(world, HostRow) for name in (host.endpoint, host.previous) if name}
    for resource in control.targets:
        if resource.split("/")[1] not in wanted:
            yield f"{resource} is still scaled"
    for alarm in control.alarms:
        if alarm.removesuffix("-from-zero") not in wanted:
            yield f"alarm {alarm} is left"
    for name in [one for one in list(control.components.all) if control.components.find(one)]:
        if name not in wanted:
            yield f"component {name} is left"
    for name, job in world.twins.hosting.jobs.all.items():
        if job.status == "InProgress" and job.until > world.now():
            yield f"transform job {name} is at work"
    for host in rows_of(world, HostRow):
        if host.serving in DEDICATED and not host.fleet and host.host.removeprefix("own-") not in kept:
            yield f"the record of {host.host} outlives its version"


def _stands(world: World, route: Route, upload: str) -> Iterator[str]:
    row = row_at(world, Upload, Upload.at(route.tenant, route.model, upload))
    name = f"the route of {route.tenant}/{route.model}"
    if row is None or row.state not in {*KEPT, State.CANARY}:
        yield f"{name} refers to {upload[:6]}, which is {row.state if row else 'unknown'}"
    elif why := _missing(world, row):
        yield f"{name} refers to version {row.version}: {why}"


def _owners(world: World) -> Iterator[Upload]:
    """Versions with something of their own in SageMaker that a load record vouches for."""
    for load in rows_of(world, LoadRow):
        row = row_at(world, Upload, Upload.at(load.tenant, load.model, load.upload))
        if row and row.made and (load.pinned or load.lease_until > world.now()):
            yield row


def _missing(world: World, row: Upload) -> str:
    """What of all that this version needs is not there (any more); empty when everything is."""
    control, host = world.twins.hosting.control, _host(world, row.host)
    if host is None:
        return f"the record of its host {row.host} is gone"
    if host.serving in UNCALLED:
        return "" if row.target in control.models else f"model {row.target} is gone"
    found = control.find(host.endpoint)
    if found is None or found.status == "Deleting":
        return f"endpoint {host.endpoint} is {found.status if found else 'gone'}"
    if host.serving is Serving.INFERENCE_COMPONENT:
        component = control.components.find(row.target)
        return "" if component and component.status != "Deleting" else f"component {row.target} is gone"
    if host.serving is Serving.MULTI_CONTAINER and row.target not in found.containers:
        return f"{host.endpoint} has no container {row.target}"
    return _made_of(world, found)


def _made_of(world: World, found: Endpoint) -> str:
    """Which part of an endpoint's making is gone."""
    config = world.twins.hosting.control.configs.get(found.config)
    if config is None:
        return f"configuration {found.config} is gone"
    models = {one["ModelName"] for one in config["ProductionVariants"] if "ModelName" in one}
    gone = models - world.twins.hosting.control.models.keys()
    return f"model {gone} is gone" if gone else ""


def _host(world: World, host: str) -> HostRow | None:
    return row_at(world, HostRow, HostRow.at(host))
