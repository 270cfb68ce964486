"""What happened, counted: so that a test can say "no request waited for a load"."""

import threading
import time
from collections import Counter, deque
from typing import Any

KEPT_WAITS = 1000


class Counters:
    """Calls per operation, loads per copy, invocations per target, and every invocation that waited for a load."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._loads: Counter[tuple[str, str, str]] = Counter()
        self._invocations: Counter[tuple[str, str]] = Counter()
        self._waits: deque[dict[str, Any]] = deque(maxlen=KEPT_WAITS)

    def called(self, operation: str) -> None:
        """Count a call, whatever came of it."""
        with self._lock:
            self._calls[operation] += 1

    def loaded(self, endpoint: str, instance: str, target: str) -> None:
        """Count a load into memory that began."""
        with self._lock:
            self._loads[endpoint, instance, target] += 1

    def invoked(self, endpoint: str, target: str) -> None:
        """Count an invocation that was routed."""
        with self._lock:
            self._invocations[endpoint, target] += 1

    def waited(self, endpoint: str, instance: str, target: str, seconds: float) -> None:
        """Keep an invocation that had to wait for its target to be loaded."""
        row = {"endpoint": endpoint, "instance": instance, "target": target, "seconds": round(seconds, 4)}
        with self._lock:
            self._waits.append({**row, "at": time.time()})

    def reset(self) -> None:
        """Start from nothing."""
        with self._lock:
            for counts in (self._calls, self._loads, self._invocations, self._waits):
                counts.clear()

    def read(self) -> dict[str, Any]:
        """Everything, as JSON."""
        with self._lock:
            return {
                "calls": dict(self._calls),
                "loads": [
                    {"endpoint": e, "instance": i, "target": t, "count": n} for (e, i, t), n in self._loads.items()
                ],
                "invocations": [{"endpoint": e, "target": t, "count": n} for (e, t), n in self._invocations.items()],
                "waits": list(self._waits),
            }
