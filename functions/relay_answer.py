"""Tell a tenant how one of its asynchronous requests ended.

Runs for every message that SageMaker publishes about a request.
"""

from tenantry.records import records
from tenantry.runtime import App
from tenantry.usecases import answering


@records
def handler(body: str, app: App) -> answering.Relayed:
    """Tell a tenant how one of its asynchronous requests ended."""
    return answering.relay_answer(body, app)
