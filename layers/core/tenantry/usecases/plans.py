"""Apply plan and check plan. Nothing else may change SageMaker."""

from tenantry.domain.base import Value
from tenantry.domain.hosting import progress
from tenantry.domain.plans import Progress
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
    """Whether every endpoint of the plan is as it wants it."""
    names = (*task.plan.in_service, *task.plan.gone)
    return progress(task.plan, {name: app.hosting.endpoint(name) for name in names})
