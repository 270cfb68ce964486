"""Settle release: a release whose step failed gets its end, and what it made is undone."""

from tenantry.domain.base import Value
from tenantry.domain.failures import ending
from tenantry.domain.routes import Route
from tenantry.domain.versions import OPEN, State, Upload
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended, undo
from tenantry.usecases.inputs import ReleaseEnd


class Settled(Value):
    """The state the release ended in; an ended one keeps its end."""

    state: State


def settle_release(task: ReleaseEnd, app: App) -> Settled:
    """REJECTED, SUPERSEDED or FAILED, with a notice. A row that another execution owns is left alone."""
    state = deciding(lambda: _settle(task, app))
    undo(task.key, app)
    return Settled(state=state)


def _settle(task: ReleaseEnd, app: App) -> State:
    row = app.registry.get(Upload, task.key)
    if row is None:
        return State.FAILED
    if row.state not in OPEN or row.owner != task.execution:
        return row.state
    end = ending(task.error, task.step)
    route = app.registry.get(Route, Route.at(row.tenant, row.model))
    by = route.upload if route and end.state is State.SUPERSEDED else ""
    reason = f"{end.reason}{_undone(row, route)}" if end.state is State.FAILED else end.reason
    app.registry.commit(*ended(row, end.state, reason, app, step=task.step, by=by))
    return end.state


def _undone(row: Upload, route: Route | None) -> str:
    made = "What it made was removed" if row.serving_key else "It had made nothing yet"
    serving = f"version {route.version} keeps serving" if route else "no version of this model is live yet"
    return f". {made}; {serving}."
