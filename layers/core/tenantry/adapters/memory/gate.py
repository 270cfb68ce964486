"""The gate in front of SageMaker's control calls, in memory."""

from datetime import datetime, timedelta
from threading import Lock

from tenantry.adapters.gate import share
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.domain.errors import Unavailable
from tenantry.ports import Clock


class MemoryGate:
    """`per_second` is the rate of changing calls, `None` for no gate; `patience` the longest wait in seconds."""

    def __init__(self, clock: Clock, per_second: float | None, patience: float = 30) -> None:
        warn_inside_lambda(self)
        self._clock, self._per_second, self._patience = clock, per_second, timedelta(seconds=patience)
        self._next: dict[str, datetime] = {}
        self._lock = Lock()

    def wait(self, operation: str) -> None:
        """Return when this call may be made; Unavailable when that is further away than `patience`."""
        if self._per_second is None:
            return
        step = timedelta(seconds=1 / (self._per_second * share(operation)))
        with self._lock:
            now = self._clock.now()
            slot = max(now, self._next.get(operation, now))
            if slot >= now + self._patience:
                raise Unavailable(f"{operation}: more calls wait for SageMaker than it takes in the next seconds")
            self._next[operation] = slot + step
        if slot > now:
            self._clock.sleep((slot - now).total_seconds())
