"""Register tenant, open channel, settle tenant: a profile comes into force, or is refused with a sentence."""

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.failures import Ending, ending
from tenantry.domain.fixes import of_tenant
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.profiles import PROFILE_BYTES, TenantProfile, parse_profile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import State
from tenantry.domain.writes import MOST_WRITES, Put
from tenantry.usecases.accepting import accept, orders_hold
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import TenantTask
from tenantry.usecases.pinning import fitting, shared_as_asked
from tenantry.usecases.resuming import resumed, returning_routes
from tenantry.usecases.telling import ended_before, told, told_ready
from tenantry.usecases.telling_users import tell_users

_IN_FORCE = "its profile is in force"
_SERVED = {TenantState.READY, TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}


class RegisteredTenant(Value):
    """Whether the profile in force is another one now."""

    changed: bool


class Opened(Value):
    """The tenant's topic."""

    topic_arn: str


class SettledTenant(Value):
    """The tenant's state after its profile was settled."""

    state: TenantState


def register_tenant(task: TenantTask, app: App) -> RegisteredTenant:
    """Judge the profile and put it on the row; Rejected with what is wrong, Superseded when a newer one is in force."""
    body = app.artifacts.read(task.bucket, task.key, task.version_id, PROFILE_BYTES)
    profile = parse_profile(TenantProfile, body)
    accept(task.tenant, profile, app)
    return deciding(lambda: _register(task, profile, app))


def open_channel(task: TenantTask, app: App) -> Opened:
    """The tenant's topic, with exactly the subscriptions its profile names."""
    row = _own(task, app)
    profile = row.coming or row.profile
    deliveries = profile.deliveries if profile else {}
    withdrawn = sorted(set(row.delivers) - set(deliveries))
    topic_arn = app.channels.open(row.tenant, profile.notify if profile else (), deliveries, withdrawn)
    opened = {"topic_arn": topic_arn, "delivers": tuple(sorted(deliveries))}

    def record() -> None:
        current = _own(task, app)
        if (current.topic_arn, current.delivers) != tuple(opened.values()):
            app.registry.commit(Put(row=current.but(**opened)))

    deciding(record)
    return Opened(topic_arn=topic_arn)


def settle_tenant(task: TenantTask, app: App) -> SettledTenant:
    """READY, or, with an error, refused: a tenant that was READY stays so with what it has."""
    if task.error is None or told_ready(task, app):
        return deciding(lambda: _ready(task, app))
    end = ending(task.error, task.step)
    return deciding(lambda: _refuse(task, end, app))


def _register(task: TenantTask, profile: TenantProfile, app: App) -> RegisteredTenant:
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row and row.owner == task.execution and row.source == task.source:
        return RegisteredTenant(changed=False)
    if ended_before(task, app):
        raise Superseded(f"this profile of tenant {task.tenant} has had its end")
    if row and row.source.order > task.order:
        raise Superseded(f"a newer profile of tenant {task.tenant} was dropped")
    if row and row.state is TenantState.CLOSING:
        raise Superseded(f"tenant {task.tenant} is being closed; its profile is taken up afterwards")
    app.registry.commit(Put(row=_taken_up(row, task, profile, app)))
    return RegisteredTenant(changed=row is None or row.profile != profile)


def _taken_up(row: TenantRow | None, task: TenantTask, profile: TenantProfile, app: App) -> TenantRow:
    now = app.clock.now()
    if row and row.state is TenantState.READY:
        return row.but(coming=profile, source=task.source, owner=task.execution, refused="")
    return TenantRow(
        tenant=task.tenant,
        state=TenantState.ONBOARDING,
        reason="its profile is accepted; its channel is being opened",
        since=now,
        source=task.source,
        profile=profile,
        topic_arn=row.topic_arn if row else "",
        delivers=row.delivers if row else (),
        owner=task.execution,
    ).after(row)


def _own(task: TenantTask, app: App) -> TenantRow:
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row is None:
        raise ReleaseFailed(f"the registry has no tenant {task.tenant}")
    if row.owner != task.execution:
        raise Superseded(f"a newer profile of tenant {task.tenant} is being put into force")
    return row


def _ready(task: TenantTask, app: App) -> SettledTenant:
    if not told_ready(task, app):
        row = _own(task, app)
        profile = row.coming or row.profile
        if profile:
            orders_hold(task.tenant, profile, app)
        back, cold = returning_routes(row, app)
        ready = row.but(
            state=TenantState.READY,
            reason=_IN_FORCE,
            since=app.clock.now(),
            profile=profile,
            coming=None,
            offboard_at=None,
            cold=tuple(route.model for route in cold),
            owner="",
        )
        shared = shared_as_asked(task.tenant, profile, app)
        rows = (ready, *_welcomed(task, cold, app), *resumed(back, app))
        together = fitting(shared, MOST_WRITES - len(rows), app)
        app.registry.commit(*(Put(row=one) for one in rows), *together)
        tell_users(task.tenant, [route.model for route in back], "READY", task.execution, app)
    return SettledTenant(state=TenantState.READY)


def _welcomed(task: TenantTask, cold: list[Route], app: App) -> tuple[NoticeRow, ...]:
    """The notice that the profile is in force; of routes that stay suspended, the operator hears, too."""
    if not cold:
        return told(task, "READY", _IN_FORCE, app, task.tenant)
    names = ", ".join(f"{route.model} version {route.version}" for route in cold)
    why = f"{_IN_FORCE}; still suspended, because it could not be loaded or did not answer its sample: {names}"
    fix = "wait: it is probed every five minutes and serves again once it answers; or drop a new version"
    return told(task, "READY", why, app, task.tenant, OPERATOR, step="Warm tenant", fix=fix)


def _refuse(task: TenantTask, end: Ending, app: App) -> SettledTenant:
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if end.state is State.SUPERSEDED:
        return SettledTenant(state=row.state if row else TenantState.REJECTED)
    refused = _refused(row, task, end, app)
    fix = of_tenant(task.tenant, end.state, refused.state)
    rows = told(task, end.state, end.reason, app, *_hearers(row), step=task.step, fix=fix)
    if app.registry.get(NoticeRow, rows[0].key) is None:
        app.registry.commit(Put(row=refused), *(Put(row=notice) for notice in rows))
    return SettledTenant(state=refused.state)


def _refused(row: TenantRow | None, task: TenantTask, end: Ending, app: App) -> TenantRow:
    if row and row.owner and row.owner != task.execution:
        return row.but(refused=task.version_id)
    if row and row.state in _SERVED:
        return row.but(coming=None, refused=task.version_id, owner="")
    return TenantRow(
        tenant=task.tenant,
        state=TenantState(end.state),
        reason=end.reason,
        since=app.clock.now(),
        source=task.source,
        topic_arn=row.topic_arn if row else "",
        delivers=row.delivers if row else (),
        refused=task.version_id,
    ).after(row)


def _hearers(row: TenantRow | None) -> tuple[str, ...]:
    return (OPERATOR, row.tenant) if row and row.topic_arn else (OPERATOR,)
