"""Retire a version that nothing references any more.

Runs first when the sweep found one past its time.
"""

from tenantry.runtime import App, task
from tenantry.usecases import retiring
from tenantry.usecases.inputs import Retirement


@task
def handler(version: Retirement, app: App) -> retiring.Retired:
    """Retire a version that nothing references any more."""
    return retiring.retire_version(version, app)
