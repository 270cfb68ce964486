"""Judge the uploaded artifact in one streaming pass.

Runs first in a release.
"""

from tenantry.runtime import App, task
from tenantry.usecases import vetting
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> vetting.Accepted:
    """Judge the uploaded artifact in one streaming pass."""
    return vetting.vet_artifact(release, app)
