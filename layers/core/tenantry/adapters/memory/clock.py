"""Virtual time: it moves only when somebody sleeps or a test moves it."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from tenantry.adapters.memory.guard import warn_inside_lambda

START = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryClock:
    """The `Clock` port in virtual time."""

    def __init__(self, start: datetime = START) -> None:
        warn_inside_lambda(self)
        self._now, self._lock = start, Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))

    def back_to(self, moment: datetime) -> None:
        """The moment at which somebody else works beside the one who has slept since."""
        with self._lock:
            self._now = moment

    def advance_to(self, moment: datetime) -> None:
        """Time goes forward to this moment, never back."""
        with self._lock:
            self._now = max(self._now, moment)
