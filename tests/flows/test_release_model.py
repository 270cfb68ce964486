"""release_model: an upload's way to live traffic, every edge where it can fail, and what it may cost."""

import json
from datetime import timedelta

import pytest

from tenantry.domain.errors import Unavailable
from tenantry.domain.plans import Call, Plan
from tests.flows.archives import archive, climbing
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.twins import SERVING
from tests.flows.world import World

ROAD = ["Begin", "Vet artifact", "Register version", "Place version", "Anything to apply?"]
HAPPY = [*ROAD, "Preload model", "Prove model", "Swap version", "To be judged?", "Admit releases", "Announce"]
TASKS = ["Vet artifact", "Register version", "Place version", "Preload model", "Prove model", "Swap version"]
SETTLED = ["Settle release", "Admit releases", "Announce"]
MOST_TRANSITIONS, MOST_INVOCATIONS = 16, 8


def path_failing_at(state: str) -> list[str]:
    return [*HAPPY[: HAPPY.index(state) + 1], *SETTLED]


def copies(world: World) -> set[str]:
    return {one.key for one in world.twins.artifacts.listing(SERVING, "")}


def test_a_version_goes_live(ready: World) -> None:
    drop_version(ready, "1")
    ready.run()
    run, version, route = ready.last("release-model"), ready.version("acme", "churn", "1"), ready.route("acme", "churn")
    assert (run.status, run.path) == ("SUCCEEDED", HAPPY)
    assert version.state == "LIVE"
    assert version.answer == "answer of 1"
    assert route is not None
    assert (route.version, route.generation, route.target) == ("1", 1, version.serving_key)
    assert [(n.about, n.state, n.version) for n in ready.notices("acme") if n.about == "release"] == [
        ("release", "LIVE", "1")
    ]


def test_what_a_release_may_cost(serving: World) -> None:
    calls = len(serving.twins.hosting.calls)
    loads = len(serving.twins.hosting.loads)
    drop_version(serving, "2")
    serving.run()
    run = serving.last("release-model")
    assert serving.version("acme", "churn", "2").state == "LIVE"
    assert run.transitions <= MOST_TRANSITIONS
    assert len(run.invocations) <= MOST_INVOCATIONS
    assert len(serving.twins.hosting.calls) - calls == 0, (
        "a multi-model release asks nothing of SageMaker's control plane"
    )
    assert len(serving.twins.hosting.loads) - loads == 2, "once on each of the two instances"


