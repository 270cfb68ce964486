"""Least privilege: what a function's role grants, some flow makes it ask for; what none does stands here with a reason.

That the roles suffice is judged after every flow (conftest.py). This is the other half, and a second look at the first:
the flows come to no call that reading the code does not show.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.writes import Put
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.permits import role_of
from tests.flows.twins import SERVING
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


def an_ordinary_life() -> World:
    """A fleet comes, grows and is rolled; versions go live, fail, retire; a tenant goes, and the fleet with it."""
    world = World(scheduled=True)
    world.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 2, "max": 4}})
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", grace=1, offboard_after=1))
    world.run()
    for version, loads in (("1", True), ("2", True), ("3", False)):
        drop_version(world, version, body=archive(version, loads=loads))
        world.run()
    drop_version(world, "4", body=b"no archive")
    _grow(world)
    world.run(until=timedelta(hours=2))
    world.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 5, "max": 5}})
    world.run()
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    world.run(until=timedelta(hours=3))
    world.fail("move_host", RuntimeError("boom"))
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.2xlarge"})
    world.run(until=timedelta(hours=1))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    world.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1))
    world.run(until=timedelta(minutes=5))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    _forget_a_route_and_a_copy(world)
    world.run(until=timedelta(hours=2))
    world.delete("fleets/sklearn.json")
    world.run(until=timedelta(hours=2))
    assert (world.tenant("acme").state, world.fleet("sklearn").state) == ("OFFBOARDED", "DELETED")
    return world


def without_events() -> World:
    """Everything is found by the sweep."""
    world = World(scheduled=True, events=False)
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1, grace=1))
    drop_version(world, "1")
    world.run(until=timedelta(minutes=30))
    drop_version(world, "2")
    world.run(until=timedelta(hours=2))
    world.fail("settle_release", RuntimeError("worse"), times=9)
    world.fail("prove_model", RuntimeError("boom"), times=9)
    drop_version(world, "3")
    world.run(until=timedelta(hours=2))
    _die_while_rolling(world)
    world.run(until=timedelta(hours=3))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=3))
    world.delete("fleets/sklearn.json")
    world.run(until=timedelta(hours=1))
    assert (world.tenant("acme").state, world.fleet("sklearn").state) == ("OFFBOARDED", "DELETED")
    return world


def executions_that_die() -> World:
    """The coroner gives a roll, a release and a tenant their ends, and starts what waited."""
    world = World(settings={"in_flight_cap": 1})
    for key, profile in (("fleets/sklearn.json", FLEET), ("tenants/acme.json", tenant_profile("churn", "risk"))):
        world.drop(key, profile)
        world.run()
    world.fail("prove_model", RuntimeError("boom"))
    world.fail("settle_release", RuntimeError("worse"))
    drop_version(world, "1")
    world.drop("models/acme/risk/1/model.tar.gz", archive("1"))
    world.run()
    _die_while_rolling(world)
    world.run()
    assert world.version("acme", "risk", "1").state == "LIVE"
    return world


def a_host_that_gets_another_endpoint_before_the_swap() -> World:
    """The swap itself warms the new one. The version came with its tenant, so intake has to look into the profile."""
    world = World()
    for name in ("sklearn", "other"):
        world.drop(f"fleets/{name}.json", FLEET)
        world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    world.bend("prove_model", lambda answer: _roll_on(world, answer))
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "LIVE"
    return world


PLAYS: tuple[Callable[[], World], ...] = (
    an_ordinary_life,
    without_events,
    executions_that_die,
    a_host_that_gets_another_endpoint_before_the_swap,
)


@pytest.fixture(scope="module")
def played() -> list[World]:
    worlds = [play() for play in PLAYS]
    assert set().union(*(world.permits.refused for world in worlds)) == set()
    return worlds


def test_every_grant_is_used(played: list[World]) -> None:
    unused = set(_unused(played))
    surplus = {grant for grant in unused if grant[1] not in SHARED and not _kept(grant)}
    assert surplus == set()
    used = {grant[1:] for verb in VERBS for grant in _grants(verb) if grant not in unused}
    idle = {grant[1:] for grant in unused if grant[1] in SHARED} - used
    assert idle == set(), "a shared grant is used by somebody"
    assert {grant[1:3] for grant in unused if grant[1:3] in KEPT} == set(KEPT), "no reason outlives what it explains"


def test_the_flows_come_to_no_call_that_the_code_does_not_show(played: list[World]) -> None:
    calls = {call for world in played for call in world.permits.calls}
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


def _grow(world: World) -> None:
    """Automatic scaling has added an instance."""
    wanted = [{"VariantName": "all", "DesiredInstanceCount": 3}]
    params = {"EndpointName": _host(world).endpoint, "DesiredWeightsAndCapacities": wanted}
    world.twins.hosting.control.carry_out(Call(operation="UpdateEndpointWeightsAndCapacities", params=params))


def _die_while_rolling(world: World) -> None:
    """The next roll has told the host record of its endpoint, and then its execution dies."""
    world.fail("move_host", RuntimeError("boom"))
    world.fail("settle_fleet", RuntimeError("worse"))
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.2xlarge"})


def _roll_on(world: World, answer: Any) -> Any:
    other = world.twins.registry.get(HostRow, HostRow.at("fleet-other"))
    assert other is not None
    world.twins.registry.commit(Put(row=_host(world).but(next=other.endpoint)))
    return answer


def _forget_a_route_and_a_copy(world: World) -> None:
    """Neither belongs to a version that anybody knows."""
    route = Route(
        tenant="acme", model="ghost", host="fleet-sklearn", target="acme/ghost/u-0.tar.gz", version="1", upload="u",
        order="1", floor="1", since=world.now(), suspended=True,
    )  # fmt: skip
    world.twins.registry.commit(Put(row=route))
    world.twins.artifacts.put(SERVING, "acme/ghost/u-0.tar.gz", b"forgotten")


def _host(world: World) -> HostRow:
    row = world.twins.registry.get(HostRow, HostRow.at("fleet-sklearn"))
    assert row is not None
    assert row.serving is Serving.MULTI_MODEL
    return row
