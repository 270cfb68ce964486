"""A profile that names another option, fleet or isolation moves what is live, by a release, under traffic."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tenantry.domain.base import Row
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.versions import Upload
from tenantry.usecases.queries import history, status, version_outcome
from tenantry.usecases.rollback import rollback
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, SAMPLE, drop_version, tenant_profile
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import silo, standing
from tests.flows.twins import SERVING
from tests.flows.world import World

SOON = timedelta(minutes=20)
STALE = timedelta(seconds=5)


@dataclass
class Callers(Iterator[datetime]):
    """A call every second, or as far apart as `pause`, to where the route led at most five seconds ago."""

    world: World
    pause: timedelta = timedelta(seconds=1)
    led: tuple[datetime, Route, HostRow] | None = None
    answers: list[tuple[datetime, str, str, bytes]] = field(default_factory=list)

    def __next__(self) -> datetime:
        now, registry = self.world.now(), self.world.twins.registry
        if self.led is None or now - self.led[0] >= STALE:
            route = registry.get(Route, Route.at("acme", "churn"))
            host = registry.get(HostRow, HostRow.at(route.host)) if route else None
            assert route
            assert host, "a route leads to a host that stands"
            self.led = now, route, host
        _, route, host = self.led
        [answer] = self.world.twins.hosting.probe(host.address(route.target), b"1", "text/csv")
        self.answers.append((now, answer.outcome, host.host, answer.body))
        return now + self.pause

    @property
    def failed(self) -> list[tuple[datetime, str, str, bytes]]:
        return [one for one in self.answers if one[1] != "ok"]


def calling(world: World) -> Callers:
    callers = Callers(world)
    world._push(world.now(), callers)
    return callers


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


def dropped(world: World, profile: dict[str, Any]) -> None:
    """The tenant's next profile; a second later, so that S3 can tell which is newer."""
    world.twins.clock.sleep(1)
    world.drop("tenants/acme.json", profile)


def fleet(world: World, name: str = "sklearn", **more: Any) -> None:
    world.drop(f"fleets/{name}.json", FLEET | more)
    world.run(until=timedelta(minutes=10))
    assert world.fleet(name).state == "READY", world.fleet(name).reason


def parts(**more: Any) -> dict[str, Any]:
    """A bridge tenant whose model is a component on fleet parts."""
    model = {"serving": "inference-component", "fleet": "parts", "sample": SAMPLE} | more
    return {"isolation": "bridge", "notify": ["ml@acme.example"], "models": {"churn": model}}


def on(fleet: str) -> dict[str, Any]:
    profile = tenant_profile("churn")
    profile["models"]["churn"] |= {"fleet": fleet}
    return profile


def started(world: World, profile: dict[str, Any]) -> World:
    """Version 1 is live where this profile has it."""
    dropped(world, profile)
    world.run(until=timedelta(minutes=2))
    drop_version(world, "1")
    world.run(until=SOON)
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    return world


@pytest.fixture
def bridged(world: World) -> World:
    """Version 1 is live on a multi-model fleet, one of two, and there is one for components."""
    fleet(world)
    fleet(world, "other")
    fleet(world, "parts", serving="inference-component")
    return started(world, tenant_profile("churn"))


def rows(world: World, version: str = "1") -> tuple[Upload, Upload]:
    """The upload that was dropped, and the one that moves it."""
    old, new = world.versions("acme", "churn", version)
    return old, new


def there(world: World) -> HostRow:
    """The host that the route names."""
    route = world.route("acme", "churn")
    assert route
    return existing(world, HostRow, HostRow.at(route.host))


def existing[R: Row](world: World, kind: type[R], key: tuple[str, str]) -> R:
    row = world.twins.registry.get(kind, key)
    assert row
    return row


