"""apply_fleet: hosts come, roll, grow and go; traffic moves only to what is warm and proven."""

from datetime import timedelta

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.fleets import host_of
from tenantry.domain.routes import HostRow
from tenantry.domain.writes import Put
from tests.flows.conftest import FLEET, drop_version
from tests.flows.world import World

ASKED = ["Begin", "Register fleet", "Plan fleet", "Anything to apply?"]
APPLIED = [*ASKED, "Apply plan", "Check plan", "Settled?"]
MOVED = ["Deleted?", "Warm fleet", "Move host", "Settle fleet", "Admit releases", "Announce", "Replaced an endpoint?"]
REFUSED = ["Settle fleet as failed", "Anything to undo?"]
TOLD = ["Admit releases", "Announce", "Replaced an endpoint?", "Ended"]
GONE = ["Grace", "Plan removal", "Apply removal", "Settle removal", "Ended"]
ROLLED = FLEET | {"instance_type": "ml.m5.xlarge"}


def without_waiting(path: list[str]) -> list[str]:
    """The path with every round of waiting taken out."""
    text = "|".join(path)
    while "Settled?|Wait for SageMaker|Check plan|" in text:
        text = text.replace("Settled?|Wait for SageMaker|Check plan|", "")
    return text.split("|")


def host(world: World) -> HostRow | None:
    return world.twins.registry.get(HostRow, HostRow.at(host_of("sklearn")))


def endpoints(world: World) -> set[str]:
    return set(world.twins.hosting.control.endpoints)


def test_a_fleet_comes_into_service(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    began = world.now()
    world.run()
    run, row = world.last("apply-fleet"), host(world)
    assert (run.status, without_waiting(run.path)) == ("SUCCEEDED", [*APPLIED, *MOVED, "Ended"])
    assert run.path.count("Wait for SageMaker") >= 5, "creating an endpoint takes three minutes here"
    assert timedelta(minutes=3) <= world.now() - began < timedelta(minutes=4)
    assert world.fleet("sklearn").state == "READY"
    assert row is not None
    assert (row.instances, {row.endpoint}) == (2, endpoints(world))
    assert [call.operation for call in world.twins.hosting.calls] == [
        "CreateModel",
        "CreateEndpointConfig",
        "CreateEndpoint",
    ]


def test_a_roll_moves_traffic_to_what_is_warm_and_removes_the_old_endpoint_after_its_grace(serving: World) -> None:
    old, route = host(serving), serving.route("acme", "churn")
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(minutes=30))
    moved = host(serving)
    assert old is not None
    assert moved is not None
    assert moved.endpoint != old.endpoint
    assert serving.route("acme", "churn") == route, "a fleet roll is one write of the host record"
    assert route is not None
    assert all(route.target in held for held in serving.twins.hosting.loaded(moved.endpoint))
    assert endpoints(serving) == {old.endpoint, moved.endpoint}
    serving.run()
    run = serving.last("apply-fleet")
    assert (run.status, without_waiting(run.path)) == ("SUCCEEDED", [*APPLIED, *MOVED, *GONE])
    serving.twins.clock.sleep(60)
    assert serving.twins.hosting.endpoint(old.endpoint) is None


def test_an_endpoint_that_is_named_again_is_not_removed(serving: World) -> None:
    first = host(serving)
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(minutes=30))
    second = host(serving)
    assert first is not None
    assert second is not None
    back = second.but(endpoint=first.endpoint, previous=second.endpoint)
    serving.twins.registry.commit(Put(row=back))
    serving.run()
    assert serving.last("apply-fleet").path[-len(GONE) :] == GONE
    assert serving.twins.hosting.endpoint(first.endpoint) is not None


def test_a_release_that_meets_a_roll_is_warm_on_both_endpoints_before_it_is_live(serving: World) -> None:
    before = host(serving)
    serving.fail("swap_version", Unavailable("busy"), times=6)
    serving.fail("move_host", Unavailable("busy"), times=6)
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(seconds=170))
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=10))
    after, route = host(serving), serving.route("acme", "churn")
    assert before is not None
    assert after is not None
    assert route is not None
    assert (route.version, after.endpoint != before.endpoint) == ("2", True)
    for endpoint in (before.endpoint, after.endpoint):
        assert any(route.target in held for held in serving.twins.hosting.loaded(endpoint)), endpoint


def test_a_fleet_that_may_grow_is_told_how(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 2, "max": 4}})
    world.run()
    operations = [call.operation for call in world.twins.hosting.calls]
    assert operations[3:] == ["RegisterScalableTarget", "PutScalingPolicy"]
    assert world.fleet("sklearn").state == "READY"


def test_more_instances_are_added_in_place(serving: World) -> None:
    before = host(serving)
    serving.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 3, "max": 3}})
    serving.run()
    after = host(serving)
    assert before is not None
    assert after is not None
    assert (after.endpoint, after.instances) == (before.endpoint, 3)
    assert without_waiting(serving.last("apply-fleet").path) == [*APPLIED, *MOVED, "Ended"]
    operations = [call.operation for call in serving.twins.hosting.calls]
    assert operations[3:] == ["DeregisterScalableTarget", "UpdateEndpointWeightsAndCapacities"]


