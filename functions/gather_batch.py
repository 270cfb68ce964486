"""Take the batches that wait for a run, and plan its first jobs.

Runs when a schedule or a START begins a run.
"""

from tenantry.runtime import App, task
from tenantry.usecases import gathering
from tenantry.usecases.inputs import BatchTask


@task
def handler(run: BatchTask, app: App) -> gathering.Gathered:
    """Take the batches that wait for a run, and plan its first jobs."""
    return gathering.gather_batch(run, app)
