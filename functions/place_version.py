"""Decide option, host and target, with the reasons.

Runs after Register version.
"""

from tenantry.runtime import App, task
from tenantry.usecases import placing
from tenantry.usecases.inputs import Placing


@task
def handler(release: Placing, app: App) -> placing.Placed:
    """Decide option, host and target, with the reasons."""
    return placing.place_version(release, app)
