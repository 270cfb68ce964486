"""Load and prove what a tenant that was suspended serves, before its routes lead there again.

Runs after the tenant's channel is open; a tenant that was not suspended has nothing to warm.
"""

from tenantry.runtime import App, task
from tenantry.usecases import resuming
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> resuming.WarmedTenant:
    """Load and prove what a tenant that was suspended serves."""
    return resuming.warm_tenant(tenant, app)
