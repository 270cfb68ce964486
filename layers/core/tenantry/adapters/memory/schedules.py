"""Schedules in memory: a test, or whoever owns the time, fires them."""

from dataclasses import dataclass
from typing import Any

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda


@dataclass(frozen=True)
class Scheduled:
    """One schedule, as it was put."""

    expression: str
    payload: dict[str, Any]
    enabled: bool


class MemorySchedules:
    """The `Schedules` port. `all` by name."""

    def __init__(self) -> None:
        warn_inside_lambda(self)
        self.faults = Faults()
        self.all: dict[str, Scheduled] = {}

    def put(self, name: str, expression: str, payload: dict[str, Any], *, enabled: bool = True) -> None:
        with self.faults.around("put"):
            self.all[name] = Scheduled(expression, payload, enabled)

    def remove(self, name: str) -> None:
        with self.faults.around("remove"):
            self.all.pop(name, None)

    def names(self, prefix: str) -> list[str]:
        with self.faults.around("names"):
            return sorted(name for name in self.all if name.startswith(prefix))
