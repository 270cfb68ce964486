"""The interpreter itself, on small machines and fake functions: what Step Functions would do, this does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.flows.interpreter import Execution


class Fakes:
    """Functions by name, and a clock that the driver moves."""

    def __init__(self, **functions: Any) -> None:
        self.functions = functions
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.clock

    def invoke(self, function: str, payload: Any) -> Any:
        return self.functions[function](payload)

    def spent(self, began: datetime) -> datetime | None:
        del began

    def run(self, payload: Any, start: str, timeout: int = 3600, **states: Any) -> Execution:
        machine = {"StartAt": start, "TimeoutSeconds": timeout, "States": states}
        execution = Execution(machine, payload, self)
        for wake in execution.steps():
            self.clock = max(self.clock, wake)
        return execution


class Unavailable(Exception):
    pass


def task(function: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        **more,
    }


END = {"Type": "Succeed"}


def test_a_task_passes_its_payload_and_takes_its_result() -> None:
    run = Fakes(double=lambda n: n["n"] * 2).run({"n": 21}, "A", A=task("double", Next="End"), End=END)
    assert (run.status, run.output, run.path) == ("SUCCEEDED", 42, ["A", "End"])
    assert run.invocations == [("double", {"n": 21})]


def test_an_error_is_retried_with_growing_pauses_and_then_caught() -> None:
    moments: list[datetime] = []

    def always_busy(_: Any) -> None:
        moments.append(world.now())
        raise Unavailable("later")

    retry = {
        "ErrorEquals": ["Unavailable"],
        "IntervalSeconds": 1,
        "BackoffRate": 3,
        "MaxAttempts": 3,
        "MaxDelaySeconds": 5,
    }
    catch = {"ErrorEquals": ["States.ALL"], "Assign": {"error": "{% $states.errorOutput %}"}, "Next": "Sad"}
    world = Fakes(busy=always_busy)
    sad = {"Type": "Fail", "Error": "{% $error.Error %}", "Cause": "{% $error.Cause %}"}
    run = world.run({}, "A", A=task("busy", Retry=[retry], Catch=[catch], Next="Sad"), Sad=sad)
    assert [(later - sooner).seconds for sooner, later in pairwise(moments)] == [1, 3, 5]
    assert (run.status, run.error, run.transitions) == ("FAILED", "Unavailable", 5)
    assert run.cause == '{"errorType": "Unavailable", "errorMessage": "later"}'


def test_variables_are_seen_from_the_next_state_on_and_choices_assign_too() -> None:
    count = {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}", "before": "{% $n %}"}, "Next": "Enough?"}
    enough = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $n >= 3 %}", "Assign": {"why": "enough"}, "Next": "End"}],
        "Default": "Count",
    }
    end = {"Type": "Succeed", "Output": {"n": "{% $n %}", "before": "{% $before %}", "why": "{% $why %}"}}
    begin = {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"}
    run = Fakes().run({}, "Begin", Begin=begin, Count=count, **{"Enough?": enough}, End=end)
    assert run.output == {"n": 3, "before": 2, "why": "enough"}


def test_a_choice_without_a_match_or_default_is_an_error() -> None:
    run = Fakes().run({}, "A", A={"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "End"}]}, End=END)
    assert run.error == "States.NoChoiceMatched"


@pytest.mark.parametrize(
    ("wait", "until"),
    [
        ({"Seconds": "{% $states.input.s %}"}, timedelta(days=30)),
        ({"Timestamp": "{% $states.input.at %}"}, timedelta(hours=24)),
        ({"Seconds": 0}, timedelta(0)),
    ],
)
def test_waiting_takes_virtual_time_only(wait: dict[str, Any], until: timedelta) -> None:
    world = Fakes()
    began = world.now()
    payload = {"s": 2_592_000, "at": "2026-01-02T00:00:00+00:00"}
    run = world.run(payload, "A", 9_999_999, A={"Type": "Wait", **wait, "Next": "End"}, End=END)
    assert (run.status, world.now() - began) == ("SUCCEEDED", until)


def test_a_machine_that_takes_too_long_is_timed_out_at_its_deadline() -> None:
    world = Fakes()
    began = world.now()
    run = world.run({}, "A", 60, A={"Type": "Wait", "Seconds": 100, "Next": "End"}, End=END)
    assert (run.status, run.path) == ("TIMED_OUT", ["A"])
    assert timedelta(seconds=60) <= world.now() - began < timedelta(seconds=61)


def test_a_task_that_takes_too_long_fails_with_timeout() -> None:
    def slow(_: Any) -> None:
        world.clock += timedelta(seconds=31)

    world = Fakes(slow=slow)
    run = world.run({}, "A", A=task("slow", TimeoutSeconds=30, Next="End"), End=END)
    assert run.error == "States.Timeout"


@pytest.mark.parametrize("expression", ["$states.input.absent", "$absent", "$number('x')", "1 +"])
def test_a_value_that_is_missing_is_an_error_which_a_catch_takes(expression: str) -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "Sad"}
    work = task("same", Catch=[catch], Next="End")
    work["Arguments"]["Payload"] = "{% " + expression + " %}"
    run = Fakes(same=lambda x: x).run({}, "A", A=work, End=END, Sad=END)
    assert run.path == ["A", "Sad"]
    assert run.output["Error"] == "States.QueryEvaluationError"


def test_null_is_a_value() -> None:
    run = Fakes().run({"x": None}, "A", A={"Type": "Pass", "Output": "{% $states.input.x %}", "Next": "End"}, End=END)
    assert (run.status, run.output) == ("SUCCEEDED", None)


def test_too_much_data_is_not_caught() -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "End"}
    run = Fakes(big=lambda _: "x" * 300_000).run({}, "A", A=task("big", Catch=[catch], Next="End"), End=END)
    assert run.error == "States.DataLimitExceeded"


def test_map_and_parallel_run_at_once_and_keep_their_order() -> None:
    item = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "E"}, "E": END}}
    world = Fakes()
    began = world.now()
    run = world.run([30, 10, 20], "M", M={"Type": "Map", "ItemProcessor": item, "Next": "End"}, End=END)
    assert run.output == [30, 10, 20]
    assert world.now() - began == timedelta(seconds=30)
    both = {"Type": "Parallel", "Branches": [{"StartAt": "E", "States": {"E": END}}, item], "Next": "End"}
    assert world.run(5, "P", P=both, End=END).output == [5, 5]


def test_now_is_virtual() -> None:
    run = Fakes().run({}, "A", A={"Type": "Pass", "Output": "{% $now() %}", "Next": "End"}, End=END)
    assert run.output == "2026-01-01T00:00:00.000Z"


def test_a_state_that_does_not_exist_fails_the_execution() -> None:
    run = Fakes().run({}, "A", A={"Type": "Pass", "Next": "Nowhere"})
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
