"""Executions that let others go on while their functions run."""

from typing import TYPE_CHECKING, Any

from tests.flows.actors import Actor
from tests.flows.expressions import Failure, plain
from tests.flows.interpreter import Execution
from tests.flows.step import Step, Steps

if TYPE_CHECKING:
    from tests.flows.crowd import Crowd


class Walk:
    """One execution on its way: it is held by a function it waits for, or sleeps until `wake`."""

    def __init__(self, crowd: "Crowd", machine: str, run: "Walking") -> None:
        self.crowd, self.machine, self.run = crowd, machine, run
        self._steps, self.wake = run.steps(), crowd.now()

    @property
    def held(self) -> bool:
        return self.run.waits_for is not None and not self.run.waits_for.settled

    @property
    def ready(self) -> bool:
        return not self.held and self.wake <= self.crowd.now()

    def go(self) -> None:
        """Take a step; what lies in the future comes now."""
        self.crowd.twins.clock.advance_to(self.wake)
        if self.run.waits_for and self.run.waits_for.aborted:
            self.run.status = "ABORTED"
            return self.crowd.over(self)
        self.run.waits_for = None
        wake = next(self._steps, None)
        if wake is None:
            return self.crowd.over(self)
        self.wake = wake
        return None


class Walking(Execution):
    """An execution that lets others go on while its functions run."""

    waits_for: Actor | None = None

    def through(self, machine: dict[str, Any], value: Any, outer: dict[str, Any]) -> Steps[Any]:
        names, following = dict(outer), machine["StartAt"]
        while following:
            self.path.append(following)
            step = _Slow(self, machine["States"][following], value, names)
            following, value = yield from step.run()
        return value


class _Slow(Step):
    def _attempt(self) -> Steps[Any]:
        arguments = self._fill(self.state["Arguments"])
        crowd: Any = self.execution.host
        actor = crowd.begin(arguments["FunctionName"], plain(arguments["Payload"]))
        actor.loses = crowd.luck.happens(crowd.luck.lost)
        self.execution.waits_for = actor  # type: ignore[attr-defined]
        while not actor.settled:
            yield crowd.now()
        try:
            return {"StatusCode": 200, "Payload": plain(actor.outcome())}
        except Exception as error:
            raise Failure(type(error).__name__, str(error)) from error
