"""Asking SageMaker for what it may not have."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import translated
from tenantry.adapters.aws.known import gone
from tenantry.adapters.gate import Gate


def asked[T](gate: Gate, operation: str, ask: Callable[[], T]) -> T | None:
    """The answer, when it is this operation's turn; `None` when there is no such resource."""
    gate.wait(operation)
    try:
        with translated():
            return ask()
    except ClientError as error:
        if not gone(error):
            raise
        return None
