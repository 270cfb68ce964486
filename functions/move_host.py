"""Write the host record: traffic follows to the new endpoint.

Runs after Warm fleet.
"""

from tenantry.runtime import App, task
from tenantry.usecases import moving
from tenantry.usecases.inputs import FleetTask


@task
def handler(fleet: FleetTask, app: App) -> moving.Moved:
    """Write the host record: traffic follows to the new endpoint."""
    return moving.move_host(fleet, app)
