"""Scripted faults: the next calls of an operation fail, before they do anything or after they did it."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager


class Faults:
    """What a twin is told to do wrong."""

    def __init__(self) -> None:
        self._next: dict[str, deque[tuple[Exception, bool]]] = defaultdict(deque)

    def fail_next(self, operation: str, error: Exception, times: int = 1, *, after: bool = False) -> None:
        """The next calls raise `error`; with `after` they are carried out first, so that their outcome is unknown."""
        self._next[operation].extend([(error, after)] * times)

    @contextmanager
    def around(self, operation: str) -> Iterator[None]:
        """Every call of a twin goes through here."""
        error, after = self._next[operation].popleft() if self._next[operation] else (None, False)
        if error and not after:
            raise error
        yield
        if error:
            raise error
