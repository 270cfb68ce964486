"""Note a version's model package, and park the version where somebody has to approve it.

Runs after Apply package.
"""

from tenantry.runtime import App, task
from tenantry.usecases import packaging
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> packaging.RecordedPackage:
    """Note a version's model package, and park the version where somebody has to approve it."""
    return packaging.record_package(release, app)
