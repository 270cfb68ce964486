"""Collect batch: whether the jobs of an attempt have ended, and what has no output and is worth another attempt."""

from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.batches import ATTEMPTS, File, Inputs, RunRow
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import JobView
from tenantry.domain.plans import Plan, wait_seconds
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.usecases.app import App
from tenantry.usecases.attempting import jobs_of, outputs_of, plan_attempt
from tenantry.usecases.batches import inputs_of, jobs_model
from tenantry.usecases.inputs import BatchTask

JOB_ENDS = {"Completed", "Failed", "Stopped"}
OF_THE_INPUT = "ClientError"
"""SageMaker's word for a failure that the input, or the model's answer to it, is to blame for: it would come again."""


class Collected(Value):
    """Whether jobs are still running, another attempt is worth it (then its plan), or the run is over."""

    state: Literal["waiting", "again", "over"]
    reason: str
    plan: Plan = Plan()
    wait_seconds: int = 0


def collect_batch(task: BatchTask, app: App) -> Collected:
    """Look at the attempt's jobs. A run whose tenants were all suspended is over at once."""
    run = app.registry.get(RunRow, RunRow.at(task.tenant, task.model, task.run))
    inputs = inputs_of(task.run, app)
    if run is None or inputs is None:
        raise ReleaseFailed("this run has taken nothing")
    if not is_ready(run.tenant, app) or not any(is_ready(tenant, app) for tenant in run.tenants):
        return Collected(state="over", reason="its tenant was suspended")
    views = {group: app.hosting.job(name) for group, name in jobs_of(run, task.attempt, app).items()}
    if running := [view for view in views.values() if view is None or view.status not in JOB_ENDS]:
        wait = wait_seconds(task.looks, app.settings.poll_seconds)
        return Collected(state="waiting", reason=f"{len(running)} jobs are at work", wait_seconds=wait)
    outputs = outputs_of(run.run, app)
    left = [file for file in inputs.files if file.path not in outputs]
    return _next(run, inputs, left, views, task.attempt, app)


def is_ready(tenant: str, app: App) -> bool:
    """Whether this tenant is served now."""
    row = app.registry.get(TenantRow, TenantRow.at(tenant))
    return row is not None and row.state is TenantState.READY


def _next(
    run: RunRow, inputs: Inputs, left: list[File], views: dict[int, JobView | None], attempt: int, app: App
) -> Collected:
    again = [file for file in left if _is_worth_it(views.get(file.group)) and is_ready(file.tenant, app)]
    if not again or attempt >= ATTEMPTS:
        return Collected(state="over", reason=f"{len(left)} files have no output after attempt {attempt}")
    model = jobs_model(run.tenant, run.model, app)
    plan = plan_attempt(run, inputs, attempt + 1, again, model, app)
    return Collected(state="again", reason=plan.reason, plan=plan)


def _is_worth_it(view: JobView | None) -> bool:
    return view is not None and view.status != "Stopped" and not view.reason.startswith(OF_THE_INPUT)
