"""Copy the judged version to its one serving key.

Runs after Vet artifact.
"""

from tenantry.runtime import App, task
from tenantry.usecases import vetting
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> vetting.Registered:
    """Copy the judged version to its one serving key."""
    return vetting.register_version(release, app)
