"""Give a tenant's profile its end: READY, or refused.

Runs last in onboarding, and when a step of onboarding or offboarding failed.
"""

from tenantry.runtime import App, task
from tenantry.usecases import tenants
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> tenants.SettledTenant:
    """Give a tenant's profile its end: READY, or refused."""
    return tenants.settle_tenant(tenant, app)
