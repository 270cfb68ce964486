"""One word for one thing at every level: file, use case, resource, substitution, state, exception, test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.template.asl_graph import Machine
from tests.template.stack import ROOT, Stack, load

STACK_NOW: Stack = load()
SOURCE: dict[str, Any] = STACK_NOW.source["Resources"]
FUNCTIONS = {n: r for n, r in SOURCE.items() if r["Type"] == "AWS::Serverless::Function"}
MACHINES = {n: r for n, r in SOURCE.items() if r["Type"] == "AWS::Serverless::StateMachine"}
VERBS = sorted(path.stem for path in (ROOT / "functions").glob("*.py"))
ASL = {path.name.split(".")[0]: Machine(path) for path in sorted((ROOT / "statemachines").glob("*.asl.yaml"))}

ALIASES = {
    "Announce": "relay_notices",
    "Announce suspension": "relay_notices",
    "Settle tenant as failed": "settle_tenant",
    "Settle fleet as failed": "settle_fleet",
    "Settle removal": "settle_fleet",
    "Apply rest": "apply_plan",
    "Apply package": "apply_plan",
    "Apply undo": "apply_plan",
    "Plan removal": "plan_fleet",
    "Apply removal": "apply_plan",
}
"""States that use a function for a purpose of their own. Every other Task is named as its function."""


def camel(verb: str) -> str:
    return "".join(word.capitalize() for word in verb.split("_"))


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def defined(folder: Path) -> Iterator[tuple[str, str]]:
    """File and name of every public function defined at the top of a module in here."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield path.stem, node.name


def tasks() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for machine, body in ASL.items():
        for name, state in body.of_type("Task"):
            yield machine, name, state


def test_every_file_is_a_function_of_the_template_and_the_other_way_round() -> None:
    assert sorted(snake(name.removesuffix("Function")) for name in FUNCTIONS) == VERBS
    for name, function in FUNCTIONS.items():
        assert function["Properties"]["Handler"] == f"{snake(name.removesuffix('Function'))}.handler"


@pytest.mark.parametrize("verb", VERBS)
def test_a_function_file_defines_a_handler_and_calls_its_use_case(verb: str) -> None:
    text = (ROOT / "functions" / f"{verb}.py").read_text()
    assert "handler" in {name for _, name in defined_in(text)}
    assert re.search(rf"\.{verb}\(|\b{verb}\(", text), f"{verb} does not call a use case of its name"


@pytest.mark.parametrize("verb", VERBS)
def test_a_use_case_has_the_name_of_its_function(verb: str) -> None:
    usecases = [name for _, name in defined(ROOT / "layers/core/tenantry/usecases")]
    assert usecases.count(verb) == 1


def defined_in(text: str) -> Iterator[tuple[str, str]]:
    return (("", n.name) for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))


def test_every_function_is_used() -> None:
    called = {state["Arguments"]["FunctionName"].strip("${}") for _, _, state in tasks()}
    triggered = {name for name, function in FUNCTIONS.items() if "Events" in function["Properties"]}
    assert set(FUNCTIONS) == called | triggered


def test_every_task_is_named_as_its_function() -> None:
    wrong = [
        (machine, name, state["Arguments"]["FunctionName"])
        for machine, name, state in tasks()
        if state["Arguments"]["FunctionName"]
        != "${" + camel(ALIASES.get(name, snake(name.replace(" ", "_")))) + "Function}"
    ]
    assert wrong == []
    assert set(ALIASES) <= {name for _, name, _ in tasks()}


def test_every_machine_is_a_file_a_resource_and_a_flow_test() -> None:
    assert sorted(snake(name.removesuffix("StateMachine")) for name in MACHINES) == sorted(ASL)
    for name, machine in MACHINES.items():
        verb = snake(name.removesuffix("StateMachine"))
        assert machine["Properties"]["DefinitionUri"] == f"statemachines/{verb}.asl.yaml"
        assert machine["Properties"]["Name"] == {"Fn::Sub": "${AWS::StackName}-" + verb.replace("_", "-")}
        assert (ROOT / f"tests/flows/test_{verb}.py").exists()


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_gets_the_substitutions_it_uses_and_may_invoke_exactly_those(name: str) -> None:
    machine = MACHINES[name]["Properties"]
    used = set(re.findall(r"\$\{(\w+)\}", ASL[snake(name.removesuffix("StateMachine"))].text))
    assert set(machine["DefinitionSubstitutions"]) == used
    statement = machine["Policies"][-1]["Statement"][0]
    invoked = {resource["Fn::GetAtt"][0] for resource in statement["Resource"]}
    assert (statement["Action"], invoked) == (
        "lambda:InvokeFunction",
        {one for one in used if one.endswith("Function")},
    )
    for function in invoked:
        assert machine["DefinitionSubstitutions"][function] == {"Fn::GetAtt": [function, "Arn"]}


def test_every_error_that_a_machine_names_is_an_exception() -> None:
    tree = ast.parse((ROOT / "layers/core/tenantry/domain/errors.py").read_text())
    exceptions = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    named = {
        error for _, _, state in tasks() for part in (*state["Retry"], *state["Catch"]) for error in part["ErrorEquals"]
    }
    ours = {error for error in named if "." not in error}
    assert ours
    assert ours <= exceptions


def test_a_task_waits_at_least_as_long_as_its_function_may_take() -> None:
    seconds = {name: function.get("Timeout", 3) for name, function in STACK_NOW.of("AWS::Lambda::Function")}
    short = [
        (machine, name)
        for machine, name, state in tasks()
        if state["TimeoutSeconds"] < seconds[state["Arguments"]["FunctionName"].strip("${}")]
    ]
    assert short == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_function_is_walked_through_by_a_flow(verb: str) -> None:
    flows = "".join(path.read_text() for path in (ROOT / "tests/flows").glob("test_*.py"))
    named = {verb in flows, verb.replace("_", " ").capitalize() in flows}
    assert True in named
