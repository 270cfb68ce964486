"""Executions in memory: starts are recorded, and a test decides when and how they run."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda


@dataclass
class Execution:
    """One execution. `payload` is what came through JSON, as on AWS."""

    machine: str
    name: str
    payload: dict[str, Any]
    status: str = "RUNNING"


class MemoryMachines:
    """The `Machines` port. `executions` are in the order of their starts."""

    def __init__(self) -> None:
        warn_inside_lambda(self)
        self.faults = Faults()
        self.executions: dict[tuple[str, str], Execution] = {}
        self._lock = Lock()

    def start(self, machine: str, name: str, payload: dict[str, Any]) -> None:
        execution = Execution(machine, name, json.loads(json.dumps(payload)))
        with self._lock, self.faults.around("start"):
            self.executions.setdefault((machine, name), execution)

    def status(self, machine: str, name: str) -> str | None:
        with self.faults.around("status"):
            found = self.executions.get((machine, name))
        return found.status if found else None

    @property
    def running(self) -> list[Execution]:
        """What was started and has not ended."""
        return [one for one in self.executions.values() if one.status == "RUNNING"]

    def finish(self, machine: str, name: str, status: str = "SUCCEEDED") -> None:
        """End an execution by hand."""
        self.executions[machine, name].status = status

    def run(self, runner: Callable[[Execution], None]) -> int:
        """Run what is running, and what that starts, until nothing is left; how many ran. Raising means FAILED."""
        ran = 0
        while self.running:
            execution = self.running[0]
            try:
                runner(execution)
            except Exception:  # noqa: BLE001 an execution ends FAILED, whatever it was
                execution.status = "FAILED"
            else:
                execution.status = "SUCCEEDED" if execution.status == "RUNNING" else execution.status
            ran += 1
        return ran
