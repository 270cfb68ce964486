"""The Amazon States Language in virtual time: as much of it as the machines use, JSONata only.

An `Execution` is a generator of moments: each says "wake me then". Whoever drives it owns the clock, so that months
of waiting take no time and many executions interleave in one order that repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.flows.expressions import Failure, plain
from tests.flows.step import Step, Steps


class Host(Protocol):
    """The world a machine runs in."""

    def now(self) -> datetime: ...

    def invoke(self, function: str, payload: Any) -> Any:
        """What the function returns; any exception is its error, named by its class."""

    def spent(self, began: datetime) -> datetime | None:
        """When what began then has ended, if others went on meanwhile; else `None`."""


def load(path: Path, substitutions: dict[str, str]) -> dict[str, Any]:
    """A machine's file with `${Name}` filled in, as CloudFormation does it. Read once: nobody may change it."""
    return _loaded(path, tuple(sorted(substitutions.items())))


@cache
def _loaded(path: Path, substitutions: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    text = path.read_text()
    for name, value in substitutions:
        text = text.replace(f"${{{name}}}", value)
    machine: dict[str, Any] = yaml.safe_load(text)
    return machine


@dataclass
class Execution:
    """One run of a machine. `path` are the states entered, in order; a retry counts as a transition, too."""

    machine: dict[str, Any]
    payload: Any
    host: Host
    name: str = ""
    status: str = "RUNNING"
    output: Any = None
    error: str = ""
    cause: str = ""
    path: list[str] = field(default_factory=list)
    invocations: list[tuple[str, Any]] = field(default_factory=list)
    retries: int = 0

    @property
    def transitions(self) -> int:
        return len(self.path) + self.retries

    def steps(self) -> Iterator[datetime]:
        """Run to the end, yielding the moment to be woken at."""
        deadline = self.host.now() + timedelta(seconds=self.machine.get("TimeoutSeconds", 99_999_999))
        try:
            run = self.through(self.machine, plain(self.payload), {})
            while self.host.now() <= deadline:
                wake = next(run)
                yield min(wake, deadline + timedelta(milliseconds=1))
            self.status = "TIMED_OUT"
        except StopIteration as end:
            self.status, self.output = "SUCCEEDED", end.value
        except Failure as failure:
            self.status, self.error, self.cause = "FAILED", failure.error, failure.cause

    def through(self, machine: dict[str, Any], value: Any, outer: dict[str, Any]) -> Steps[Any]:
        """From a machine's first state to its end; what its output is. Also the road of a branch or an item."""
        names, following = dict(outer), machine["StartAt"]
        while following:
            if following not in machine["States"]:
                raise Failure("States.Runtime", f"there is no state {following}")
            self.path.append(following)
            step = Step(self, machine["States"][following], value, names)
            following, value = yield from step.run()
        return value
