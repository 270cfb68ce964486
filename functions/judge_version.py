"""Compare a canary with the version that is live, and let it go on, go live or go back.

Runs after each Bake.
"""

from tenantry.runtime import App, task
from tenantry.usecases import judging
from tenantry.usecases.inputs import Release


@task
def handler(release: Release, app: App) -> judging.Judged:
    """Compare a canary with the version that is live."""
    return judging.judge_version(release, app)
