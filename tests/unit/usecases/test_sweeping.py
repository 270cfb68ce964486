"""The sweep finds what no event told of, and an idle one writes nothing."""

from contextlib import suppress
from datetime import timedelta

import pytest

from tenantry.domain.errors import Unavailable
from tenantry.domain.notices import StrayRow
from tenantry.domain.tenants import TenantState
from tenantry.domain.versions import State
from tenantry.usecases.sweeping import sweep_registry
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World
from tests.unit.usecases.conftest import Writes

LATER = timedelta(minutes=6)


def later(world: World, wait: timedelta = LATER) -> None:
    """Time passes, the sweep runs, and what it began comes to its end."""
    world.twins.clock.sleep(wait.total_seconds())
    sweep_registry(world.twins)
    world.run()


def test_an_idle_sweep_writes_nothing(serving: World, writes: Writes) -> None:
    serving.twins.clock.sleep(LATER.total_seconds())
    swept = sweep_registry(serving.twins)
    assert (writes.count, set(swept.model_dump(exclude={"releases"}).values()), swept.releases) == (0, {0}, ())


def test_without_any_event_everything_still_comes_to_its_end(world: World) -> None:
    world.events = False
    world.drop("fleets/sklearn.json", FLEET)
    later(world)
    world.drop("tenants/acme.json", tenant_profile("churn"))
    later(world)
    drop_version(world, "1")
    later(world)
    assert world.version("acme", "churn", "1").state is State.LIVE
    world.delete("tenants/acme.json")
    later(world)
    assert world.tenant("acme").state is TenantState.OFFBOARDED


def test_replaying_every_event_after_the_sweep_found_them_changes_nothing(world: World) -> None:
    world.events = False
    for key, body in (("fleets/sklearn.json", FLEET), ("tenants/acme.json", tenant_profile("churn"))):
        world.drop(key, body)
        later(world)
    drop_version(world, "1")
    later(world)
    rows, loads = world.versions("acme", "churn"), list(world.twins.hosting.loads)
    world.replay()
    world.run()
    assert (world.versions("acme", "churn"), world.twins.hosting.loads) == (rows, loads)
    assert len(world.runs("release-model")) == 1


def test_a_young_object_is_left_to_its_event(ready: World) -> None:
    ready.events = False
    drop_version(ready, "1")
    ready.twins.clock.sleep(60)
    assert sweep_registry(ready.twins).taken == 0


def test_an_object_from_before_the_window_is_not_taken_up(ready: World) -> None:
    ready.events = False
    drop_version(ready, "1")
    ready.twins.clock.sleep(timedelta(days=8).total_seconds())
    assert sweep_registry(ready.twins).taken == 0


def test_an_execution_that_was_never_started_is_started(ready: World) -> None:
    ready.twins.machines.faults.fail_next("start", Unavailable("throttled"), times=99)
    drop_version(ready, "1")
    ready.run()
    ready.twins.machines.faults._next.clear()
    assert ready.version("acme", "churn", "1").state is State.RECEIVED
    later(ready)
    assert ready.version("acme", "churn", "1").state is State.LIVE


def test_a_row_nobody_judged_is_judged_even_without_a_tenant(world: World) -> None:
    """The row was written, and then every delivery died."""
    world.fail("receive_drop", RuntimeError("boom"), times=9)
    drop_version(world, "1", tenant="ghost")
    world.twins.artifacts.faults.fail_next("latest", Unavailable("later"))
    with suppress(Unavailable):
        later(world)
    later(world)
    assert world.version("ghost", "churn", "1").state is State.REJECTED


def test_executions_that_vanish_are_begun_again_twice_and_then_it_is_over(ready: World) -> None:
    ready.events = False
    ready.fail("vet_artifact", RuntimeError("boom"), times=9)
    ready.fail("settle_release", RuntimeError("boom"), times=9)
    drop_version(ready, "1")
    for _ in range(5):
        later(ready)
    row = ready.version("acme", "churn", "1")
    assert [run.name for run in ready.runs("release-model")] == [f"u-{row.upload}-{n}" for n in (1, 2, 3)]
    assert (row.state, "3 executions stopped" in row.reason) == (State.FAILED, True)
    assert [notice.state for notice in ready.notices("acme") if notice.about == "release"] == ["FAILED"]


def test_a_release_that_vanished_halfway_goes_on_from_there(ready: World) -> None:
    ready.events = False
    ready.fail("preload_model", RuntimeError("boom"))
    ready.fail("settle_release", RuntimeError("boom"))
    drop_version(ready, "1")
    later(ready)
    later(ready)
    row = ready.version("acme", "churn", "1")
    assert (row.state, row.attempt) == (State.LIVE, 2)
    assert [move.state for move in row.moves] == ["RECEIVED", "VETTED", "REGISTERED", "PLACED", "WARM", "LIVE"]


def test_waiting_for_a_tenant_that_never_gets_ready_ends_failed(world: World) -> None:
    world.drop("tenants/acme.json", b"no json")
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state is State.HELD
    for _ in range(4):
        later(world)
    assert world.version("acme", "churn", "1").state is State.HELD
    later(world)
    row = world.version("acme", "churn", "1")
    assert (row.state, "30 minutes" in row.reason) == (State.FAILED, True)


def test_a_version_past_its_grace_is_retired_and_its_copy_removed(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    old = serving.version("acme", "churn", "1")
    later(serving, timedelta(hours=23))
    assert serving.version("acme", "churn", "1").state is State.STANDBY
    later(serving, timedelta(hours=1, minutes=1))
    retired = serving.version("acme", "churn", "1")
    assert (retired.state, retired.copied) == (State.RETIRED, False)
    assert serving.twins.artifacts.latest(serving.twins.settings.serving_bucket, old.serving_key) is None
    route = serving.route("acme", "churn")
    assert route
    assert (route.version, route.standby) == ("2", "")


def test_stray_keys_are_told_in_one_digest_when_their_window_is_over(world: World) -> None:
    for number in range(30):
        world.drop(f"stray/{number}", b"x")
    world.run()
    assert sweep_registry(world.twins).digests == 0
    world.twins.clock.sleep(timedelta(minutes=16).total_seconds())
    assert (sweep_registry(world.twins).digests, sweep_registry(world.twins).digests) == (1, 0)
    [notice] = [one for one in world.notices("") if one.about == "digest"]
    assert notice.details["count"] == 30
    [row] = world.twins.registry.rows(StrayRow, "OPERATOR", "STRAY#")
    assert row.told


@pytest.mark.parametrize("deleted", ["tenants/acme.json", "fleets/sklearn.json"])
def test_a_deletion_nobody_told_of_is_found(ready: World, deleted: str) -> None:
    ready.events = False
    ready.delete(deleted)
    before = len(ready.twins.machines.executions)
    ready.twins.clock.sleep(LATER.total_seconds())
    assert sweep_registry(ready.twins).followed == 1
    assert len(ready.twins.machines.executions) == before + 1
