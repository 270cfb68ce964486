"""Suspend, retire, close: a tenant's profile was deleted. Until closing begins, restoring the object cancels it all."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.fixes import of_suspension
from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, outbox
from tenantry.domain.plans import Plan
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.sharing import SharedRoute
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import KEPT, OPEN, State, Upload
from tenantry.domain.writes import Delete, Put, Write
from tenantry.serving import packages
from tenantry.usecases.abandoning import abandon_batches
from tenantry.usecases.app import App
from tenantry.usecases.awaiting import abandon_requests
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended, undo
from tenantry.usecases.inputs import TenantTask
from tenantry.usecases.joining import leave
from tenantry.usecases.pinning import shared_routes
from tenantry.usecases.reading import load_of
from tenantry.usecases.scheduling import put_schedules, remove_schedules
from tenantry.usecases.telling_users import end_pins, tell_users

MOST_ROUTES = 90
"""Routes that go into one commit with their tenant's row."""
BATCH = 20
"""So many versions are retired in one step."""
_GOING = {TenantState.SUSPENDED, TenantState.CLOSING}
_LEFT = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}


class Suspended(Value):
    """When closing begins."""

    offboard_at: datetime


class RetiredTenant(Value):
    """Whether offboarding was called off, and how many versions are left to retire, or on their way out.

    `plan` is what SageMaker must be told once none is.
    """

    cancelled: bool
    left: int
    plan: Plan = Plan()


def suspend_tenant(task: TenantTask, app: App) -> Suspended:
    """At once: no route of the tenant leads anywhere, and no release of it goes on."""
    row = deciding(lambda: _suspend(task, app))
    if row is None or row.state is not TenantState.SUSPENDED:
        return Suspended(offboard_at=app.clock.now())
    for route in _open_routes(task, app):
        app.registry.commit(Put(row=route.but(suspended=True)))
    tell_users(task.tenant, row.profile.models if row.profile else (), "SUSPENDED", task.execution, app)
    for upload in _uploads(task, app):
        deciding(lambda: _stop(upload.key, app))  # noqa: B023 - called before the loop goes on
    if row.profile:
        put_schedules(task.tenant, row.profile, app, enabled=False)
    return Suspended(offboard_at=row.offboard_at or app.clock.now())


def retire_tenant(task: TenantTask, app: App) -> RetiredTenant:
    """Retire the next few versions, routes first; cancelled when the tenant is wanted again."""
    if not deciding(lambda: _close_in(task, app)):
        return RetiredTenant(cancelled=True, left=0)
    end_pins(task.tenant, app)
    abandon_requests(task.tenant, app)
    remove_schedules(task.tenant, app)
    waiting = [row for row in _uploads(task, app) if row.state in KEPT or row.copied]
    for row in waiting[:BATCH]:
        deciding(lambda: _retire(row.key, app))  # noqa: B023 - called before the loop goes on
        undo(row.key, app)
    going = sum(row.in_sagemaker for row in waiting[:BATCH]) + leave(waiting[:BATCH], app)
    going += abandon_batches(task.tenant, app)
    left = len(waiting[BATCH:]) + going
    plan = Plan() if left else packages.remove_groups(package_groups(_uploads(task, app), app))
    return RetiredTenant(cancelled=False, left=left, plan=plan)


def package_groups(uploads: Iterable[Upload], app: App) -> tuple[str, ...]:
    """The model package groups that were made for these uploads."""
    stack = app.settings.stack
    return tuple(sorted({packages.group_of(stack, row.tenant, row.model) for row in uploads if row.package}))


def _suspend(task: TenantTask, app: App) -> TenantRow | None:
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row is None or row.state in _LEFT or _lies(task, app):
        return _adopted(row, task, app)
    now = app.clock.now()
    wait = timedelta(hours=row.profile.offboard_after if row.profile else 0)
    suspended = row.but(
        state=TenantState.SUSPENDED,
        reason="its profile was deleted; restoring it cancels the offboarding",
        since=now,
        offboard_at=now + wait,
        coming=None,
        owner=task.execution,
    )
    told = notices(suspended, app, f"suspended-{row.revision}")
    routes = [route.but(suspended=True) for route in _open_routes(task, app)[:MOST_ROUTES]]
    app.registry.commit(*(Put(row=one) for one in (suspended, *told, *routes)))
    return suspended


def _adopted(row: TenantRow | None, task: TenantTask, app: App) -> TenantRow | None:
    """The row of a tenant that is leaving already, with the newest execution at work on it: older ones stop."""
    if row is None or row.state not in _GOING or row.owner == task.execution:
        return row
    adopted = row.but(owner=task.execution)
    app.registry.commit(Put(row=adopted))
    return adopted


def _open_routes(task: TenantTask, app: App) -> list[Route | SharedRoute]:
    own = app.registry.rows(Route, f"TENANT#{task.tenant}", "MODEL#")
    routes: list[Route | SharedRoute] = [*own, *shared_routes(task.tenant, app)]
    return [route for route in routes if not route.suspended]


def _stop(key: tuple[str, str], app: App) -> None:
    row = app.registry.get(Upload, key)
    if row and row.state in OPEN:
        app.registry.commit(*ended(row, State.FAILED, "the tenant was suspended", app, step="Suspend tenant"))


def _close_in(task: TenantTask, app: App) -> bool:
    """Whether this execution is closing the tenant; the first call begins it.

    A tenant that came back and was deleted again has another owner, and a later time.
    """
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row is None or row.state not in _GOING or row.owner != task.execution:
        return False
    if row.state is TenantState.SUSPENDED:
        if _lies(task, app):
            return False
        now = app.clock.now()
        app.registry.commit(
            Put(row=row.but(state=TenantState.CLOSING, reason="everything of it is being removed", since=now))
        )
    return True


def _retire(key: tuple[str, str], app: App) -> None:
    """Route, load record and state in one commit; the copy goes afterwards.

    What SageMaker has of it keeps its load record until it is gone, so that its host is not taken away under it.
    """
    row = app.registry.get(Upload, key)
    if row is None:
        return
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    load: LoadRow | None = load_of(row, app.registry)
    writes: list[Write] = [Delete(row=load)] if load and not row.made else []
    if route:
        writes.append(Delete(row=route))
    if row.state in KEPT:
        writes.append(Put(row=row.move(State.RETIRED, app.clock.now(), "its tenant was offboarded", retire_at=None)))
    app.registry.commit(*writes)


def notices(row: TenantRow, app: App, what: str) -> tuple[NoticeRow, ...]:
    """What tenant and operator are told about the tenant's new state."""
    notice = Notice(
        id=f"tenant-{row.tenant}-{what}",
        about="tenant",
        tenant=row.tenant,
        state=row.state,
        reason=row.reason,
        fix=of_suspension(row) if row.state is TenantState.SUSPENDED else "",
        at=app.clock.now(),
        details=row.inventory,
    )
    return outbox(notice, row.tenant, OPERATOR)


def closing(task: TenantTask, app: App) -> TenantRow:
    """The row of a tenant that may be closed, or is."""
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row is None or row.state not in {TenantState.CLOSING, TenantState.OFFBOARDED}:
        raise ReleaseFailed(f"tenant {task.tenant} is {row.state if row else 'unknown'}, not CLOSING")
    return row


def _lies(task: TenantTask, app: App) -> bool:
    return app.artifacts.latest(app.settings.drop_bucket, f"tenants/{task.tenant}.json") is not None


def _uploads(task: TenantTask, app: App) -> list[Upload]:
    return app.registry.rows(Upload, f"TENANT#{task.tenant}", "UPLOAD#")
