"""Apply plan and check plan. Nothing else may change SageMaker."""

from tenantry.domain.base import Value
from tenantry.domain.errors import Unavailable
from tenantry.domain.hosting import progress
from tenantry.domain.plans import Plan, Progress, wait_seconds
from tenantry.usecases.app import App
from tenantry.usecases.inputs import PlanTask


class Applied(Value):
    """How many calls were made."""

    applied: int


def apply_plan(task: PlanTask, app: App) -> Applied:
    """Make the plan's calls in their order; made before is success, so a repeated step finds its own work."""
    for call in task.plan.calls:
        app.hosting.carry_out(call)
    return Applied(applied=len(task.plan.calls))


def check_plan(task: PlanTask, app: App) -> Progress:
    """Whether all that the plan names is as the plan wants it; when SageMaker has no time to say, later."""
    try:
        seen = _seen(task.plan, app)
    except Unavailable as busy:
        seen = Progress(state="waiting", reason=str(busy))
    return seen.model_copy(update={"wait_seconds": wait_seconds(task.checks, app.settings.poll_seconds)})


def _seen(plan: Plan, app: App) -> Progress:
    endpoints = {name: app.hosting.endpoint(name) for name in (*plan.in_service, *plan.gone)}
    components = {name: app.hosting.component(name) for name in (*plan.components_in_service, *plan.components_gone)}
    jobs = {name: app.hosting.job(name) for name in plan.completed}
    return progress(plan, endpoints, components, jobs)
