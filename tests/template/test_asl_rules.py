"""The machines break no rule, and a machine that breaks every rule is reported completely."""

from pathlib import Path

import pytest
import yaml

from tests.template.asl_graph import Machine, OneOfEach
from tests.template.asl_rules import RULES, check, most_of_parameters, rule_id

ROOT = Path(__file__).parents[2]
MACHINES = sorted((ROOT / "statemachines").glob("*.asl.yaml"))
MOST = most_of_parameters(ROOT / "template.yaml")

PLANTED = {
    ("M01", ""),
    ("M02", ""),
    ("M02", "No timeout"),
    ("M03", ""),
    ("M03", "No timeout"),
    ("M04", "No heartbeat"),
    ("M05", "No timeout"),
    ("M05", "No heartbeat"),
    ("M06", "No heartbeat"),
    ("M07", "No timeout"),
    ("M07", "No heartbeat"),
    ("M07", "Unbounded map"),
    ("M08", "Ended"),
    ("M09", "Dangling"),
    ("M10", "Unreachable"),
    ("M11", "Begin"),
    ("M12", "Unbounded map"),
    ("M13", "Back again"),
    ("M14", ""),
    ("M15", "No timeout"),
    ("M15", "No heartbeat"),
    ("M16", "Fixed wait"),
    ("X01", "Begin"),
    ("X02", "Text from text"),
    ("X02", "Code from outside"),
    ("X03", "Code from outside"),
    ("X04", "Begin"),
    ("X04", "Long loop"),
}
"""Every flaw of planted_flaws.asl.yaml: the rule that must see it, and the state it is in ("" is the machine)."""


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name.split(".")[0])
def test_a_machine_breaks_no_rule(path: Path) -> None:
    assert [str(report) for report in check(Machine(path, MOST))] == []


def test_every_planted_flaw_is_reported_and_nothing_else() -> None:
    reports = check(Machine(Path(__file__).with_name("planted_flaws.asl.yaml"), MOST))
    assert {(report.rule, report.state) for report in reports} == PLANTED


def test_every_rule_has_a_planted_flaw_and_a_sentence() -> None:
    assert {rule_id(rule) for rule in RULES} == {rule for rule, _ in PLANTED}
    assert len({rule_id(rule) for rule in RULES}) == len(RULES)


def test_a_state_named_twice_is_an_error() -> None:
    with pytest.raises(yaml.YAMLError, match="'A' appears twice"):
        yaml.load("States: {A: {Type: Pass}, A: {Type: Succeed}}", OneOfEach)


def test_there_are_six_machines() -> None:
    assert len(MACHINES) == 6
