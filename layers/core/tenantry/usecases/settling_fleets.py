"""Settle fleet: the end of a fleet's profile. A refused or failed update leaves a fleet that serves READY."""

from datetime import datetime, timedelta

from tenantry.domain.base import Value
from tenantry.domain.failures import Ending, ending
from tenantry.domain.fixes import of_fleet
from tenantry.domain.fleets import change
from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, outbox
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.quotas import asking_for_more
from tenantry.domain.routes import DRAIN, HostRow
from tenantry.domain.tenants import FleetRow, FleetState
from tenantry.domain.versions import State
from tenantry.domain.writes import Delete, Put, Write
from tenantry.serving.endpoints import remove_endpoint
from tenantry.usecases import composing
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.fleets import endpoint_of, notice_id, own_fleet, wanted
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.moving import spare
from tenantry.usecases.reading import fleet_host

_BEFORE_APPLYING = {"Register fleet", "Plan fleet"}


class SettledFleet(Value):
    """The fleet's state, and what must be undone in SageMaker."""

    state: FleetState
    plan: Plan


def settle_fleet(task: FleetTask, app: App) -> SettledFleet:
    """READY or DELETED; with an error REJECTED or FAILED, unless the fleet serves on with what it has.

    The end of a removal is that nothing is left to be removed; the fleet stays as it is.
    """
    if task.remove:
        return SettledFleet(state=deciding(lambda: _removed(task, app)), plan=Plan.nothing("it was a removal"))
    if task.error is None or _in_force(task, app):
        return deciding(lambda: _settle(task, app))
    end = ending(task.error, task.step)
    state = deciding(lambda: _refuse(task, end, app))
    return SettledFleet(state=state, plan=deciding(lambda: _undo(task, app)))


def _removed(task: FleetTask, app: App) -> FleetState:
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    if row and task.error is None and task.remove in row.left:
        left = {name: at for name, at in row.left.items() if name != task.remove}
        app.registry.commit(Put(row=row.but(left=left)), *composing.removed(task.fleet, task.remove, app))
    return row.state if row else FleetState.DELETED


def _in_force(task: FleetTask, app: App) -> bool:
    """Once it was told, or the host record names the new endpoint, it is so, whatever failed afterwards."""
    if not task.compose and app.registry.get(NoticeRow, _notice(task, _good_end(task), app).key):
        return True
    host = fleet_host(task.fleet, app.registry)
    return not task.deleted and host is not None and host.moved_by == task.execution


def _settle(task: FleetTask, app: App) -> SettledFleet:
    if task.compose:
        return SettledFleet(state=_composed(task, app), plan=Plan.nothing("nothing is left to do"))
    state = _good_end(task)
    notice = _notice(task, state, app)
    if app.registry.get(NoticeRow, notice.key) is None:
        row = own_fleet(task, app)
        app.registry.commit(*_settled(row, state, task, app), Put(row=notice))
    return SettledFleet(state=state, plan=Plan.nothing("nothing is left to do"))


def _composed(task: FleetTask, app: App) -> FleetState:
    """The releases that it was for have their own notices."""
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    if row and row.owner == task.execution:
        left = _left(row, fleet_host(task.fleet, app.registry), spare(task, DRAIN, app))
        app.registry.commit(Put(row=row.but(owner="", left=left)))
    return row.state if row else FleetState.DELETED


def _good_end(task: FleetTask) -> FleetState:
    return FleetState.DELETED if task.deleted else FleetState.READY


def _settled(row: FleetRow, state: FleetState, task: FleetTask, app: App) -> tuple[Write, ...]:
    now = app.clock.now()
    host = fleet_host(task.fleet, app.registry)
    if state is FleetState.DELETED:
        gone = row.but(state=state, reason="its endpoint is gone", since=now, owner="", profile=None)
        return (Put(row=gone), *((Delete(row=host),) if host else ()), *composing.forgotten(task.fleet, app))
    ready = row.but(state=state, reason="in service with its newest profile", since=now, owner="")
    profile = wanted(task, app)
    left = _left(row, host, spare(task, timedelta(hours=profile.grace), app))
    if profile.serving is Serving.MULTI_CONTAINER and not composing.on(endpoint_of(task, app), task.fleet, app):
        left.pop(endpoint_of(task, app), None)
    return (Put(row=ready.but(profile=profile, left=left)),)


def _left(row: FleetRow, host: HostRow | None, later: datetime) -> dict[str, datetime]:
    """What may have to go: no longer what serves, and what it replaced, should this execution not live so long."""
    left = {name: at for name, at in row.left.items() if not host or name != host.endpoint}
    return left | ({host.previous: later} if host and host.previous and host.moved_by == row.owner else {})


def _refuse(task: FleetTask, end: Ending, app: App) -> FleetState:
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    if end.state is State.SUPERSEDED:
        return row.state if row else FleetState.REJECTED
    if row and task.compose:
        composing.ended(task, row, endpoint_of(task, app), end.reason, app)
        return row.state
    refused = _refused(row, task, end, app)
    fix = of_fleet(task.fleet, end.state, refused.state, asking_for_more(task.step, end.reason))
    notice = _notice(task, end.state, app, end, fix=fix)
    if app.registry.get(NoticeRow, notice.key) is None:
        app.registry.commit(*((Put(row=refused),) if refused != row else ()), Put(row=notice))
    return refused.state


def _refused(row: FleetRow | None, task: FleetTask, end: Ending, app: App) -> FleetRow:
    """A fleet that serves stays READY; that a profile was refused is remembered, so that it is not tried again."""
    refused = row.refused if row and task.deleted else task.version_id
    if row and row.owner and row.owner != task.execution:
        return row.but(refused=refused)
    if row and row.profile and row.state in {FleetState.READY, FleetState.DELETING}:
        return row.but(state=FleetState.READY, owner="", refused=refused)
    return FleetRow(
        fleet=task.fleet,
        state=FleetState(end.state),
        reason=end.reason,
        since=app.clock.now(),
        source=task.source,
        serving_bytes=row.serving_bytes if row else (),
        left=row.left if row else {},
        refused=task.version_id,
    ).after(row)


def _undo(task: FleetTask, app: App) -> Plan:
    """Remove the endpoint that this profile made, unless the host record names it."""
    host = fleet_host(task.fleet, app.registry)
    endpoint = endpoint_of(task, app)
    if task.deleted or task.step in _BEFORE_APPLYING or not _made(task, host, app):
        return Plan.nothing("nothing was made")
    if host and host.endpoint == endpoint:
        return Plan.nothing("the host record names this endpoint")
    if host and host.next == endpoint:
        app.registry.commit(Put(row=host.but(next="")))
    return remove_endpoint(endpoint)


def _made(task: FleetTask, host: HostRow | None, app: App) -> bool:
    """Whether this profile, or these containers, asked for an endpoint of their own."""
    if task.compose:
        return True
    row = app.registry.get(FleetRow, FleetRow.at(task.fleet))
    return change(wanted(task, app), row.profile if row else None, host).kind == "roll"


def _notice(task: FleetTask, state: str, app: App, end: Ending | None = None, fix: str = "") -> NoticeRow:
    reason = end.reason if end else ("its endpoint is gone" if task.deleted else "in service with its newest profile")
    notice = Notice(
        id=notice_id(task, state),
        about="fleet",
        fleet=task.fleet,
        state=state,
        step=task.step,
        reason=reason,
        fix=fix,
        at=app.clock.now(),
    )
    return outbox(notice, OPERATOR)[0]
