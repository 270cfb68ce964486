"""Give what a dead execution worked on its end.

Runs when an execution failed, timed out or was stopped.
"""

from tenantry.runtime import App, task
from tenantry.usecases import coroner
from tenantry.usecases.inputs import ExecutionEvent


@task
def handler(event: ExecutionEvent, app: App) -> coroner.ClosedExecution:
    """Give what a dead execution worked on its end."""
    return coroner.close_execution(event, app)
