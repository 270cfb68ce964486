"""Settle release: a release whose step failed gets its end, and what it made is undone."""

from tenantry.domain.approvals import unmirrored
from tenantry.domain.base import Value
from tenantry.domain.failures import ending, sentence
from tenantry.domain.notices import NoticeRow
from tenantry.domain.routes import Route
from tenantry.domain.versions import KEPT, OPEN, State, Upload
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended, undo
from tenantry.usecases.inputs import ReleaseEnd

PACKAGE_STEPS = {"Plan package", "Apply package", "Record package"}


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
        _tell_unmirrored(row, task, app)
        return row.state
    end = ending(task.error, task.step)
    route = app.registry.get(Route, Route.at(row.tenant, row.model)) if end.state is State.SUPERSEDED else None
    by = _newer(row, route) if route else ""
    reason = end.reason if task.step else f"{end.reason}; it was {row.state} then"
    app.registry.commit(*ended(row, end.state, reason, app, step=task.step, by=by))
    return end.state


def _tell_unmirrored(row: Upload, task: ReleaseEnd, app: App) -> None:
    """It serves, and what came after that failed: the registry of DynamoDB is right, SageMaker's shows less."""
    if row.state not in KEPT or row.owner != task.execution or task.step not in PACKAGE_STEPS:
        return
    rows = unmirrored(row, task.step, sentence(task.error), app.clock.now())
    if not any(app.registry.get(NoticeRow, one.key) for one in rows):
        app.registry.commit(*(Put(row=one) for one in rows))


def _newer(row: Upload, route: Route) -> str:
    """The upload that superseded it: the one that is live, or the one that is being judged."""
    judged = route.canary
    return judged.upload if judged and route.floor < row.order < judged.order else route.upload
