"""Delete a retired version's serving copy and its load record.

Runs after Retire version.
"""

from tenantry.runtime import App, task
from tenantry.usecases import retiring
from tenantry.usecases.inputs import Retirement


@task
def handler(version: Retirement, app: App) -> retiring.Removed:
    """Delete a retired version's serving copy and its load record."""
    return retiring.remove_copy(version, app)
