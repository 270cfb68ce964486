"""Register fleet and plan fleet: what a dropped fleet profile asks for, as a plan."""

from tenantry.domain.base import Value
from tenantry.domain.errors import Rejected, ReleaseFailed, Superseded
from tenantry.domain.fleets import change
from tenantry.domain.images import image_of
from tenantry.domain.names import resource_name, upload_id
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import PROFILE_BYTES, FleetProfile, parse_profile
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import FleetRow, FleetState
from tenantry.domain.writes import Put
from tenantry.serving import FLEETS
from tenantry.serving.endpoints import remove_endpoint, resize_endpoint
from tenantry.usecases import composing
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.fleet_users import bound, serves, shut_out
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.reading import fleet_host, host_settings, ready_fleet


class RegisteredFleet(Value):
    """Whether this profile (or deletion) is another one than was taken up before."""

    changed: bool


class FleetPlan(Value):
    """The plan, the endpoint that will serve (empty for a deletion), its instances, and whether it is a new one."""

    plan: Plan
    endpoint: str
    instances: int
    rolled: bool


def register_fleet(task: FleetTask, app: App) -> RegisteredFleet:
    """Judge the profile, or whether the fleet may go; Rejected with the reason. The fleet serves on meanwhile."""
    if task.compose:
        return RegisteredFleet(changed=deciding(lambda: composing.begin(task, endpoint_of(task, app), app)))
    if not task.deleted:
        image_of(wanted(task, app), app.images, app.settings.region)
    return deciding(lambda: _register(task, app))


def plan_fleet(task: FleetTask, app: App) -> FleetPlan:
    """What SageMaker must be told: create, roll, resize, remove, or nothing. Asked again, the same answer."""
    host = fleet_host(task.fleet, app.registry)
    if task.remove:
        return _removal(task.remove, host)
    row = own_fleet(task, app)
    if task.deleted:
        plan = remove_endpoint(host.endpoint) if host else Plan.nothing("it has no endpoint")
        return FleetPlan(plan=plan, endpoint="", instances=0, rolled=False)
    return _arrival(task, row, host, app)


def wanted(task: FleetTask, app: App) -> FleetProfile:
    """The profile this task is about."""
    if task.compose:
        return ready_fleet(task.fleet, app.registry)[1]
    return parse_profile(FleetProfile, app.artifacts.read(task.bucket, task.key, task.version_id, PROFILE_BYTES))


def own_fleet(task: FleetTask, app: App) -> FleetRow:
    """The fleet's row, while this execution is at work on it; Superseded when a newer profile took over."""
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    if row is None:
        raise ReleaseFailed(f"the registry has no fleet {task.fleet}")
    if row.owner != task.execution:
        raise Superseded(f"a newer profile of fleet {task.fleet} was taken up")
    return row


def notice_id(task: FleetTask, state: str) -> str:
    """The id of the notice that tells this end of this execution."""
    return f"fleet-{upload_id(task.bucket, task.key, task.execution)}-{state.lower()}"


def ended_before(task: FleetTask, app: App) -> bool:
    """Whether this execution has come to its end: a step of it that was given up for lost may still be running."""
    ends = (FleetState.READY, FleetState.DELETED, FleetState.FAILED, FleetState.REJECTED)
    return any(app.registry.get(NoticeRow, NoticeRow.at(OPERATOR, notice_id(task, state))) for state in ends)


def endpoint_of(task: FleetTask, app: App) -> str:
    """The name of the endpoint this version of the profile would get; without one, what its execution would make."""
    return resource_name(app.settings.stack, task.fleet, task.execution if task.compose else task.version_id)


def _register(task: FleetTask, app: App) -> RegisteredFleet:
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    if row and row.owner == task.execution:
        return RegisteredFleet(changed=False)
    if ended_before(task, app):
        raise Superseded(f"this profile of fleet {task.fleet} has had its end")
    if row and row.source.order > task.order:
        raise Superseded(f"a newer profile of fleet {task.fleet} was dropped")
    if task.deleted and (why := serves(task.fleet, app)):
        name = task.fleet
        raise Rejected(f"fleet {name} still serves: {why}. Restore fleets/{name}.json, or move them first")
    profile = None if task.deleted else wanted(task, app)
    if row and profile and (why := shut_out(task.fleet, profile, app) or bound(row, profile, app)):
        raise Rejected(why)
    along = composing.taken_along(task, endpoint_of(task, app), profile, app) if profile else ()
    app.registry.commit(Put(row=_taken_up(row, task, app)), *along)
    return RegisteredFleet(changed=True)


def _taken_up(row: FleetRow | None, task: FleetTask, app: App) -> FleetRow:
    now = app.clock.now()
    if row and task.deleted:
        return row.but(state=FleetState.DELETING, reason="its profile was deleted", since=now, owner=task.execution)
    left = {**(row.left if row else {}), endpoint_of(task, app): now}
    if row and row.state is FleetState.READY:
        return row.but(source=task.source, left=left, owner=task.execution, refused="")
    return FleetRow(
        fleet=task.fleet,
        state=FleetState.CREATING,
        reason="its profile is accepted; its endpoint is being created",
        since=now,
        source=task.source,
        serving_bytes=row.serving_bytes if row else (),
        left=left,
        owner=task.execution,
    ).after(row)


def _removal(endpoint: str, host: HostRow | None) -> FleetPlan:
    """An endpoint that was replaced; refused when the host names it again."""
    if host and endpoint in {host.endpoint, host.next}:
        plan = Plan.nothing(f"the host record names {endpoint} again")
    else:
        plan = remove_endpoint(endpoint)
    return FleetPlan(plan=plan, endpoint="", instances=0, rolled=False)


def _arrival(task: FleetTask, row: FleetRow, host: HostRow | None, app: App) -> FleetPlan:
    profile = wanted(task, app)
    endpoint = endpoint_of(task, app)
    if host and host.endpoint == endpoint:
        return FleetPlan(plan=Plan.nothing("done before"), endpoint=endpoint, instances=host.instances, rolled=False)
    asked = change(profile, row.profile, host)
    if host is None or asked.kind == "roll" or task.compose:
        image = image_of(profile, app.images, app.settings.region)
        if profile.serving is Serving.MULTI_CONTAINER:
            plan, instances = composing.next_endpoint(endpoint, task.fleet, profile, image, host, app)
            return FleetPlan(plan=plan, endpoint=endpoint if instances else "", instances=instances, rolled=True)
        plan = FLEETS[profile.serving].create_host(endpoint, task.fleet, profile, image, host_settings(app))
        return FleetPlan(plan=plan, endpoint=endpoint, instances=profile.instances.min, rolled=True)
    if asked.kind == "resize":
        plan = resize_endpoint(host.endpoint, profile.instances, host.instances)
    else:
        plan = Plan.nothing(asked.reason)
    return FleetPlan(plan=plan, endpoint=host.endpoint, instances=host.instances, rolled=False)
