"""The project's lint for state machines: `python -m tests.template.asl_rules statemachines/*.asl.yaml`.

SAM's and CloudFormation's own lint do not look inside these files. Each rule is one small function with an id; what
it yields is the state and a sentence.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.template.asl_expressions import RULES as EXPRESSION_RULES
from tests.template.asl_graph import Machine
from tests.template.asl_way_rules import RULES as WAY_RULES

type Finding = tuple[str, str]
type Rule = Callable[[Machine], Iterator[Finding]]

LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
DEATHS = {"Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError"}
"""A function that died or ran out of time: `Unknown` by AWS's guide (bp-lambda-serviceexception), else its own type."""
RESOURCES = {"arn:${Partition}:states:::lambda:invoke"}


def named_in_header(machine: Machine) -> Iterator[Finding]:
    """M01 the header says what starts it, what it guarantees and its budget."""
    header = "".join(line for line in machine.text.splitlines(keepends=True) if line.startswith("#"))
    for word in ("Started by", "Guarantees:", "Budget:"):
        if word not in header:
            yield "", f"the header comment has no {word!r}"


def jsonata_only(machine: Machine) -> Iterator[Finding]:
    """M02 JSONata for the whole machine, and no field of JSONPath."""
    if machine.body.get("QueryLanguage") != "JSONata":
        yield "", "QueryLanguage is not JSONata"
    for name, state in machine.states.items():
        if old := {"Parameters", "ResultPath", "ResultSelector", "InputPath", "OutputPath", "ItemsPath"} & set(state):
            yield name, f"{sorted(old)} belong to JSONPath"


def timeouts(machine: Machine) -> Iterator[Finding]:
    """M03 the machine and every Task have a timeout (the default is three years)."""
    if "TimeoutSeconds" not in machine.body:
        yield "", "the machine has no TimeoutSeconds"
    for name, state in machine.of_type("Task"):
        if "TimeoutSeconds" not in state:
            yield name, "no TimeoutSeconds"


def heartbeats(machine: Machine) -> Iterator[Finding]:
    """M04 a Task that waits for a token has a heartbeat shorter than its timeout."""
    for name, state in machine.of_type("Task"):
        waits = str(state.get("Resource", "")).endswith(".waitForTaskToken")
        if waits and not state.get("HeartbeatSeconds", 1e9) < state.get("TimeoutSeconds", 0):
            yield name, "no HeartbeatSeconds below TimeoutSeconds"


def retries(machine: Machine) -> Iterator[Finding]:
    """M05 every Task retries what Lambda itself does wrong, and a function's death, with a longest delay and jitter."""
    for name, state in machine.of_type("Task"):
        good = [r for r in state.get("Retry", ()) if r.get("JitterStrategy") == "FULL" and "MaxDelaySeconds" in r]
        if missing := (LAMBDA_ERRORS | DEATHS) - {error for r in good for error in r["ErrorEquals"]}:
            yield name, f"no Retry with MaxDelaySeconds and FULL jitter for {sorted(missing)}"


def nothing_blindly(machine: Machine) -> Iterator[Finding]:
    """M06 nothing is retried for States.ALL: an unknown error of a step with side effects is not known to be safe."""
    for name, state in machine.of_type("Task", "Map", "Parallel"):
        if any({"States.ALL", "States.TaskFailed"} & set(r["ErrorEquals"]) for r in state.get("Retry", ())):
            yield name, "Retry names States.ALL or States.TaskFailed"


def catches(machine: Machine) -> Iterator[Finding]:
    """M07 every Task, Map and Parallel ends its Catch with States.ALL."""
    for name, state in machine.of_type("Task", "Map", "Parallel"):
        catchers = state.get("Catch", [])
        if not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]:
            yield name, "the last Catch is not States.ALL"


def choices_have_defaults(machine: Machine) -> Iterator[Finding]:
    """M11 a Choice has a Default."""
    for name, state in machine.of_type("Choice"):
        if "Default" not in state:
            yield name, "no Default"


def maps_are_bounded(machine: Machine) -> Iterator[Finding]:
    """M12 a Map has MaxConcurrency, tolerates no failures, and each of its Tasks has a Catch."""
    for name, state in machine.of_type("Map"):
        inner = state.get("ItemProcessor", {}).get("States", {}).values()
        if "MaxConcurrency" not in state:
            yield name, "no MaxConcurrency"
        if {"ToleratedFailureCount", "ToleratedFailurePercentage"} & set(state):
            yield name, "tolerates failures"
        if any(s.get("Type") == "Task" and "Catch" not in s for s in inner):
            yield name, "an item's Task has no Catch"


def known_resources(machine: Machine) -> Iterator[Finding]:
    """M15 a Task invokes a function, and nothing else: what changes SageMaker is a plan."""
    for name, state in machine.of_type("Task"):
        if state.get("Resource") not in RESOURCES:
            yield name, f"{state.get('Resource')} is not one of {sorted(RESOURCES)}"


def waits_can_be_set(machine: Machine) -> Iterator[Finding]:
    """M16 a Wait's length is a parameter or comes from a function, so that a machine on a laptop need not wait."""
    for name, state in machine.of_type("Wait"):
        if not str(state.get("Seconds", state.get("Timestamp"))).startswith("{%"):
            yield name, "the length is fixed"


RULES: tuple[Rule, ...] = (
    named_in_header,
    jsonata_only,
    timeouts,
    heartbeats,
    retries,
    nothing_blindly,
    catches,
    choices_have_defaults,
    maps_are_bounded,
    known_resources,
    waits_can_be_set,
    *WAY_RULES,
    *EXPRESSION_RULES,
)


@dataclass(frozen=True)
class Report:
    """One finding, as a line a person reads."""

    rule: str
    file: str
    state: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.state or 'the machine'}: {self.sentence} [{self.rule}]"


def rule_id(rule: Rule) -> str:
    return (rule.__doc__ or "").split()[0]


def check(machine: Machine) -> list[Report]:
    """Everything every rule has to say about this machine."""
    return [Report(rule_id(rule), machine.path.name, *found) for rule in RULES for found in rule(machine)]


def most_of_parameters(template: Path) -> dict[str, float]:
    """The largest value of each number parameter that states one."""

    class AnyTag(yaml.SafeLoader):
        pass

    AnyTag.add_multi_constructor("!", lambda *_: None)
    parameters = yaml.load(template.read_text(), AnyTag)["Parameters"]
    return {name: parameter["MaxValue"] for name, parameter in parameters.items() if "MaxValue" in parameter}


def main(paths: list[str]) -> int:
    """Print what was found; the exit status says whether it was nothing."""
    most = most_of_parameters(Path(__file__).parents[2] / "template.yaml")
    reports = [report for path in paths for report in check(Machine(Path(path), most))]
    print("\n".join(map(str, reports)) or f"{len(paths)} state machines, {len(RULES)} rules: nothing to say")
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
