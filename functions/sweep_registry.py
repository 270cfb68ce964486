"""Find what no event told of, and see to it that everything reaches an end.

Runs every 5 minutes.
"""

from tenantry.runtime import App, task
from tenantry.usecases import sweeping
from tenantry.usecases.inputs import Schedule


@task
def handler(_schedule: Schedule, app: App) -> sweeping.Swept:
    """Find what no event told of, and see to it that everything reaches an end."""
    return sweeping.sweep_registry(app)
