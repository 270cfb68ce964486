"""The one lock in front of moto.

moto's backends are plain dictionaries: under eight threads its server lost acknowledged conditional writes. One lock
around everything that touches them makes it serial by construction. Whoever waits for something inside a request
(a long poll) must let go of it meanwhile.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager


class Serial:
    """A re-entrant lock that can be let go for the length of a wait."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def released(self) -> Generator[None]:
        """Let others in while the body waits. The caller must hold the lock exactly once."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