WAYS = {
    "bridge to silo": (tenant_profile("churn"), silo("real-time"), ("real-time", "")),
    "silo to bridge": (silo("real-time"), tenant_profile("churn"), ("multi-model", "sklearn")),
    "bridge to serverless": (tenant_profile("churn"), silo("serverless"), ("serverless", "")),
    "serverless to real-time": (silo("serverless"), silo("real-time"), ("real-time", "")),
    "real-time to serverless": (silo("real-time"), silo("serverless"), ("serverless", "")),
    "one fleet to another": (tenant_profile("churn"), on("other"), ("multi-model", "other")),
    "multi-model to components": (tenant_profile("churn"), parts(), ("inference-component", "parts")),
    "components to multi-model": (parts(), tenant_profile("churn"), ("multi-model", "sklearn")),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_live_moves_under_traffic(world: World, way: str) -> None:
    before, after, goal = WAYS[way]
    fleet(world)
    fleet(world, "other")
    fleet(world, "parts", serving="inference-component")
    started(world, before)
    callers, first = calling(world), there(world)
    dropped(world, after)
    world.run(until=SOON)
    old, new = rows(world)
    assert (old.state, new.state) == ("STANDBY", "LIVE"), new.reason
    host = there(world)
    assert (host.serving, host.fleet) == goal
    assert (new.sha256, new.answer) == (old.sha256, "answer of 1")
    assert callers.failed == []
    assert {answer for *_, answer in callers.answers} == {b"answer of 1"}
    late = {one[2] for one in callers.answers if one[0] > new.since + STALE + timedelta(seconds=1)}
    assert late == {host.host} != {first.host}
    callers.pause = timedelta(minutes=1)
    world.run(until=timedelta(hours=30))
    assert rows(world)[0].state == "RETIRED"
    assert callers.failed == []
    assert copies(world) == [new.serving_key]
    own = {host.endpoint} if not host.fleet else set()
    fleets = {existing(world, HostRow, HostRow.at(f"fleet-{name}")).endpoint for name in ("sklearn", "other", "parts")}
    assert standing(world) == own | fleets


def test_history_and_notices_say_from_where_to_where(bridged: World) -> None:
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    old, new = rows(bridged)
    said = [event.reason for event in history(bridged.twins.registry, "acme", "churn") if event.upload == new.upload]
    assert said[0] == "to be moved from multi-model on fleet sklearn: its profile asks for real-time"
    moved = "moved from multi-model on fleet sklearn to real-time: loaded and answered its sample there"
    assert (said[-1], new.moved_from, old.reason) == (moved, old.upload, "moved to real-time")
    for audience in ("acme", ""):
        assert moved in [one.reason for one in bridged.notices(audience) if one.upload == new.upload]


def test_the_newest_row_is_what_wait_and_status_speak_of(bridged: World) -> None:
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(seconds=20))
    registry = bridged.twins.registry
    assert version_outcome(registry, "acme", "churn", "1").ended is False
    bridged.run(until=SOON)
    assert version_outcome(registry, "acme", "churn", "1").good is True
    old, new = rows(bridged)
    assert [row.upload for row in status(registry, "acme").versions] == [new.upload, old.upload]


def test_an_idle_sweep_writes_nothing(bridged: World) -> None:
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(hours=3))
    before = stored(bridged)
    for _ in range(3):
        bridged.twins.clock.sleep(300)
        assert bridged.invoke("sweep_registry", {})["moving"] == 0
    assert stored(bridged) == before


def stored(world: World) -> str:
    """Every row there is."""
    parts = world.twins.registry._partitions
    return repr(sorted((key, sorted(part.items())) for key, part in parts.items() if part))


def test_a_newer_drop_beats_the_move(bridged: World) -> None:
    callers = calling(bridged)
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(seconds=30))
    drop_version(bridged, "2")
    bridged.run(until=SOON)
    assert bridged.version("acme", "churn", "2").state == "LIVE"
    assert rows(bridged)[1].state in {"STANDBY", "SUPERSEDED"}
    assert (there(bridged).serving, callers.failed) == ("real-time", [])
    assert {answer for *_, answer in callers.answers[-60:]} == {b"answer of 2"}


