"""Take one message of the intake queue: an event of the drop bucket.

Runs for every object that appears in, or goes from, the drop bucket.
"""

from tenantry.records import records
from tenantry.runtime import App
from tenantry.usecases import intake


@records
def handler(body: str, app: App) -> intake.Received:
    """Take one message of the intake queue: an event of the drop bucket."""
    return intake.receive_drop(body, app)
