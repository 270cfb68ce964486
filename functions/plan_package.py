"""Say what registers a version in SageMaker's Model Registry.

Runs before Apply package.
"""

from tenantry.runtime import App, task
from tenantry.usecases import packaging
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> packaging.PlannedPackage:
    """Say what registers a version in SageMaker's Model Registry."""
    return packaging.plan_package(release, app)
