"""Retire the tenant's next few versions.

Runs when the time to restore the profile is over, until none is left.
"""

from tenantry.runtime import App, task
from tenantry.usecases import offboarding
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> offboarding.RetiredTenant:
    """Retire the tenant's next few versions."""
    return offboarding.retire_tenant(tenant, app)
