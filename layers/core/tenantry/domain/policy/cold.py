"""How long a first answer can take where no warm host waits. AWS promises none of it: these are assumptions."""

from tenantry.domain.options import Serving
from tenantry.domain.policy.needs import Needs

CONTAINER_SECONDS = 5
"""Until a serverless container runs."""
LOADING_MB_PER_SECOND = 50
STARTING_SECONDS = {Serving.ASYNCHRONOUS: 600, Serving.BATCH_TRANSFORM: 86_400}
"""From no instance, with the two minutes of the alarm (aws.md 1.3); until the next day's job."""


def first_answer(option: Serving, needs: Needs) -> float:
    """Seconds from nothing to the first answer; 0 where hosts wait, which Tenantry keeps loaded."""
    if option is Serving.SERVERLESS:
        return CONTAINER_SECONDS + needs.artifact_bytes / 2**20 / LOADING_MB_PER_SECOND
    return STARTING_SECONDS.get(option, 0)
