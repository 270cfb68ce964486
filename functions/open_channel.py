"""Open the tenant's topic with the subscriptions its profile names.

Runs after Register tenant.
"""

from tenantry.runtime import App, task
from tenantry.usecases import tenants
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> tenants.Opened:
    """Open the tenant's topic with the subscriptions its profile names."""
    return tenants.open_channel(tenant, app)
