"""Retire version and remove copy: a version past its grace, or an ended one with a copy left, goes for good."""

from tenantry.domain.approvals import known
from tenantry.domain.base import Value
from tenantry.domain.errors import Unavailable
from tenantry.domain.plans import Call, Plan
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.versions import ENDS, State, Upload
from tenantry.domain.writes import Check, Put, Write
from tenantry.serving import OPTIONS, packages
from tenantry.usecases.app import App
from tenantry.usecases.awaiting import undrained
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import remove
from tenantry.usecases.inputs import Retirement
from tenantry.usecases.lending import uses
from tenantry.usecases.packaging import found
from tenantry.usecases.reading import load_of
from tenantry.usecases.sharing import pins_of

_LEAVING = {State.STANDBY, State.ROLLED_BACK}


class Retired(Value):
    """Whether it was called off (and why, in the plan's reason), else what SageMaker must be told."""

    cancelled: bool
    plan: Plan


class Removed(Value):
    """Whether the copy is gone."""

    removed: bool


def retire_version(task: Retirement, app: App) -> Retired:
    """Move it to RETIRED; cancelled while a route, a lease or a load still references it.

    Unavailable while the release that it ends is still at work.
    """
    return deciding(lambda: _retire(task, app))


def remove_copy(task: Retirement, app: App) -> Removed:
    """Delete the serving copy and the load record; a version that is kept again by now is left alone."""
    remove(task.key, app)
    row = app.registry.get(Upload, task.key)
    return Removed(removed=row is None or not row.copied)


def _retire(task: Retirement, app: App) -> Retired:
    row = app.registry.get(Upload, task.key)
    route = app.registry.get(Route, Route.at(task.tenant, task.model))
    if row and row.in_sagemaker and row.state in ENDS and _at_work(row, app):
        raise Unavailable("its release is still at work, and may be about to make what has to be removed")
    if row is None or (why := _needed(row, route, app)):
        return Retired(cancelled=True, plan=Plan.nothing(why if row else "there is no such upload"))
    if row.state in _LEAVING:
        now = app.clock.now()
        why = task.why or "its grace period is over"
        app.registry.commit(Put(row=row.move(State.RETIRED, now, why, retire_at=None)), *_unrouted(row, route))
    return Retired(cancelled=False, plan=_plan(row, app))


def _needed(row: Upload, route: Route | None, app: App) -> str:
    """Why the version may not go; empty when it may."""
    now = app.clock.now()
    if row.state not in {*_LEAVING, *ENDS, State.RETIRED}:
        return f"it is {row.state}"
    if row.state in _LEAVING and row.retire_at and row.retire_at > now:
        return f"it is kept until {row.retire_at:%Y-%m-%d %H:%M:%S} UTC"
    if route and route.upload == row.upload:
        return "the route names it"
    if row.state in _LEAVING and (why := _used(row, app)):
        return why
    return undrained(row, app) if row.state in _LEAVING or row.was_canary else ""


def _used(row: Upload, app: App) -> str:
    """What goes on with a version that stands by; empty when nothing does."""
    if uses(row, app):
        return "a run over batches uses it"
    load = load_of(row, app.registry)
    if load and (load.pinned or load.lease_until > app.clock.now()):
        return "its target is still in use"
    users = pins_of(row, app.registry)
    return f"pinned by tenant {', '.join(users)}" if users else ""


def _unrouted(row: Upload, route: Route | None) -> tuple[Write, ...]:
    """The route must not name it when it is retired, not even as the one on standby."""
    if route is None:
        return ()
    return (Put(row=route.but(standby="")),) if route.standby == row.upload else (Check(row=route),)


def _plan(row: Upload, app: App) -> Plan:
    """By the option that its host has, whatever its profile says by now; and its model package, if it has one."""
    host = app.registry.get(HostRow, HostRow.at(row.host)) if row.host else None
    plan = OPTIONS[host.serving].retire(host, row.target) if host else Plan.nothing("no host of it is left")
    return plan.model_copy(update={"calls": (*plan.calls, *_unpackaged(row, app))})


def _unpackaged(row: Upload, app: App) -> tuple[Call, ...]:
    """Its package may have been made, and its release have died before it was noted."""
    if not row.package or known(row.package):
        return (packages.remove(row.package),) if row.package else ()
    made = found(row, app)
    return (packages.remove(made.arn),) if made else ()


def _at_work(row: Upload, app: App) -> bool:
    return bool(row.owner) and app.machines.status("release-model", row.owner) == "RUNNING"
