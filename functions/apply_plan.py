"""Carry out a plan. The only function that may change SageMaker.

Runs wherever a plan has calls.
"""

from tenantry.runtime import App, task
from tenantry.usecases import plans
from tenantry.usecases.inputs import PlanTask


@task
def handler(plan: PlanTask, app: App) -> plans.Applied:
    """Carry out a plan. The only function that may change SageMaker."""
    return plans.apply_plan(plan, app)
