"""Hand out a run's results, and give each batch its end.

Runs when a run is over, however it ended.
"""

from tenantry.runtime import App, task
from tenantry.usecases import settling_batches
from tenantry.usecases.inputs import BatchTask


@task
def handler(run: BatchTask, app: App) -> settling_batches.SettledBatch:
    """Hand out a run's results, and give each batch its end."""
    return settling_batches.settle_batch(run, app)
