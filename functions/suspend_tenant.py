"""Stop a tenant's traffic and releases at once.

Runs first when a tenant's profile was deleted.
"""

from tenantry.runtime import App, task
from tenantry.usecases import offboarding
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> offboarding.Suspended:
    """Stop a tenant's traffic and releases at once."""
    return offboarding.suspend_tenant(tenant, app)
