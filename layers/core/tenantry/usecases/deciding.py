"""Reading and deciding again when somebody else wrote first: the one loop for it."""

from collections.abc import Callable

from tenantry.domain.errors import Conflict

TRIES = 8


def deciding[T](decide: Callable[[], T]) -> T:
    """What `decide` returns. It reads, judges and commits, and is called again, at most 8 times, on Conflict."""
    for _ in range(TRIES - 1):
        try:
            return decide()
        except Conflict:
            continue
    return decide()
