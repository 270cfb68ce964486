"""Close execution: an execution failed, timed out or was stopped. What it worked on gets its end all the same."""

import json

from pydantic import ValidationError

from tenantry.domain.base import Value
from tenantry.domain.failures import TaskError
from tenantry.usecases import settling, settling_fleets, tenants
from tenantry.usecases.admission import admit
from tenantry.usecases.app import App
from tenantry.usecases.following import DIED
from tenantry.usecases.inputs import BatchTask, ExecutionEvent, FleetTask, ReleaseEnd, TenantTask
from tenantry.usecases.mending_batches import end_run


class ClosedExecution(Value):
    """What was closed, and the state it is in now."""

    closed: bool
    state: str = ""


def close_execution(event: ExecutionEvent, app: App) -> ClosedExecution:
    """Settle as the machine would have; told of an execution that went well, or is not ours, do nothing."""
    change = event.detail
    machine = change.state_machine.rsplit(":", 1)[-1]
    if change.status not in DIED or not machine.startswith(f"{app.settings.stack}-"):
        return ClosedExecution(closed=False)
    error = TaskError(error=change.error or change.status, cause=change.cause or "")
    try:
        known = {"run": change.name} | json.loads(change.input or "{}")
        payload = {**known, "error": error.model_dump(by_alias=True)}
        return _close(machine.removeprefix(f"{app.settings.stack}-"), payload, app)
    except (ValueError, ValidationError):
        return ClosedExecution(closed=False)


def _close(machine: str, payload: dict[str, object], app: App) -> ClosedExecution:
    match machine:
        case "release-model":
            task = ReleaseEnd.model_validate(payload)
            state: str = settling.settle_release(task, app).state
            admit(task.tenant, app)
        case "onboard-tenant" | "offboard-tenant":
            state = tenants.settle_tenant(TenantTask.model_validate(payload), app).state
        case "apply-fleet":
            state = settling_fleets.settle_fleet(FleetTask.model_validate(payload), app).state
        case "run-batch":
            return _end_run(BatchTask.model_validate(payload), app)
        case _:
            return ClosedExecution(closed=False)
    return ClosedExecution(closed=True, state=state)


def _end_run(task: BatchTask, app: App) -> ClosedExecution:
    """What it may have left in SageMaker, only a machine can remove."""
    return ClosedExecution(closed=end_run(task.tenant, task.model, task.run, task.error or TaskError(), app))
