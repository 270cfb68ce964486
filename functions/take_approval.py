"""Let a version go on, or end, as somebody decided about its model package.

Runs when SageMaker tells of a change of a model package of this stack's.
"""

from tenantry.runtime import App, task
from tenantry.usecases import approving


@task
def handler(event: approving.ApprovalEvent, app: App) -> approving.Taken:
    """Let a version go on, or end, as somebody decided about its model package."""
    return approving.take_approval(event, app)