def test_a_profile_that_changes_nothing_of_sagemaker_asks_nothing_of_it(serving: World) -> None:
    calls = len(serving.twins.hosting.calls)
    serving.drop("fleets/sklearn.json", FLEET | {"grace": 2})
    serving.run()
    assert serving.last("apply-fleet").path == [*ASKED, *MOVED, "Ended"]
    assert len(serving.twins.hosting.calls) == calls


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"serving": "multi-model", "framework": "sklearn", "instance_type": "ml.p4d.24xlarge"}, "ml.p4d.24xlarge"),
        ({"serving": "multi-model", "framework": "sklearn", "framework_version": "0.1"}, "0.1"),
        (b"[]", "the profile"),
    ],
)
def test_a_bad_profile_is_rejected_and_nothing_is_made(world: World, profile: object, sentence: str) -> None:
    world.drop("fleets/sklearn.json", profile)  # type: ignore[arg-type]
    world.run()
    assert world.last("apply-fleet").path == ["Begin", "Register fleet", *REFUSED, *TOLD]
    assert (world.fleet("sklearn").state, sentence in world.fleet("sklearn").reason) == ("REJECTED", True)
    assert (endpoints(world), host(world)) == (set(), None)


def test_an_endpoint_that_cannot_be_created_is_undone(serving: World) -> None:
    before = host(serving)
    serving.bend("plan_fleet", lambda answer: _doom(serving, answer))
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run()
    run = serving.last("apply-fleet")
    assert without_waiting(run.path) == [*APPLIED, *REFUSED, "Apply undo", *TOLD]
    assert (serving.fleet("sklearn").state, host(serving)) == ("READY", before)
    serving.twins.clock.sleep(600)
    assert before is not None
    assert {name for name in endpoints(serving) if serving.twins.hosting.endpoint(name)} == {before.endpoint}
    told = [notice for notice in serving.notices("") if notice.about == "fleet"]
    assert [one.state for one in told][-1] == "FAILED"
    assert "no capacity" in told[-1].reason


def _doom(world: World, answer: dict[str, object]) -> dict[str, object]:
    world.twins.hosting.control.doom(str(answer["endpoint"]), "no capacity for ml.m5.xlarge")
    return answer


def test_a_live_version_that_does_not_serve_on_the_new_endpoint_stops_the_roll(serving: World) -> None:
    before = host(serving)
    serving.fail("warm_fleet", ReleaseFailed("acme/churn does not serve on it"))
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run()
    path = without_waiting(serving.last("apply-fleet").path)
    assert path == [*APPLIED, "Deleted?", "Warm fleet", *REFUSED, "Apply undo", *TOLD]
    assert host(serving) == before
    assert serving.fleet("sklearn").state == "READY"


@pytest.mark.parametrize(
    ("step", "undone"),
    [("Register fleet", False), ("Plan fleet", False), ("Apply plan", True), ("Check plan", True), ("Move host", True)],
)
def test_a_step_that_fails_leaves_the_fleet_as_it_was(serving: World, step: str, undone: bool) -> None:
    before = host(serving)
    serving.fail(step.lower().replace(" ", "_"), RuntimeError("boom"))
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run()
    run = serving.last("apply-fleet")
    tail = [step, *REFUSED, *(["Apply undo"] if undone else []), *TOLD]
    assert run.path[-len(tail) :] == tail
    after = host(serving)
    assert before is not None
    assert after is not None
    assert (serving.fleet("sklearn").state, after.endpoint, after.next) == ("READY", before.endpoint, "")
    drop_version(serving, "2")
    serving.run()
    assert serving.version("acme", "churn", "2").state == "LIVE"


def test_it_is_too_late_after_an_hour(world: World) -> None:
    world.slow_down(create=1_000_000)
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    run = world.last("apply-fleet")
    assert run.path.count("Check plan") == 63
    assert world.fleet("sklearn").state == "FAILED"


def test_a_fleet_that_serves_is_not_deleted(serving: World) -> None:
    serving.delete("fleets/sklearn.json")
    serving.run()
    assert serving.last("apply-fleet").path == ["Begin", "Register fleet", *REFUSED, *TOLD]
    assert serving.fleet("sklearn").state == "READY"
    assert "acme" in [notice for notice in serving.notices("") if notice.about == "fleet"][-1].reason


def test_a_fleet_nobody_uses_is_deleted(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.delete("fleets/sklearn.json")
    world.run()
    path = without_waiting(world.last("apply-fleet").path)
    assert path == [*APPLIED, "Deleted?", "Settle fleet", *TOLD]
    assert (world.fleet("sklearn").state, host(world)) == ("DELETED", None)
    assert {name for name in endpoints(world) if world.twins.hosting.endpoint(name)} == set()


@pytest.mark.parametrize("step", ["Plan removal", "Apply removal"])
def test_a_removal_that_fails_dies_and_the_fleet_stays_ready(serving: World, step: str) -> None:
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(minutes=30))
    serving.fail("plan_fleet" if step == "Plan removal" else "apply_plan", RuntimeError("boom"))
    serving.run()
    run = serving.last("apply-fleet")
    assert (run.status, run.path[-2:]) == ("FAILED", [step, "Died"])
    assert serving.fleet("sklearn").state == "READY"


@pytest.mark.parametrize("verb", ["settle_fleet", "apply_plan"])
def test_what_dies_while_it_is_undone_gets_its_end_from_the_coroner(world: World, verb: str) -> None:
    world.fail("move_host", RuntimeError("boom"))
    if verb == "settle_fleet":
        world.fail("settle_fleet", RuntimeError("worse"))
    else:
        world.bend("settle_fleet", lambda answer: _then_fail(world, answer))
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    run = world.last("apply-fleet")
    assert (run.status, run.path[-1]) == ("FAILED", "Died")
    assert world.fleet("sklearn").state == "FAILED"


def _then_fail(world: World, answer: object) -> object:
    world.fail("apply_plan", RuntimeError("worse"))
    return answer
