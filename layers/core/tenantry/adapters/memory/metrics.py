"""CloudWatch in memory: what a test publishes is there at once, and alarms are in the states it gives them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.ports import Clock, Series

Told = Callable[[Series], float]
"""What a series sums up to, whenever somebody asks."""


class MemoryMetrics:
    """The `Metrics` port. `told`, where it is given, answers instead of what was published."""

    def __init__(self, clock: Clock, told: Told | None = None) -> None:
        warn_inside_lambda(self)
        self.faults, self.told = Faults(), told
        self.states: dict[str, str] = {}
        self.published: list[tuple[datetime, Series, float]] = []
        self._clock = clock

    def publish(self, series: Series, value: float) -> None:
        """Somebody counted so many, now."""
        self.published.append((self._clock.now(), series, value))

    def sums(self, series: Sequence[Series], since: datetime, until: datetime) -> list[float]:
        with self.faults.around("sums"):
            start = since.replace(second=0, microsecond=0)
            return [self.told(one) if self.told else self._sum(one, start, until) for one in series]

    def alarms(self, names: Sequence[str]) -> dict[str, str]:
        with self.faults.around("alarms"):
            return {name: self.states[name] for name in names if name in self.states}

    def _sum(self, series: Series, start: datetime, until: datetime) -> float:
        return sum((value for at, one, value in self.published if one == series and start <= at <= until), 0.0)