def test_a_newer_drop_that_is_faster_leaves_the_move_superseded(bridged: World) -> None:
    """The move waits for its endpoint while the next version goes live."""
    bridged.slow_down(create=600)
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(seconds=30))
    bridged.slow_down(create=60)
    drop_version(bridged, "2")
    bridged.run(until=timedelta(minutes=40))
    new = rows(bridged)[1]
    assert (bridged.version("acme", "churn", "2").state, new.state) == ("LIVE", "SUPERSEDED")
    bridged.run(until=timedelta(hours=30))
    assert [name for name in standing(bridged) if new.upload in name] == []


@pytest.mark.parametrize("step", ["vet_artifact", "place_version", "preload_model", "prove_model"])
def test_a_move_that_fails_leaves_all_as_it_was_and_is_tried_once(bridged: World, step: str) -> None:
    callers, before = calling(bridged), bridged.route("acme", "churn")
    bridged.fail(step, ReleaseFailed("no way"), times=9)
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(hours=2))
    old, new = rows(bridged)
    assert (old.state, new.state) == ("LIVE", "FAILED")
    assert new.reason.startswith("it could not be moved from multi-model on fleet sklearn: ")
    assert new.reason.endswith("version 1 keeps serving.")
    assert bridged.route("acme", "churn") == before
    assert (callers.failed, [name for name in standing(bridged) if new.upload in name]) == ([], [])
    for audience in ("acme", ""):
        [notice] = [one for one in bridged.notices(audience) if one.upload == new.upload]
        assert "drop tenants/acme.json again" in notice.fix


def test_the_same_profile_dropped_again_tries_again(bridged: World) -> None:
    bridged.fail("preload_model", ReleaseFailed("no way"), times=1)
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    assert rows(bridged)[1].state == "FAILED"
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    assert [row.state for row in bridged.versions("acme", "churn")] == ["STANDBY", "FAILED", "LIVE"]


def test_what_its_new_host_refuses_is_rejected_and_serves_on(bridged: World) -> None:
    """A fleet for artifacts of the tenants' making takes no code."""
    fleet(bridged, "strict", trust="tenant")
    dropped(bridged, on("strict"))
    bridged.run(until=SOON)
    old, new = rows(bridged)
    assert (old.state, new.state) == ("LIVE", "REJECTED")
    assert new.reason.startswith("it could not be moved from multi-model on fleet sklearn: ")


def test_it_needs_no_dropped_object(bridged: World) -> None:
    bridged.delete("models/acme/churn/1/model.tar.gz")
    for found in list(bridged.twins.artifacts.listing("tenantry-dropbucket", "models/")):
        bridged.twins.artifacts.delete(found.bucket, found.key)
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    assert rows(bridged)[1].state == "LIVE"


@pytest.mark.parametrize("step", ["place_version", "prove_model", "swap_version"])
def test_a_profile_that_flips_while_a_release_runs_moves_it_when_it_is_live(bridged: World, step: str) -> None:
    flips = iter([silo("real-time")])
    bridged.bend(step, lambda answer: ([dropped(bridged, profile) for profile in flips], answer)[1])
    drop_version(bridged, "2")
    bridged.run(until=SOON)
    assert [row.state for row in bridged.versions("acme", "churn", "2")] == ["STANDBY", "LIVE"]
    assert len(bridged.versions("acme", "churn", "1")) == 1, "what is replaced is not moved"
    assert there(bridged).serving == "real-time"


def test_what_was_judged_for_one_kind_of_host_is_not_placed_on_another(bridged: World) -> None:
    fleet(bridged, "strict", trust="tenant")
    flips = iter([on("strict")])
    bridged.bend("register_version", lambda answer: ([dropped(bridged, one) for one in flips], answer)[1])
    bridged.fail("place_version", Unavailable("busy"), times=4)
    drop_version(bridged, "2")
    bridged.run(until=SOON)
    [row] = bridged.versions("acme", "churn", "2")
    assert row.state == "FAILED"
    assert "it was judged for a host of sklearn, trust vendor, without a network, and by now" in row.reason
    assert [one.state for one in rows(bridged)] == ["LIVE", "REJECTED"]


