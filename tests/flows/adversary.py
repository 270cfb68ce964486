"""The adversary's chair: every call that a function makes of a port passes here, and one of them goes wrong.

`Arena` is the World with a chair in it. A fault strikes one call: an error whose call had no effect or did have it
(the answer got lost), the death of the function's process, or the death of the whole execution.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from tenantry.domain.errors import TenantryError
from tenantry.usecases.rollback import rollback
from tests.flows.faults import Aborted, Chair, Died, Killed, Site
from tests.flows.interpreter import Execution
from tests.flows.twins import called
from tests.flows.world import World, _Running

PORTS = ("registry", "artifacts", "hosting", "channels", "machines", "metrics", "schedules")
_WORDS = (str, int)


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
            calls: list[str] = []
            ports = {name: _Port(getattr(inner, name), name, verb, self.chair, calls) for name in PORTS}
            yield SimpleNamespace(**{**vars(app), **ports})

    def goes_back(self, tenant: str, model: str) -> None:
        """An operator rolls back; what goes wrong is shown on the terminal, and nobody tries again."""
        with suppress(TenantryError, Killed), self.seated("rollback", trusted=True) as app:
            self.planted.get("rollback", rolls_back)((tenant, model), app)

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

    def __init__(self, port: Any, name: str, verb: str, chair: Chair, calls: list[str]) -> None:
        self._port, self._name, self._verb, self._chair, self._calls = port, name, verb, chair, calls

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)

        def call(*given: Any, **named: Any) -> Any:
            self._calls.append(method)
            first = len(self._calls) == 1
            site = Site(self._verb, self._name, method, about(given), self._chair.within, first)
            return self._chair.call(site, given, partial(found, *given, **named))

        return call


def rolls_back(payload: tuple[str, str], app: Any) -> Any:
    """What the operator's command does."""
    return rollback(*payload, None, app)


def about(given: Iterable[Any]) -> str:
    """What a call is about, short enough to read."""
    return " ".join(_word(one) for one in given)[:100]


def _word(one: Any) -> str:
    if isinstance(one, _WORDS):
        return str(one)
    if isinstance(one, type):
        return one.__name__
    if hasattr(one, "row"):
        return f"{type(one).__name__}({type(one.row).__name__})"
    return str(getattr(one, "operation", ""))
