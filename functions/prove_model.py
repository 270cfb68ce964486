"""Send the sample and keep the answer.

Runs after Preload model.
"""

from tenantry.runtime import App, task
from tenantry.usecases import preloading
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> preloading.Proven:
    """Send the sample and keep the answer."""
    return preloading.prove_model(release, app)