def test_a_profile_that_flips_back_while_it_moves_ends_where_it_says(bridged: World) -> None:
    callers = calling(bridged)
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(seconds=30))
    dropped(bridged, tenant_profile("churn"))
    bridged.run(until=timedelta(hours=1))
    assert (there(bridged).host, callers.failed) == ("fleet-sklearn", [])
    callers.pause = timedelta(minutes=1)
    bridged.run(until=timedelta(hours=30))
    assert [row.state for row in bridged.versions("acme", "churn")].count("LIVE") == 1
    assert [name for name in standing(bridged) if "acme" in name] == []


def test_it_waits_for_a_fleet_that_is_not_ready_yet(bridged: World) -> None:
    bridged.slow_down(create=300)
    bridged.twins.clock.sleep(1)
    bridged.drop("fleets/new.json", FLEET)
    dropped(bridged, on("new"))
    bridged.run(until=timedelta(minutes=2))
    assert (rows(bridged)[1].state, rows(bridged)[1].reason) == ("HELD", "fleet new is not READY yet")
    bridged.run(until=SOON)
    assert (rows(bridged)[1].state, there(bridged).host) == ("LIVE", "fleet-new")


def test_going_back_leads_to_the_old_host_while_it_is_kept(bridged: World) -> None:
    callers = calling(bridged)
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    back = rollback("acme", "churn", None, bridged.twins)
    assert (back.version, back.replaced, there(bridged).host) == ("1", "1", "fleet-sklearn")
    bridged.run(until=timedelta(minutes=50))
    old, new = rows(bridged)
    assert (old.state, new.state) == ("LIVE", "ROLLED_BACK"), "what an operator went back from is not moved again"
    assert old.reason == "rolled back from version 1 to version 1 on multi-model on fleet sklearn by an operator"
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    assert (there(bridged).serving, callers.failed) == ("real-time", [])


def test_an_older_version_that_is_gone_back_to_moves_by_itself(bridged: World) -> None:
    drop_version(bridged, "2")
    bridged.run(until=SOON)
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    rollback("acme", "churn", "1", bridged.twins)
    assert there(bridged).host == "fleet-sklearn"
    bridged.run(until=SOON)
    route = bridged.route("acme", "churn")
    assert route
    assert (route.version, there(bridged).serving) == ("1", "real-time")
    drop_version(bridged, "3")
    bridged.run(until=SOON)
    assert bridged.version("acme", "churn", "3").state == "LIVE"


def test_an_operator_who_goes_back_meanwhile_is_not_overruled(bridged: World) -> None:
    drop_version(bridged, "2")
    bridged.run(until=SOON)
    bridged.slow_down(create=300)
    dropped(bridged, silo("real-time"))
    bridged.run(until=timedelta(seconds=30))
    rollback("acme", "churn", None, bridged.twins)
    bridged.run(until=timedelta(hours=1))
    assert [row.state for row in bridged.versions("acme", "churn", "2")] == ["ROLLED_BACK", "SUPERSEDED"]
    route = bridged.route("acme", "churn")
    assert route
    assert (route.version, there(bridged).serving) == ("1", "real-time"), "what he went back to moves"


def test_a_canary_is_not_asked_of_a_move(world: World) -> None:
    fleet(world)
    started(world, tenant_profile("churn", canary={}))
    dropped(world, silo("real-time", canary={}))
    world.run(until=timedelta(minutes=5))
    assert (rows(world)[1].state, rows(world)[1].was_canary) == ("LIVE", False)


@pytest.mark.parametrize("kinds", [("number", "number"), ("upload", "number")])
def test_either_kind_of_order_moves(world: World, kinds: tuple[str, str]) -> None:
    fleet(world)
    started(world, tenant_profile("churn", order=kinds[0]))
    dropped(world, silo("real-time", order=kinds[1]))
    world.run(until=SOON)
    assert rows(world)[1].state == "LIVE"
    drop_version(world, "2")
    world.run(until=SOON)
    assert world.version("acme", "churn", "2").state == "LIVE", world.version("acme", "churn", "2").reason


