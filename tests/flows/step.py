"""One state of a machine, entered once: what it waits for, does, catches, assigns and hands on."""

import heapq
import json
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.flows.expressions import Failure, fill, plain

if TYPE_CHECKING:
    from tests.flows.interpreter import Execution

UNCATCHABLE = {"States.DataLimitExceeded", "States.Runtime"}
"""What `States.ALL` does not match (reliability.md 3.3)."""

type Steps[T] = Generator[datetime, None, T]


@dataclass
class Step:
    """One state, entered once with this input; `names` are the variables of its machine."""

    execution: "Execution"
    state: dict[str, Any]
    value: Any
    names: dict[str, Any]

    def run(self) -> Steps[tuple[str, Any]]:
        """The next state (empty at an end) and its input."""
        match self.state["Type"]:
            case "Succeed":
                return "", self._output(self.state, self.value)
            case "Fail":
                raise Failure(self._fill(self.state.get("Error", "")), self._fill(self.state.get("Cause", "")))
            case "Choice":
                return self._choose()
            case "Wait":
                yield self._until()
                return self._leave(self.value)
            case "Pass":
                return self._leave(self.value)
            case _:
                return (yield from self._work())

    def _choose(self) -> tuple[str, Any]:
        for rule in self.state["Choices"]:
            if self._fill(rule["Condition"]) is True:
                self._assign(rule)
                return rule["Next"], self._output(rule, self.value)
        if "Default" not in self.state:
            raise Failure("States.NoChoiceMatched")
        self._assign(self.state)
        return self.state["Default"], self._output(self.state, self.value)

    def _until(self) -> datetime:
        if "Timestamp" in self.state:
            return datetime.fromisoformat(self._fill(self.state["Timestamp"]))
        seconds = self._fill(self.state["Seconds"])
        if not isinstance(seconds, int) or seconds < 0:
            raise Failure("States.Runtime", f"Seconds is {seconds!r}")
        return self.execution.host.now() + timedelta(seconds=seconds)

    def _work(self) -> Steps[tuple[str, Any]]:
        tries: dict[int, int] = {}
        while True:
            try:
                result = yield from self._attempt()
                return self._leave(result, result=result)
            except Failure as failure:
                delay = self._retry_in(failure, tries)
                if delay is None:
                    return self._catch(failure)
            self.execution.retries += 1
            yield self.execution.host.now() + delay

    def _attempt(self) -> Steps[Any]:
        match self.state["Type"]:
            case "Task":
                return (yield from self._task())
            case "Parallel":
                given = self._fill(self.state.get("Arguments", self.value))
                return (yield from self._together([(branch, given) for branch in self.state["Branches"]]))
            case "Map":
                items = self._fill(self.state.get("Items", self.value))
                return (yield from self._together([(self.state["ItemProcessor"], item) for item in items]))
        raise Failure("States.Runtime", f"no such type: {self.state['Type']}")

    def _task(self) -> Steps[Any]:
        """Where functions run beside each other, the time that this one took is spent by this execution alone."""
        host = self.execution.host
        began = host.now()
        try:
            return self._invoke()
        finally:
            if ended := host.spent(began):
                yield ended

    def _invoke(self) -> Any:
        arguments = self._fill(self.state["Arguments"])
        function, payload = arguments["FunctionName"], plain(arguments["Payload"])
        self.execution.invocations.append((function, payload))
        began = self.execution.host.now()
        try:
            answer = self.execution.host.invoke(function, payload)
        except Exception as error:
            cause = {"errorType": type(error).__name__, "errorMessage": str(error)}
            raise Failure(type(error).__name__, json.dumps(cause)) from error
        if self.execution.host.now() - began > timedelta(seconds=self.state.get("TimeoutSeconds", 99_999_999)):
            raise Failure("States.Timeout", "")
        return {"StatusCode": 200, "Payload": plain(answer)}

    def _together(self, work: list[tuple[dict[str, Any], Any]]) -> Steps[list[Any]]:
        """All of these at once: whoever wakes first goes on first."""
        results: list[Any] = [None] * len(work)
        queue = [(self.execution.host.now(), at) for at in range(len(work))]
        runs = [self.execution.through(machine, value, self.names) for machine, value in work]
        while queue:
            wake, at = heapq.heappop(queue)
            if wake > self.execution.host.now():
                yield wake
            try:
                heapq.heappush(queue, (next(runs[at]), at))
            except StopIteration as end:
                results[at] = end.value
        return results

    def _retry_in(self, failure: Failure, tries: dict[int, int]) -> timedelta | None:
        """How long to wait before the next try (the longest that jitter allows), or `None` when there is none."""
        for at, retrier in enumerate(self.state.get("Retry", ())):
            if _matches(retrier["ErrorEquals"], failure.error):
                tries[at] = tries.get(at, 0) + 1
                if tries[at] > retrier.get("MaxAttempts", 3):
                    return None
                seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2) ** (tries[at] - 1)
                return timedelta(seconds=min(seconds, retrier.get("MaxDelaySeconds", seconds)))
        return None

    def _catch(self, failure: Failure) -> tuple[str, Any]:
        caught = {"Error": failure.error, "Cause": failure.cause}
        for catcher in self.state.get("Catch", ()):
            if _matches(catcher["ErrorEquals"], failure.error):
                output = self._output(catcher, caught, errorOutput=caught)
                self._assign(catcher, errorOutput=caught)
                return catcher["Next"], output
        raise failure

    def _leave(self, otherwise: Any, **states: Any) -> tuple[str, Any]:
        output = self._output(self.state, otherwise, **states)
        self._assign(self.state, **states)
        return self.state.get("Next", ""), output

    def _output(self, part: dict[str, Any], otherwise: Any, **states: Any) -> Any:
        return self._fill(part["Output"], **states) if "Output" in part else otherwise

    def _assign(self, part: dict[str, Any], **states: Any) -> None:
        self.names.update(self._fill(part.get("Assign", {}), **states))

    def _fill(self, template: Any, **states: Any) -> Any:
        context = {"Execution": {"Name": self.execution.name}}
        names = {**self.names, "states": {"input": self.value, "context": context, **states}}
        return fill(template, names, self.execution.host.now())


def _matches(names: list[str], error: str) -> bool:
    if error in names or ("States.TaskFailed" in names and error != "States.Timeout" and error not in UNCATCHABLE):
        return True
    return "States.ALL" in names and error not in UNCATCHABLE
