"""What can go wrong with a call of a port: an error, a death, before the call had its effect or after it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tenantry.domain.errors import Unavailable
from tenantry.domain.hosting import Answer

WRITES = {
    "commit",
    "copy",
    "delete",
    "carry_out",
    "probe",
    "open",
    "close",
    "send",
    "mail",
    "start",
    "enqueue",
    "put",
    "write",
}
"""Calls with an effect: for all others it makes no difference whether the fault comes before or after it."""


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


class Aborted(BaseException):
    """The execution was stopped, and its function with it."""


class Died(Exception):
    """What Step Functions, or the queue, sees of a process that is gone, and of every process that is tried instead."""


class Fault(NamedTuple):
    """What goes wrong with a call, and whether its effect came first. `heard`: an event tells how it ended."""

    kind: str
    after: bool = False
    heard: bool = True

    def __str__(self) -> str:
        return f"{self.kind} {'after' if self.after else 'before'}{'' if self.heard else ', unheard'}"


NO_FAULT = Fault("none")


class Site(NamedTuple):
    """One call of a port: by which function, and of what.

    `within`: an execution runs the function; `first`: it is the first call of its invocation.
    """

    verb: str
    port: str
    method: str
    about: str
    within: bool = False
    first: bool = False

    def __str__(self) -> str:
        return f"{self.verb}: {self.port}.{self.method} {self.about}"


@dataclass
class Chair:
    """Counts the calls, and strikes the one with this number. `watchers` look at the world after every effect."""

    strike: int = -1
    fault: Fault = NO_FAULT
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


def faults_of(site: Site) -> Iterator[Fault]:
    """Everything that can go wrong with this call. Only functions of an execution can lose theirs.

    Who dies between two effects leaves the same world behind, wherever between them it was: so a function dies before
    its first call and after each effect, and nowhere else.
    """
    wrote = site.method in WRITES
    yield Fault("error")
    if wrote and site.method != "probe":
        yield Fault("error", after=True)
    deaths = [Fault("crash"), *([Fault("abort"), Fault("abort", heard=False)] if site.within else [])]
    for fault in deaths:
        if site.first:
            yield fault
        if wrote:
            yield fault._replace(after=True)
