"""Give a fleet's profile its end, and plan the undoing of what a failed one made.

Runs last, whether it went well or not.
"""

from tenantry.runtime import App, task
from tenantry.usecases import settling_fleets
from tenantry.usecases.inputs import FleetTask


@task
def handler(fleet: FleetTask, app: App) -> settling_fleets.SettledFleet:
    """Give a fleet's profile its end, and plan the undoing of what a failed one made."""
    return settling_fleets.settle_fleet(fleet, app)
