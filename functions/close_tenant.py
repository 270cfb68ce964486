"""Count what is left, say good-bye and close the tenant.

Runs when all of its versions are retired.
"""

from tenantry.runtime import App, task
from tenantry.usecases import closing
from tenantry.usecases.inputs import TenantTask


@task
def handler(tenant: TenantTask, app: App) -> closing.Closed:
    """Count what is left, say good-bye and close the tenant."""
    return closing.close_tenant(tenant, app)
