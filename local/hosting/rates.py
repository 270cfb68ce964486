"""API rates: one token bucket per operation."""

import threading
import time
from dataclasses import dataclass, field

from local.hosting.errors import CalledTooOften
from local.hosting.settings import Panel


@dataclass
class Bucket:
    """Tokens that refill at `rate` per second up to `rate` (at least one)."""

    rate: float
    tokens: float
    filled_at: float

    def take(self, now: float) -> bool:
        """Whether there was a token."""
        self.tokens = min(max(self.rate, 1.0), self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass
class Rates:
    """Refuses what comes faster than the knob `rates` allows; lets all pass while it is None."""

    panel: Panel
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, operation: str) -> None:
        """Take a token; `CalledTooOften` when there is none."""
        rate = (self.panel.now.rates or {}).get(operation)
        if rate is None:
            return
        with self._lock:
            if not self._bucket(operation, rate).take(time.monotonic()):
                raise CalledTooOften

    def _bucket(self, operation: str, rate: float) -> Bucket:
        bucket = self._buckets.get(operation)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[operation] = Bucket(rate, max(rate, 1.0), time.monotonic())
        return bucket
