"""Judge a fleet's profile, or whether the fleet may be deleted.

Runs first when a fleet's profile was dropped or deleted.
"""

from tenantry.runtime import App, task
from tenantry.usecases import fleets
from tenantry.usecases.inputs import FleetTask


@task
def handler(fleet: FleetTask, app: App) -> fleets.RegisteredFleet:
    """Judge a fleet's profile, or whether the fleet may be deleted."""
    return fleets.register_fleet(fleet, app)
