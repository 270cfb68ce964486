"""The two ways Lambda is called: wait for the answer, or leave the event behind and have it retried."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local.functions.outcome import Outcome
from local.functions.pool import Pool, TooManyRequests
from local.functions.spec import Spec

SYNCHRONOUS_LIMIT = 6_291_456  # bytes of a request that waits
ASYNCHRONOUS_LIMIT = 1_048_576  # bytes of an event that is left behind


class PayloadTooLarge(Exception):
    """The event is larger than Lambda accepts."""

    def __init__(self, size: int, kind: str, limit: int) -> None:
        super().__init__(f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)")


@dataclass
class Retries:
    """How long Lambda waits before it tries an asynchronous event again, in seconds; one entry per further try."""

    seconds: list[float] = field(default_factory=lambda: [60.0, 120.0])


@dataclass(frozen=True)
class Target:
    """A function and what happens to events it cannot handle."""

    spec: Spec
    retries: int = 2
    on_failure: Callable[[bytes, Outcome], None] | None = None  # gets the event and the last outcome


class Invoker:
    """Finds functions by name or ARN and runs events on the pool's environments."""

    def __init__(self, pool: Pool, find: Callable[[str], Target]) -> None:
        self.pool = pool
        self.waits = Retries()
        self._find = find
        self._workers = ThreadPoolExecutor(max_workers=32, thread_name_prefix="async-invoke")
        self._closed = False

    def invoke(self, name: str, body: bytes) -> Outcome:
        """Run the function and wait for its outcome.

        Raises:
            PayloadTooLarge: more than 6 MB.
            TooManyRequests: its reserved concurrency is in use.

        """
        if len(body) > SYNCHRONOUS_LIMIT:
            raise PayloadTooLarge(len(body), "RequestResponse", SYNCHRONOUS_LIMIT)
        return self.pool.invoke(self._find(name).spec, body or b"{}")

    def leave(self, name: str, event: object) -> None:
        """Leave an event for the function and return at once; a failing function is tried again, twice by default.

        Raises:
            PayloadTooLarge: more than 1 MB.

        """
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        if len(body) > ASYNCHRONOUS_LIMIT:
            raise PayloadTooLarge(len(body), "Event", ASYNCHRONOUS_LIMIT)
        target = self._find(name)
        self._workers.submit(self._try, name, target, body, 0)

    def close(self) -> None:
        """Take no more events and stop idle environments."""
        self._closed = True
        self._workers.shutdown(wait=False, cancel_futures=True)
        self.pool.close()

    def _try(self, name: str, target: Target, body: bytes, tried: int) -> None:
        try:
            outcome = self.pool.invoke(target.spec, body)
        except TooManyRequests:  # throttled events wait; they do not use up a try
            self._later(1.0, name, body, tried)
            return
        if not outcome.failed:
            return
        if tried < target.retries:
            waits = self.waits.seconds or [0.0]
            self._later(waits[min(tried, len(waits) - 1)], name, body, tried + 1)
        elif target.on_failure is not None:
            target.on_failure(body, outcome)

    def _later(self, seconds: float, name: str, body: bytes, tried: int) -> None:
        def again() -> None:
            if not self._closed:
                self._workers.submit(self._try, name, self._find(name), body, tried)

        timer = threading.Timer(seconds, again)
        timer.daemon = True
        timer.start()
