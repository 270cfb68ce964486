"""Judge a tenant's profile and put it on record.

Runs first when a tenant's profile was dropped.
"""

from tenantry.runtime import App, task
from tenantry.usecases import tenants
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> tenants.RegisteredTenant:
    """Judge a tenant's profile and put it on record."""
    return tenants.register_tenant(tenant, app)
