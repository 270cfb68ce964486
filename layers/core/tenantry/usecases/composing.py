"""The next endpoint of a multi-container fleet, step by step in the machine that applies fleets.

Who is on it is written down before anything is made, in one commit with the fleet's owner; what its profile asks for
takes along whatever stands, and newcomers wait. When the host moves, the composition that serves moves in the same
commit.
"""

from tenantry.domain.compositions import Composition, Container, blamed, coming, kept
from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.hosting import Address
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.tenants import FleetRow, FleetState
from tenantry.domain.versions import OPEN, Upload
from tenantry.domain.writes import Delete, Put, Write
from tenantry.serving import multi_container
from tenantry.serving.placements import NewHost
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.joining import composition_of, pruned
from tenantry.usecases.loads import sample_for, shown_on
from tenantry.usecases.reading import host_settings
from tenantry.usecases.warming import prove, warm


def begin(task: FleetTask, endpoint: str, app: App) -> bool:
    """Take the fleet up and decide who is on its next endpoint; Superseded when nobody has to be, or cannot yet."""
    row, composition = app.registry.get(FleetRow, FleetRow.at(task.fleet)), composition_of(task.fleet, app.registry)
    if row and row.owner == task.execution:
        return False
    if row is None or composition is None or not _has_containers(row):
        raise Superseded(f"fleet {task.fleet} is {row.state if row else 'unknown'}, or for something else by now")
    if row.owner not in {"", task.instead_of} or endpoint in composition.made:
        raise Superseded(f"fleet {task.fleet} is being changed, or its endpoint of this name was made before")
    now = pruned(composition, app.registry)
    newcomers = coming(now)
    if not newcomers and (task.compose == "join" or len(kept(now)) == len(now.standing)):
        if row.owner:
            app.registry.commit(Put(row=row.but(owner="")))
        raise Superseded(f"all containers of fleet {task.fleet} are where they should be")
    together = (*kept(now), *newcomers)
    left = {**row.left, endpoint: app.clock.now()} if together else row.left
    begun = _with(now, endpoint, together).but(count=now.count + 1)
    app.registry.commit(Put(row=row.but(owner=task.execution, left=left)), Put(row=begun))
    return True


def taken_along(task: FleetTask, endpoint: str, profile: FleetProfile, app: App) -> tuple[Write, ...]:
    """For the commit that takes up a fleet's profile: what stands will be on the endpoint that the profile asks for."""
    composition = composition_of(task.fleet, app.registry)
    if composition is None or profile.serving is not Serving.MULTI_CONTAINER:
        return ()
    now = pruned(composition, app.registry)
    return (Put(row=_with(now, endpoint, kept(now))),)


def next_endpoint(
    endpoint: str, fleet: str, profile: FleetProfile, image: str, host: HostRow | None, app: App
) -> tuple[Plan, int]:
    """The plan of what was decided on, with as many instances as the host has now; nothing without a container."""
    count = profile.instances.nearest(host.instances if host else profile.instances.min)
    containers = on(endpoint, fleet, app)
    if not containers:
        return Plan.nothing(f"fleet {fleet} has no version, and so needs no endpoint"), 0
    settings = host_settings(app)
    new = NewHost(endpoint=endpoint, fleet=fleet, profile=profile, image=image, settings=settings, instances=count)
    return multi_container.compose(containers, new), count


def on(endpoint: str, fleet: str, app: App) -> tuple[Container, ...]:
    """What an endpoint of this fleet was or is made with."""
    composition = composition_of(fleet, app.registry)
    return composition.made.get(endpoint, ()) if composition else ()


def welcome(task: FleetTask, app: App) -> int:
    """Warm and prove the newcomers of an endpoint; how many may stay. ReleaseFailed when none of them may.

    One that does not answer its sample ends only its own release; the others do not wait for another endpoint.
    """
    composition = composition_of(task.fleet, app.registry)
    newcomers = composition.newcomers(task.endpoint) if composition else ()
    flaws = {one.hostname: why for one in newcomers if (why := _flaw(one, task, app))}
    if flaws:
        deciding(lambda: _tell(task.fleet, flaws, app))
    if flaws and len(flaws) == len(newcomers):
        raise ReleaseFailed("; ".join(flaws.values()))
    return len(newcomers) - len(flaws)


def moved(task: FleetTask, app: App) -> tuple[Write, ...]:
    """For the commit that moves the host."""
    composition = composition_of(task.fleet, app.registry)
    if composition is None or task.endpoint not in {"", *composition.made}:
        return ()
    return (Put(row=composition.but(serves=task.endpoint)),)


def ended(task: FleetTask, row: FleetRow, endpoint: str, why: str, app: App) -> None:
    """Free the fleet after a failure; who may be at fault is known, unless the execution died without a word."""
    if row.owner != task.execution:
        return
    composition = composition_of(task.fleet, app.registry)
    fault = blamed(composition, endpoint, why) if composition and task.step else None
    app.registry.commit(Put(row=row.but(owner="")), *((Put(row=fault),) if fault else ()))


def removed(fleet: str, endpoint: str, app: App) -> tuple[Write, ...]:
    """For the commit that says that this endpoint is gone."""
    composition = composition_of(fleet, app.registry)
    if composition is None or endpoint not in composition.made:
        return ()
    return (Put(row=composition.but(made={name: of for name, of in composition.made.items() if name != endpoint})),)


def forgotten(fleet: str, app: App) -> tuple[Write, ...]:
    """For the commit that ends a fleet."""
    composition = composition_of(fleet, app.registry)
    return (Delete(row=composition),) if composition else ()


def _has_containers(row: FleetRow) -> bool:
    profile = row.profile
    return row.state is FleetState.READY and profile is not None and profile.serving is Serving.MULTI_CONTAINER


def _with(composition: Composition, endpoint: str, containers: tuple[Container, ...]) -> Composition:
    """Nothing is made without a container."""
    return composition.but(made={**composition.made, endpoint: containers}) if containers else composition


def _flaw(one: Container, task: FleetTask, app: App) -> str:
    """Why it may not go live; nothing of one whose release has ended meanwhile."""
    row = app.registry.get(Upload, Upload.at(one.tenant, one.model, one.upload))
    load = app.registry.get(LoadRow, LoadRow.at(row.host, row.target)) if row and row.state in OPEN else None
    sample = sample_for(load, app) if load else None
    if load is None or sample is None:
        return ""
    address = Address(
        endpoint=task.endpoint,
        serving=Serving.MULTI_CONTAINER,
        target=one.hostname,
        instances=task.instances,
    )
    try:
        evidence = warm(address, sample, app)
        prove(address, sample, app)
    except ReleaseFailed as why:
        return str(why)
    shown_on(load, task.endpoint, evidence.model_dump(mode="json"), app)
    return ""


def _tell(fleet: str, flaws: dict[str, str], app: App) -> None:
    composition = composition_of(fleet, app.registry)
    if composition:
        app.registry.commit(Put(row=composition.but(bad={**composition.bad, **flaws})))
