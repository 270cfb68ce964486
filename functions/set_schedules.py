"""Set the schedules that a tenant's profile names, and remove others of the tenant's.

Runs while a tenant is onboarded.
"""

from tenantry.runtime import App, task
from tenantry.usecases import scheduling
from tenantry.usecases.inputs import TenantTask


@task
def handler(order: TenantTask, app: App) -> scheduling.SetSchedules:
    """Set the schedules that a tenant's profile names, and remove others of the tenant's."""
    return scheduling.set_schedules(order, app)
