"""Remove what a run wrote down for itself.

Runs last.
"""

from tenantry.runtime import App, task
from tenantry.usecases import settling_batches
from tenantry.usecases.inputs import BatchTask


@task
def handler(run: BatchTask, app: App) -> settling_batches.ClearedBatch:
    """Remove what a run wrote down for itself."""
    return settling_batches.clear_batch(run, app)
