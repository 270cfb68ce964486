"""Call every live and standby version, so that no request finds one cold.

Runs every 5 minutes.
"""

from tenantry.runtime import App, task
from tenantry.usecases import heartbeat
from tenantry.usecases.inputs import Schedule


@task
def handler(_schedule: Schedule, app: App) -> heartbeat.Heartbeat:
    """Call every live and standby version, so that no request finds one cold."""
    return heartbeat.keep_warm(app)
