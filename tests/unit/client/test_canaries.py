"""While a new version is judged it gets its share of the calls, counted apart, and nobody's call fails for it."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from botocore.exceptions import ReadTimeoutError

from tenantry_client import Clients, InvalidRequest, Tally, Tenantry, TenantryError, TimedOut
from tests.unit.client.test_persistence import GONE, LOADING
from tests.unit.client.world import World, refusal

BROKEN = refusal("ModelError", "Received server error", OriginalStatusCode=500, OriginalMessage="boom")


def judged(world: World, weight: int = 10, host: str = "sklearn", generation: int = 2) -> None:
    """Version 1 is live, and version 2 is judged beside it."""
    canary = {"host": {"S": host}, "target": {"S": "acme/churn/2.tar.gz"}, "version": {"S": "2"}}
    world.table.route("1", generation, canary={"M": {**canary, "weight": {"N": str(weight)}}})


def client(world: World, chance: Callable[[], float], told: list[Tally] | None = None) -> Tenantry:
    def emit(tallies: Sequence[Tally]) -> None:
        (told if told is not None else []).extend(tallies)

    clients = Clients(world.runtime, world.table)
    return Tenantry(
        "acme", stack="stack", routes_table="routes", clients=clients, clock=world.clock, sleep=world.clock.sleep,
        chance=chance, emit=emit,
    )  # fmt: skip


def never() -> float:
    return 1.0


def always() -> float:
    return 0.0


@pytest.mark.parametrize("weight", [1, 10, 50])
def test_each_call_is_drawn_by_the_weight(world: World, weight: int) -> None:
    judged(world, weight)
    dice = random.Random(weight)
    one = client(world, dice.random)
    seen = Counter(one.invoke("churn", b"1").version for _ in range(20_000))
    assert seen["1"] + seen["2"] == 20_000
    assert abs(seen["2"] / 20_000 - weight / 100) < 0.01
    assert world.table.route_reads == 1


@pytest.mark.parametrize(("thrown", "version"), [(0.0999, "2"), (0.1, "1")])
def test_the_border_between_them_is_the_weight(world: World, thrown: float, version: str) -> None:
    judged(world, 10)
    answer = client(world, lambda: thrown).invoke("churn", b"1")
    assert (answer.version, answer.generation) == (version, 2)


def test_a_canary_on_the_same_host_is_another_target_and_costs_no_read(world: World) -> None:
    judged(world)
    client(world, always).invoke("churn", b"1")
    assert (world.runtime.calls[0]["EndpointName"], world.runtime.calls[0]["TargetModel"]) == (
        "endpoint-a",
        "acme/churn/2.tar.gz",
    )
    assert world.table.reads == [("TENANT#acme", "MODEL#churn"), ("HOST#sklearn", "HOST")]


def test_a_canary_on_a_host_of_its_own_is_called_there(world: World) -> None:
    judged(world, host="own-2")
    world.table.items["HOST#own-2", "HOST"] = {"endpoint": {"S": "endpoint-2"}, "serving": {"S": "real-time"}}
    client(world, always).invoke("churn", b"1")
    assert (world.runtime.calls[0]["EndpointName"], "TargetModel" in world.runtime.calls[0]) == ("endpoint-2", False)


def test_a_canary_without_a_host_is_passed_over(world: World) -> None:
    judged(world, host="own-2")
    assert client(world, always).invoke("churn", b"1").version == "1"


@pytest.mark.parametrize(
    "failure", [BROKEN, LOADING, GONE, refusal("ThrottlingException")], ids=lambda one: str(one)[:60]
)
def test_a_call_that_a_canary_fails_is_answered_by_the_live_version(world: World, failure: Exception) -> None:
    told: list[Tally] = []
    judged(world)
    world.runtime.fails(failure)
    one = client(world, always, told)
    answer = one.invoke("churn", b"1")
    one.flush()
    assert (answer.version, answer.body) == ("1", b"0.9")
    assert [call["TargetModel"][-8:] for call in world.runtime.calls] == ["2.tar.gz", "1.tar.gz"]
    assert {(tally.version, tally.calls, tally.errors) for tally in told} == {("2", 1, 1), ("1", 1, 0)}
    assert world.clock.naps == []


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ReadTimeoutError(endpoint_url="x"), TimedOut),
        (refusal("ValidationError", "1 validation error detected: Value at 'contentType' ..."), InvalidRequest),
    ],
    ids=["timed out", "refused"],
)
def test_what_is_not_sent_twice_is_not_sent_to_the_live_version_either(
    world: World, failure: Exception, kind: type[TenantryError]
) -> None:
    judged(world)
    world.runtime.fails(failure)
    with pytest.raises(kind):
        client(world, always).invoke("churn", b"1")
    assert len(world.runtime.calls) == 1


def test_a_live_version_that_fails_too_is_insisted_on_as_ever(world: World) -> None:
    told: list[Tally] = []
    judged(world)
    world.runtime.fails(BROKEN, LOADING, LOADING)
    one = client(world, always, told)
    assert one.invoke("churn", b"1").version == "1"
    one.flush()
    assert len(world.runtime.calls) == 4
    assert {(tally.version, tally.calls, tally.errors, tally.load_waits) for tally in told} == {
        ("2", 1, 1, 0),
        ("1", 1, 0, 1),
    }


def test_both_are_counted_apart(world: World) -> None:
    told: list[Tally] = []
    judged(world)
    thrown = iter([0.0, 0.5, 0.5])
    one = client(world, lambda: next(thrown), told)
    for _ in range(3):
        one.invoke("churn", b"1")
    one.flush()
    assert {(tally.version, tally.calls) for tally in told} == {("2", 1), ("1", 2)}


@pytest.mark.parametrize(("after", "version"), [("promoted", "2"), ("taken off", "1")])
def test_its_end_is_seen_within_the_staleness(world: World, after: str, version: str) -> None:
    judged(world)
    one = client(world, always if after == "taken off" else never)
    one.invoke("churn", b"1")
    world.table.route(version, 3)
    ended, seen = world.clock.now, []
    while world.clock.now < ended + 8:
        seen.append((world.clock.now, one.invoke("churn", b"1")))
        world.clock.now += 0.1
    assert max(at for at, answer in seen if answer.generation == 2) < ended + 5
    assert {answer.version for at, answer in seen if at >= ended + 5} == {version}
    generations = [answer.generation for _, answer in seen]
    assert generations == sorted(generations)
