"""Start the releases that may start now.

Runs at the end of every release, onboarding and fleet change.
"""

from tenantry.runtime import App, task
from tenantry.usecases import admission
from tenantry.usecases.inputs import Admission


@task
def handler(whose: Admission, app: App) -> admission.Admitted:
    """Start the releases that may start now."""
    return admission.admit_releases(whose, app)
