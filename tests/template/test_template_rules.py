"""The template breaks no rule, and a template that breaks every rule is reported completely."""

from pathlib import Path

import pytest

from tests.template.stack import load
from tests.template.template_rules import RULES, check

PLANTED = {
    ("T01", "OpenBucket"): 1,
    ("T02", "OpenBucket"): 3,
    ("T03", "OpenBucket"): 1,
    ("T04", "BareTable"): 2,
    ("T05", "EndlessLogs"): 1,
    ("T05", "FirstFunction"): 1,
    ("T06", "FirstFunction"): 2,
    ("T06", "SecondFunction"): 1,
    ("T07", "DeafMachine"): 3,
    ("T08", "PlainQueue"): 2,
    ("T09", "FirstFunctionQueue"): 2,
    ("T10", "SecondFunctionTick"): 1,
    ("T11", "SecondFunction"): 1,
    ("T12", "Subscription"): 1,
    ("T13", "ClosedDeadLetters"): 1,
    ("T14", "MuteAlarm"): 2,
    ("T15", "Question"): 1,
    ("P01", "SharedRole"): 1,
    ("P02", "SharedRole"): 1,
    ("P03", "SharedRole"): 2,
    ("P04", "SharedRole"): 1,
    ("P05", "SharedRole"): 1,
    ("P06", "SharedRole"): 1,
    ("P06", "OpenTopicPolicy"): 1,
    ("P07", "OpenPermission"): 1,
}
"""How many sentences each rule must have about each resource of planted_template.yaml."""


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"OperatorEmail": "ops@vendor.example", "HostSubnetIds": ["subnet-1"], "HostSecurityGroupIds": ["sg-1"]},
        {"ReplicateTo": "tenantry-far", "ReplicateAlsoTo": "tenantry-further"},
    ],
    ids=["as it comes", "with an operator, in a VPC", "in three regions"],
)
def test_the_template_breaks_no_rule(parameters: dict[str, object]) -> None:
    assert check(load(**parameters)) == set()


def test_every_planted_flaw_is_reported_and_nothing_else() -> None:
    found = sorted((rule, name) for rule, name, _ in check(load(Path(__file__).with_name("planted_template.yaml"))))
    assert {pair: found.count(pair) for pair in found} == PLANTED


def test_every_rule_has_a_planted_flaw() -> None:
    ids = [(rule.__doc__ or "").split()[0] for rule in RULES]
    assert sorted(ids) == sorted({rule for rule, _ in PLANTED})


def test_the_outputs_that_others_rely_on_are_there() -> None:
    outputs = load().outputs
    wanted = "DropBucket ServingBucket ResultsBucket RegistryTable RoutesTable OperatorTopicArn TenantAccessRoleArn"
    assert set(wanted.split()) <= set(outputs)
    assert all(output["Description"] for output in outputs.values())
