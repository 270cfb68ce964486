"""Publish the notices that are due, and mail them.

Runs every minute, and at the end of every release.
"""

from tenantry.runtime import App, task
from tenantry.usecases import relaying
from tenantry.usecases.inputs import Relay


@task
def handler(relay: Relay, app: App) -> relaying.Sent:
    """Publish the notices that are due, and mail them."""
    return relaying.relay_notices(relay, app)
