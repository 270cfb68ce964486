"""Decide option, host and target, with the reasons.

Runs after Register version.
"""

from tenantry.runtime import App, task
from tenantry.usecases import placing
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> placing.Placed:
    """Decide option, host and target, with the reasons."""
    return placing.place_version(release, app)
