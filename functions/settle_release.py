"""Give a failed release its end and undo what it made.

Runs when any step of a release failed.
"""

from tenantry.runtime import App, task
from tenantry.usecases import settling
from tenantry.usecases.inputs import ReleaseEnd


@task
def handler(release: ReleaseEnd, app: App) -> settling.Settled:
    """Give a failed release its end and undo what it made."""
    return settling.settle_release(release, app)
