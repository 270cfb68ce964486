"""The adversary's chair: every call that a function makes of a port passes here, and one of them goes wrong.

`Arena` is the World with a chair in it. A fault strikes one call: an error whose call had no effect or did have it
(the answer got lost), the death of the function's process, or the death of the whole execution.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from tenantry.domain.errors import Unavailable
from tenantry.domain.hosting import Answer
from tests.flows.interpreter import Execution
from tests.flows.twins import called
from tests.flows.world import World, _Running

PORTS = ("registry", "artifacts", "hosting", "channels", "machines")
WRITES = {"commit", "copy", "delete", "carry_out", "probe", "open", "close", "send", "mail", "start"}
"""Calls with an effect: for all others it makes no difference whether the fault comes before or after it."""


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


class Aborted(BaseException):
    """The execution was stopped, and its function with it."""


class Died(Exception):
    """What Step Functions, or the queue, sees of a process that is gone."""


class Fault(NamedTuple):
    """What goes wrong with a call, and whether its effect came first. `heard`: an event tells of the execution's end."""

    kind: str
    after: bool = False
    heard: bool = True

    def __str__(self) -> str:
        return f"{self.kind} {'after' if self.after else 'before'}{'' if self.heard else ', unheard'}"


class Site(NamedTuple):
    """One call of a port: by which function, and of what."""

    verb: str
    port: str
    method: str
    about: str
    within: bool = False
    """An execution is running it."""

    def __str__(self) -> str:
        return f"{self.verb}: {self.port}.{self.method} {self.about}"


@dataclass
class Chair:
    """Counts the calls, and strikes the one with this number. `watchers` look at the world after every effect."""

    strike: int = -1
    fault: Fault = Fault("none")
    within: bool = False
    sites: list[Site] = field(default_factory=list)
    watchers: list[Callable[[Site, tuple[Any, ...]], None]] = field(default_factory=list)

    def call(self, site: Site, given: tuple[Any, ...], do: Callable[[], Any]) -> Any:
        """Make the call, or what is left of it."""
        self.sites.append(site)
        struck = len(self.sites) - 1 == self.strike
        if struck and not self.fault.after:
            return self._strike(site, given)
        answer = do()
        if site.method in WRITES:
            for watch in self.watchers:
                watch(site, given)
        return self._strike(site, given) if struck else answer

    def _strike(self, site: Site, given: tuple[Any, ...]) -> Any:
        match self.fault.kind:
            case "crash":
                raise Killed(str(site))
            case "abort":
                raise Aborted(str(site))
        if site.method == "probe":
            return [Answer(outcome="unavailable", took_ms=1, status=503)]
        raise Unavailable(f"{site} was not answered")


class Arena(World):
    """The World, watched and harmed. `planted` are functions to be run instead of the real ones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chair = Chair()
        self.heard = True
        self.planted: dict[str, Callable[[Any, Any], Any]] = {}

    def invoke(self, function: str, payload: Any) -> Any:
        try:
            with self.seated(function) as app:
                return self.planted.get(function, partial(called, function))(payload, app)
        except Killed as death:
            raise Died(str(death)) from death

    @contextmanager
    def seated(self, verb: str, *, trusted: bool = False) -> Iterator[Any]:
        """The ports as this function (or, trusted, an operator) sees them."""
        with self.permits.of(verb) as app:
            inner = self.twins if trusted else app
            ports = {name: _Port(getattr(inner, name), name, verb, self.chair) for name in PORTS}
            yield SimpleNamespace(**{**vars(app), **ports})

    def _adopt(self) -> None:
        for key, started in list(self.twins.machines.executions.items()):
            if key not in self.executions:
                run = self.executes(self._machines[started.machine], started.payload, started.name)
                self.executions[key] = run
                self._push(self.now(), _Mortal(run))

    def executes(self, machine: dict[str, Any], payload: Any, name: str) -> Execution:
        return Execution(machine, payload, self, name)

    def _ended(self, run: Execution) -> None:
        events, self.events = self.events, self.events and self.heard
        super()._ended(run)
        self.events = events


class _Mortal(_Running):
    """An execution that can be stopped from outside."""

    def __next__(self) -> datetime:
        self.execution.host.chair.within = True  # type: ignore[attr-defined]
        try:
            return super().__next__()
        except Aborted:
            self.execution.status = "ABORTED"
            raise StopIteration from None
        finally:
            self.execution.host.chair.within = False  # type: ignore[attr-defined]


class _Port:
    """One port, seen by one function."""

    def __init__(self, port: Any, name: str, verb: str, chair: Chair) -> None:
        self._port, self._name, self._verb, self._chair = port, name, verb, chair

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)

        def call(*given: Any, **named: Any) -> Any:
            site = Site(self._verb, self._name, method, about(given), self._chair.within)
            return self._chair.call(site, given, partial(found, *given, **named))

        return call


def about(given: Iterable[Any]) -> str:
    """What a call is about, short enough to read."""
    return " ".join(_word(one) for one in given)[:100]


def _word(one: Any) -> str:
    if hasattr(one, "row"):
        return f"{type(one).__name__}({type(one.row).__name__})"
    if isinstance(one, type):
        return one.__name__
    return str(getattr(one, "operation", one)) if isinstance(one, str | int) or hasattr(one, "operation") else ""


def faults_of(site: Site) -> Iterator[Fault]:
    """Everything that can go wrong with this call. Only functions of an execution can lose theirs."""
    kinds = [Fault("error"), Fault("crash")]
    if site.within:
        kinds += [Fault("abort"), Fault("abort", heard=False)]
    for fault in kinds:
        yield fault
        if site.method in WRITES and (site.method, fault.kind) != ("probe", "error"):
            yield fault._replace(after=True)