def test_replaying_every_event_loads_nothing_and_starts_nothing(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    loads, runs = list(serving.twins.hosting.loads), dict(serving.executions)
    rows = serving.versions("acme", "churn")
    serving.replay()
    serving.replay()
    serving.run()
    assert serving.twins.hosting.loads == loads
    assert serving.executions == runs
    assert serving.versions("acme", "churn") == rows


def test_the_replaced_version_stands_by(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    assert serving.version("acme", "churn", "1").state == "STANDBY"
    route = serving.route("acme", "churn")
    assert route is not None
    assert (route.version, route.generation, route.standby) == ("2", 2, serving.version("acme", "churn", "1").upload)


@pytest.mark.parametrize("step", TASKS)
@pytest.mark.parametrize("after", [False, True], ids=["before it did anything", "after it did everything"])
def test_a_step_that_fails_leaves_the_old_version_serving(serving: World, step: str, after: bool) -> None:
    before, kept = serving.route("acme", "churn"), copies(serving)
    serving.fail(step.lower().replace(" ", "_"), RuntimeError("boom"), after=after)
    drop_version(serving, "2")
    serving.run()
    run, version = serving.last("release-model"), serving.version("acme", "churn", "2")
    assert (run.status, run.path) == ("SUCCEEDED", path_failing_at(step))
    if step == "Swap version" and after:
        assert version.state == "LIVE", "a swap that was committed is not taken back"
        return
    assert (version.state, version.copied) == ("FAILED", False)
    assert step in version.reason
    assert "version 1 keeps serving" in version.reason
    assert serving.route("acme", "churn") == before
    assert copies(serving) == kept
    for audience in ("acme", ""):
        told = [notice for notice in serving.notices(audience) if notice.upload == version.upload]
        assert [(one.state, one.step) for one in told] == [("FAILED", step)]


@pytest.mark.parametrize("verb", ["register_version", "preload_model", "swap_version"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_may_pass_is_tried_again(serving: World, verb: str, after: bool) -> None:
    serving.fail(verb, Unavailable("throttled"), times=3, after=after)
    drop_version(serving, "2")
    serving.run()
    run = serving.last("release-model")
    assert (run.path, run.retries) == (HAPPY, 3)
    assert serving.version("acme", "churn", "2").state == "LIVE"
    route = serving.route("acme", "churn")
    assert route is not None
    assert route.generation == 2


def test_a_hostile_artifact_is_rejected_with_a_sentence(serving: World) -> None:
    drop_version(serving, "2", body=climbing())
    serving.run()
    version = serving.version("acme", "churn", "2")
    assert serving.last("release-model").path == path_failing_at("Vet artifact")
    assert version.state == "REJECTED"
    assert "etc/cron.d/evil" in version.reason
    assert "Traceback" not in version.reason


def test_a_model_that_does_not_load_fails_and_is_undone(serving: World) -> None:
    kept = copies(serving)
    drop_version(serving, "2", body=archive(loads=False))
    serving.run()
    version = serving.version("acme", "churn", "2")
    assert serving.last("release-model").path == path_failing_at("Preload model")
    assert version.state == "FAILED"
    assert "inference.py raised RuntimeError on load" in version.reason
    assert copies(serving) == kept


def test_an_answer_that_is_not_the_expected_one_fails(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", sample={"body": "1,2", "expect": "right"}))
    world.run()
    drop_version(world, "1", body=archive("wrong"))
    world.run()
    version = world.version("acme", "churn", "1")
    assert world.last("release-model").path == path_failing_at("Prove model")
    assert version.state == "FAILED"
    assert "no version of this model is live yet" in version.reason
    assert world.route("acme", "churn") is None


def test_an_older_version_that_comes_late_to_its_swap_is_superseded(serving: World) -> None:
    serving.fail("prove_model", Unavailable("busy"), times=5)
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=8))
    drop_version(serving, "3")
    serving.run()
    first, second = serving.runs("release-model")[-2:]
    assert second.path == HAPPY
    assert first.path == path_failing_at("Swap version")
    assert serving.version("acme", "churn", "2").state == "SUPERSEDED"
    route = serving.route("acme", "churn")
    assert route is not None
    assert route.version == "3"


def test_a_cause_of_any_length_fits_its_way(serving: World) -> None:
    serving.fail("prove_model", RuntimeError("x" * 100_000))
    drop_version(serving, "2")
    serving.run()
    assert serving.last("release-model").path == path_failing_at("Prove model")
    version = serving.version("acme", "churn", "2")
    assert (version.state, len(version.reason) < 1_000) == ("FAILED", True)
    largest = max(len(json.dumps(payload)) for run in serving.executions.values() for _, payload in run.invocations)
    assert largest < 200 * 1024, "Step Functions carries 256 KiB"


def test_an_execution_that_dies_gets_its_end_from_the_coroner(serving: World) -> None:
    serving.fail("prove_model", RuntimeError("boom"))
    serving.fail("settle_release", RuntimeError("worse"))
    drop_version(serving, "2")
    serving.run()
    run = serving.last("release-model")
    assert (run.status, run.path[-2:]) == ("FAILED", ["Settle release", "Died"])
    assert (run.error, "worse" in run.cause) == ("RuntimeError", True)
    version = serving.version("acme", "churn", "2")
    assert (version.state, version.copied) == ("FAILED", False)
    assert [n.state for n in serving.notices("acme") if n.upload == version.upload] == ["FAILED"]


@pytest.mark.parametrize("verb", ["admit_releases", "relay_notices"])
def test_what_the_schedules_do_again_does_not_fail_a_release(serving: World, verb: str) -> None:
    serving.fail(verb, RuntimeError("boom"))
    drop_version(serving, "2")
    serving.run()
    run = serving.last("release-model")
    assert (run.status, run.path) == ("SUCCEEDED", HAPPY + (["Ended"] if verb == "relay_notices" else []))
    assert serving.version("acme", "churn", "2").state == "LIVE"


def resizing(endpoint: str, instances: int) -> Plan:
    """A plan that a placement on a host of its own could have."""
    capacity = [{"VariantName": "all", "DesiredInstanceCount": instances}]
    params = {"EndpointName": endpoint, "DesiredWeightsAndCapacities": capacity}
    call = Call(operation="UpdateEndpointWeightsAndCapacities", params=params)
    return Plan(calls=(call,), in_service=(endpoint,), reason="a test")


@pytest.mark.parametrize(("seconds", "rounds", "end"), [(0, 0, "LIVE"), (40, 3, "LIVE"), (1_000_000, 62, "FAILED")])
def test_a_plan_is_applied_and_waited_for_until_its_deadline(
    ready: World, seconds: float, rounds: int, end: str
) -> None:
    endpoint = next(iter(ready.twins.hosting.control.endpoints))
    plan = resizing(endpoint, 3).model_dump(mode="json")
    ready.bend("place_version", lambda answer: answer | {"plan": plan})
    ready.slow_down(update=seconds)
    drop_version(ready, "1")
    ready.run()
    waiting = ["Check plan", "Settled?", "Wait for SageMaker"] * rounds
    then = HAPPY[HAPPY.index("Preload model") :] if end == "LIVE" else SETTLED
    assert ready.last("release-model").path == [*ROAD, "Apply plan", *waiting, "Check plan", "Settled?", *then]
    assert ready.version("acme", "churn", "1").state == end


def test_a_plan_that_sagemaker_cannot_settle_fails_the_release(ready: World) -> None:
    missing = resizing("tenantry-nowhere", 3).model_dump(mode="json")
    ready.bend("place_version", lambda answer: answer | {"plan": missing})
    drop_version(ready, "1")
    ready.run()
    assert ready.last("release-model").path == [*ROAD, "Apply plan", *SETTLED]
    assert "Apply plan" in ready.version("acme", "churn", "1").reason


def test_a_plan_that_fails_while_it_is_waited_for_fails_the_release(ready: World) -> None:
    endpoint = next(iter(ready.twins.hosting.control.endpoints))
    plan = resizing(endpoint, 3).model_dump(mode="json")
    ready.bend("place_version", lambda answer: answer | {"plan": plan})
    ready.bend("check_plan", lambda _: {"state": "failed", "reason": "no capacity"})
    drop_version(ready, "1")
    ready.run()
    assert ready.last("release-model").path == [*ROAD, "Apply plan", "Check plan", "Settled?", *SETTLED]
    assert "no capacity" in ready.version("acme", "churn", "1").reason
