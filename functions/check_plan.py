"""Say whether the world matches a plan yet.

Runs after Apply plan, until it does or its deadline passes.
"""

from tenantry.domain.plans import Progress
from tenantry.runtime import App, task
from tenantry.usecases import plans
from tenantry.usecases.inputs import PlanTask


@task
def handler(plan: PlanTask, app: App) -> Progress:
    """Say whether the world matches a plan yet."""
    return plans.check_plan(plan, app)
