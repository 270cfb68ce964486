"""Load what is live on the fleet on its new endpoint, and prove it.

Runs when that endpoint is in service.
"""

from tenantry.runtime import App, task
from tenantry.usecases import moving
from tenantry.usecases.inputs import FleetTask


@task
def handler(fleet: FleetTask, app: App) -> moving.WarmedFleet:
    """Load what is live on the fleet on its new endpoint, and prove it."""
    return moving.warm_fleet(fleet, app)
