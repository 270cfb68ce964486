"""What an adapter asks before a control call of SageMaker.

SageMaker takes one changing call of a kind per second, account and region, five describing and two listing ones (AWS
General Reference, SageMaker quotas; not adjustable).
"""

from typing import Protocol

_SHARES = {"Describe": 5, "List": 2}


def share(operation: str) -> int:
    """How many times the rate of changing calls this operation may have."""
    return next((times for verb, times in _SHARES.items() if operation.startswith(verb)), 1)


class Gate(Protocol):
    """One gate for all callers."""

    def wait(self, operation: str) -> None:
        """Return when this call may be made; Unavailable when that is too far away."""


class OpenGate:
    """No gate."""

    def wait(self, operation: str) -> None:
        """Return at once."""
