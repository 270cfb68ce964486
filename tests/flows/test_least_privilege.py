"""Least privilege: what a function's role grants, some flow makes it ask for; what none does stands here with a reason.

That the roles suffice is judged after every flow (conftest.py). This is the other half, and a second look at the first:
the flows come to no call that reading the code does not show.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.lives import LIVES
from tests.flows.permits import role_of
from tests.flows.world import VERBS, World
from tests.template.iam import Request, allowed, listed
from tests.template.permission_rules import attached_to
from tests.template.reach import reached
from tests.template.stack import Stack, load

STACK_NOW: Stack = load()
SHARED = {"RegistryReaderPolicy", "RegistryWriterPolicy"}
"""Rows are kept apart by conditions on their revision, not by IAM: every function may read all and write the registry.

Each of their grants must be used by some function.
"""
KEPT = {
    ("DropReaderPolicy", "s3:ListBucketVersions"): "else S3 might say forbidden of a version that is gone",
    ("HostProberPolicy", "cloudwatch:GetMetricStatistics"): "prove_model probes too, and metrics tell it nothing new",
}
"""Granted by a policy that several functions have, and used by not all of them."""
BY_LAMBDA = "sqs:SendMessage"
"""What a function failed on three times is sent to its dead letters by Lambda, as the function."""

type Grant = tuple[str, str, str, str]
"""Function, policy (the managed policy, or the role itself), action, resource."""


@pytest.fixture(scope="module")
def lived() -> list[World]:
    worlds = [live() for live in LIVES]
    assert set().union(*(world.permits.refused for world in worlds)) == set()
    return worlds


def test_every_grant_is_used(lived: list[World]) -> None:
    unused = set(_unused(lived))
    surplus = {grant for grant in unused if grant[1] not in SHARED and not _kept(grant)}
    assert surplus == set()
    used = {grant[1:] for verb in VERBS for grant in _grants(verb) if grant not in unused}
    idle = {grant[1:] for grant in unused if grant[1] in SHARED} - used
    assert idle == set(), "a shared grant is used by somebody"
    assert {grant[1:3] for grant in unused if grant[1:3] in KEPT} == set(KEPT), "no reason outlives what it explains"


def test_the_flows_come_to_no_call_that_the_code_does_not_show(lived: list[World]) -> None:
    calls = {call for world in lived for call in world.permits.calls}
    assert {(verb, port, method) for verb, port, method in calls if (port, method) not in reached(verb)} == set()


def _kept(grant: Grant) -> bool:
    return grant[1:3] in KEPT or grant[2] == BY_LAMBDA


def _unused(worlds: list[World]) -> Iterator[Grant]:
    """Grants that no request of their function needed."""
    made: dict[str, list[Request]] = {verb: [] for verb in VERBS}
    for world in worlds:
        for verb, request in world.permits.made:
            made[verb].append(request)
    for verb in VERBS:
        needed = {(policy, *pair) for policy, one in _policies(verb) for pair in _needed(one, made[verb])}
        yield from (grant for grant in _grants(verb) if grant[1:] not in needed)


def _needed(statement: dict[str, Any], made: list[Request]) -> Iterator[tuple[str, str]]:
    """The actions and the resources of a statement that some request needs, each pair of them.

    A statement of eight actions on three kinds of resource is used when each action and each resource is.
    """
    pairs = {(a, r) for a in listed(statement["Action"]) for r in listed(statement["Resource"])}
    hit = {(a, r) for a, r in pairs if any(allowed(one, [{**statement, "Action": a, "Resource": r}]) for one in made)}
    return ((a, r) for a, r in pairs if a in {one for one, _ in hit} and r in {one for _, one in hit})


def _grants(verb: str) -> Iterator[Grant]:
    for policy, statement in _policies(verb):
        for action in listed(statement["Action"]):
            yield from ((verb, policy, action, resource) for resource in listed(statement["Resource"]))


def _policies(verb: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, one) for name, one in attached_to(STACK_NOW, role_of(verb)) if one["Effect"] == "Allow")
