"""Plan what the fleet's profile asks for, or the removal of an endpoint that was replaced.

Runs after Register fleet, and again when the grace period of a replaced endpoint is over.
"""

from tenantry.runtime import App, task
from tenantry.usecases import fleets
from tenantry.usecases.inputs import FleetTask


@task
def handler(fleet: FleetTask, app: App) -> fleets.FleetPlan:
    """Plan what the fleet's profile asks for, or the removal of an endpoint that was replaced."""
    return fleets.plan_fleet(fleet, app)