def test_auto_stays_while_what_was_chosen_is_legal_and_moves_when_it_is_not(bridged: World) -> None:
    choosing = {"serving": "auto", "framework": "sklearn", "sample": SAMPLE}
    profile = {"isolation": "bridge", "models": {"churn": choosing}}
    dropped(bridged, profile)
    bridged.run(until=SOON)
    assert len(bridged.versions("acme", "churn")) == 1
    dropped(bridged, profile | {"isolation": "silo"})
    bridged.run(until=SOON)
    old, new = rows(bridged)
    assert (old.state, new.state) == ("STANDBY", "LIVE"), new.reason
    assert there(bridged).fleet == ""
    assert new.chosen


def test_a_profile_that_names_the_model_no_more_moves_nothing(bridged: World) -> None:
    dropped(bridged, {"isolation": "silo", "models": {}})
    bridged.run(until=SOON)
    assert (len(bridged.versions("acme", "churn")), there(bridged).host) == (1, "fleet-sklearn")


def test_a_tenant_that_leaves_while_it_moves_leaves_nothing(bridged: World) -> None:
    dropped(bridged, silo("real-time") | {"offboard_after": 0})
    bridged.run(until=timedelta(seconds=30))
    bridged.delete("tenants/acme.json")
    bridged.run(until=timedelta(hours=3))
    tenant = bridged.tenant("acme")
    assert tenant.state == "OFFBOARDED", tenant.reason
    assert set(tenant.inventory["left"].values()) == {0}
    assert (copies(bridged), [name for name in standing(bridged) if "acme" in name]) == ([], [])


def test_what_the_events_do_not_tell_the_sweep_moves(world: World) -> None:
    fleet(world)
    started(world, tenant_profile("churn"))
    world.fail("admit_releases", RuntimeError("boom"), times=9)
    dropped(world, silo("real-time"))
    world.run(until=SOON)
    assert (rows(world)[1].state, there(world).serving) == ("LIVE", "real-time")


def test_a_copy_that_is_gone_cannot_be_moved(bridged: World) -> None:
    """It is loaded, so it serves; nothing can be released from it."""
    for key in copies(bridged):
        bridged.twins.artifacts.delete(SERVING, key)
    dropped(bridged, silo("real-time"))
    bridged.run(until=SOON)
    assert len(bridged.versions("acme", "churn")) == 1


def test_a_broken_move_is_told_in_the_containers_words(world: World) -> None:
    """What loads on one host may not on another."""
    fleet(world)
    fleet(world, "other")
    started(world, tenant_profile("churn"))
    behaves = world.twins.hosting.behave
    moved = archive("1", loads=False)
    world.twins.hosting.behave = lambda target, artifact, body: behaves(
        target, artifact if target == rows(world)[0].serving_key else moved, body
    )
    dropped(world, on("other"))
    world.run(until=SOON)
    assert rows(world)[1].state == "FAILED"
    assert "inference.py raised RuntimeError on load" in rows(world)[1].reason


@pytest.mark.parametrize(
    ("profile", "goal"),
    [
        (silo("batch-transform"), ("batch-transform", "")),
        (silo("asynchronous"), ("asynchronous", "")),
        (on("boxes") | {"models": {"churn": on("boxes")["models"]["churn"] | {"serving": "multi-container"}}}, None),
    ],
    ids=["to jobs", "to a queue", "to a container"],
)
def test_what_is_called_otherwise_or_not_at_all_moves_too(
    world: World, profile: dict[str, Any], goal: tuple[str, str] | None
) -> None:
    fleet(world)
    fleet(world, "boxes", serving="multi-container")
    started(world, tenant_profile("churn"))
    dropped(world, profile)
    world.run(until=timedelta(minutes=40))
    assert rows(world)[1].state == "LIVE", rows(world)[1].reason
    assert (there(world).serving, there(world).fleet) == (goal or ("multi-container", "boxes"))
    dropped(world, tenant_profile("churn"))
    world.run(until=timedelta(minutes=40))
    route = world.route("acme", "churn")
    assert route
    assert (route.version, there(world).host) == ("1", "fleet-sklearn")
