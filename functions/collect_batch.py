"""See what the jobs of a run have done, and plan another attempt at what they have not.

Runs after Apply plan, until the run is over.
"""

from tenantry.runtime import App, task
from tenantry.usecases import collecting
from tenantry.usecases.inputs import BatchTask


@task
def handler(run: BatchTask, app: App) -> collecting.Collected:
    """See what the jobs of a run have done, and plan another attempt at what they have not."""
    return collecting.collect_batch(run, app)
