"""A shared model: the client follows its owner's route, or the tenant's pin, and never sees a generation go back."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry_client import NoRoute, TenantSuspended
from tenantry_client._routes import Routes
from tenantry_client._table import Pointer, RoutesTable
from tests.unit.client.world import FakeClock, FakeTable, World

SHARED = ("TENANT#acme", "SHARED#churn")
OWNED = ("TENANT#vendor", "MODEL#churn")
SINCE = "2026-01-01T00:00:00Z"


def owned(table: FakeTable, version: str, generation: int, **more: Any) -> None:
    """The owner's route."""
    table.route(version, generation, **more)
    table.items[OWNED] = table.items.pop(("TENANT#acme", "MODEL#churn"))
    table.items[OWNED]["target"] = {"S": f"vendor/churn/{version}.tar.gz"}


def shared(table: FakeTable, revision: int, pin: str = "", host: str = "sklearn", **more: Any) -> None:
    """Acme's way to it."""
    where = {"version": {"S": pin}, "host": {"S": host}, "target": {"S": f"vendor/churn/{pin}.tar.gz"}}
    pinned = {"pin": {"M": where}} if pin else {}
    known = {"owner": {"S": "vendor"}, "revision": {"N": str(revision)}, "since": {"S": SINCE}}
    table.items[SHARED] = known | pinned | more


@pytest.fixture
def pool() -> World:
    """Acme follows the vendor, whose version 7 is live at generation 4."""
    world = World()
    owned(world.table, "7", 4)
    shared(world.table, 1)
    return world


def test_who_shares_a_model_calls_what_its_owner_has_live(pool: World) -> None:
    answer = pool.client().invoke("churn", b"1")
    assert (answer.version, answer.generation) == ("7", 5)
    assert pool.runtime.calls[0]["TargetModel"] == "vendor/churn/7.tar.gz"
    assert pool.table.reads == [("TENANT#acme", "MODEL#churn"), SHARED, OWNED, ("HOST#sklearn", "HOST")]


def test_one_write_of_the_owners_route_switches_it(pool: World) -> None:
    client = pool.client()
    client.invoke("churn", b"1")
    owned(pool.table, "8", 5)
    pool.clock.now += 5
    answer = client.invoke("churn", b"1")
    assert (answer.version, answer.generation) == ("8", 6)


def test_who_is_pinned_stays_wherever_the_owner_goes(pool: World) -> None:
    pool.table.items["HOST#own-u6", "HOST"] = {"endpoint": {"S": "endpoint-6"}, "serving": {"S": "real-time"}}
    shared(pool.table, 2, pin="6", host="own-u6")
    client = pool.client()
    for version, generation in (("7", 4), ("8", 5)):
        owned(pool.table, version, generation)
        answer = client.invoke("churn", b"1")
        assert (answer.version, answer.generation) == ("6", generation + 2)
        assert pool.runtime.calls[-1] == {"EndpointName": "endpoint-6"} | {
            key: value for key, value in pool.runtime.calls[-1].items() if key in {"Body", "ContentType"}
        }
        pool.clock.now += 5


def test_a_canary_of_the_owners_gets_its_share_of_who_follows_and_none_of_who_is_pinned(pool: World) -> None:
    judged = {"M": {"host": {"S": "sklearn"}, "target": {"S": "vendor/churn/8.tar.gz"}, "version": {"S": "8"}}}
    judged["M"]["weight"] = {"N": "30"}  # type: ignore[dict-item]
    owned(pool.table, "7", 5, canary=judged)
    read = RoutesTable(pool.table, "routes", "acme")
    following = read("churn")
    shared(pool.table, 2, pin="6")
    staying = read("churn")
    assert following is not None
    assert following.canary is not None
    assert (following.canary.version, following.canary.weight, following.canary.generation) == ("8", 30, 6)
    assert staying is not None
    assert (staying.version, staying.canary) == ("6", None)


@pytest.mark.parametrize("whose", ["owner", "user"])
def test_either_of_them_being_suspended_suspends_it(pool: World, whose: str) -> None:
    pool.table.items[OWNED if whose == "owner" else SHARED]["suspended"] = {"BOOL": True}
    with pytest.raises(TenantSuspended):
        pool.client().invoke("churn", b"1")


@pytest.mark.parametrize("gone", [OWNED, SHARED, ("HOST#sklearn", "HOST")], ids=["the owner's", "its own", "the host"])
def test_without_a_route_of_either_there_is_none(pool: World, gone: tuple[str, str]) -> None:
    del pool.table.items[gone]
    with pytest.raises(NoRoute):
        pool.client().invoke("churn", b"1")


def test_a_model_of_ones_own_goes_before_a_shared_one(pool: World) -> None:
    pool.table.route("1", 1)
    assert pool.client().invoke("churn", b"1").version == "1"


CHANGES = st.lists(st.sampled_from(["swap", "pin", "unpin", "suspend", "resume", "owner", "wait"]), max_size=30)


@given(CHANGES)
def test_no_row_of_swaps_and_pins_takes_a_generation_back(changes: list[str]) -> None:
    """What the registry does to a row is to raise its revision; what a client shows may only go up, and must change."""
    clock, table = FakeClock(), FakeTable()
    table.host("endpoint-a")
    live, owners, own, raised, pin = 1, 1, 1, 0, ""
    routes = Routes("acme", RoutesTable(table, "routes", "acme"), clock)
    seen: list[Pointer] = []
    for change in ("", *changes):
        match change:
            case "swap":
                live, owners = live + 1, owners + 1
            case "suspend" | "resume":
                own += 1
            case "owner":
                owners, own, raised, pin = 1, own + 1, raised + owners, ""
            case "pin" | "unpin":
                own, pin = own + 1, str(live) if change == "pin" else ""
        owned(table, str(live), owners)
        shared(table, own, pin, raised={"N": str(raised)})
        clock.now += 5
        seen.append(routes.at("churn", clock.now))
        assert seen[-1].version == (pin or str(live))
    generations = [pointer.generation for pointer in seen]
    assert generations == sorted(generations)
    assert all(a.version == b.version or a.generation < b.generation for a, b in pairwise(seen))
