"""The way of an event: from whoever raised it, past the faults, to the targets of every rule it matches.

One thread delivers, in order of time due, so that nothing that raises an event waits for what the event starts.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.events.faults import Faults

log = logging.getLogger(__name__)


class Bus:
    """Delivers events; `deliver` looks up rules and hands the event to their targets."""

    def __init__(self, deliver: Callable[[dict[str, Any]], None]) -> None:
        self.faults = Faults()
        self._deliver = deliver
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._change = threading.Condition()
        self._numbers = itertools.count()
        self._closed = False
        threading.Thread(target=self._run, name="event-bus", daemon=True).start()

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        """Hear of every event as it is raised, whatever the faults make of it; for parts of the local cloud itself."""
        self._listeners.append(hear)

    def emit(self, event: dict[str, Any]) -> None:
        """Take an event of an AWS service: lose, double or delay it if asked to, then deliver it to the rules."""
        event = {"version": "0", "resources": [], **event}
        for hear in self._listeners:
            self._tell(hear, event)
        for seconds in self.faults.delays(str(event["source"])):
            self.later(seconds, lambda: self._deliver(event))

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something on the delivering thread, not before the time is up."""
        with self._change:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), work))
            self._change.notify()

    def close(self) -> None:
        """Deliver nothing more."""
        with self._change:
            self._closed = True
            self._change.notify()

    @staticmethod
    def _tell(hear: Callable[[dict[str, Any]], None], event: dict[str, Any]) -> None:
        try:
            hear(event)
        except Exception:
            log.exception("an event could not be heard")

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                log.exception("an event could not be delivered")

    def _next(self) -> Callable[[], None] | None:
        with self._change:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._change.wait(wait)
        return None


def now_iso() -> str:
    """The time as EventBridge writes it: seconds, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
