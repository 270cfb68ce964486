"""Load the new target and show that it is warm.

Runs when the version is placed and its host stands.
"""

from tenantry.runtime import App, task
from tenantry.usecases import preloading
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> preloading.Preloaded:
    """Load the new target and show that it is warm."""
    return preloading.preload_model(release, app)
