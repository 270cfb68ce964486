"""Make the version live in one commit.

Runs after Prove model.
"""

from tenantry.runtime import App, task
from tenantry.usecases import swapping
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> swapping.Swapped:
    """Make the version live in one commit."""
    return swapping.swap_version(release, app)
