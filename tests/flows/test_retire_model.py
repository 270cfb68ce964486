"""retire_model: what nothing points to any more goes after its grace, and only then."""

from datetime import timedelta

import pytest

from tenantry.usecases.rollback import rollback
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.twins import SERVING
from tests.flows.world import World

HAPPY = ["Begin", "Retire version", "Cancelled?", "Anything to apply?", "Remove copy", "Ended"]


@pytest.fixture
def replaced(worlds: list[World]) -> World:
    """Version 2 is live, version 1 stands by for an hour, and the schedules run."""
    world = World(scheduled=True)
    worlds.append(world)
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", grace=1))
    world.run()
    for version in ("1", "2"):
        drop_version(world, version)
        world.run()
    assert world.version("acme", "churn", "1").state == "STANDBY"
    return world


def copies(world: World) -> list[str]:
    return [one.key for one in world.twins.artifacts.listing(SERVING, "")]


def test_a_version_past_its_grace_is_retired(replaced: World) -> None:
    replaced.run(until=timedelta(minutes=59))
    assert (replaced.version("acme", "churn", "1").state, len(copies(replaced))) == ("STANDBY", 2)
    replaced.run(until=timedelta(minutes=30))
    version, run = replaced.version("acme", "churn", "1"), replaced.last("retire-model")
    assert (run.status, run.path) == ("SUCCEEDED", HAPPY)
    assert (version.state, version.copied) == ("RETIRED", False)
    assert copies(replaced) == [replaced.version("acme", "churn", "2").serving_key]


def test_a_version_that_was_called_back_stays(replaced: World) -> None:
    rollback("acme", "churn", None, replaced.twins)
    replaced.run(until=timedelta(minutes=90))
    route = replaced.route("acme", "churn")
    assert route is not None
    assert (route.version, replaced.version("acme", "churn", "1").state) == ("1", "LIVE")
    assert route.target in copies(replaced)


def test_a_rollback_while_it_is_retired_is_found(replaced: World) -> None:
    """The sweep decided, then an operator called the version back: the execution looks again, and cancels."""
    upload = replaced.version("acme", "churn", "1")
    task = {"tenant": "acme", "model": "churn", "version": "1", "upload": upload.upload, "schema": 1}
    replaced.twins.machines.start("retire-model", "r-early", {**task, "execution": "r-early", "why": "a mistake"})
    replaced.run()
    assert replaced.last("retire-model").path == ["Begin", "Retire version", "Cancelled?", "Ended"]
    assert replaced.version("acme", "churn", "1").state == "STANDBY"


@pytest.mark.parametrize("step", ["Retire version", "Remove copy"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_failure_is_tried_again_by_the_sweep(replaced: World, step: str, after: bool) -> None:
    replaced.fail(step.lower().replace(" ", "_"), RuntimeError("boom"), after=after)
    replaced.run(until=timedelta(hours=3))
    first, last = replaced.runs("retire-model")[0], replaced.last("retire-model")
    assert (first.status, first.path) == ("FAILED", [*HAPPY[: HAPPY.index(step) + 1], "Died"])
    assert (first is last, last.status) in {(False, "SUCCEEDED"), (True, "FAILED")}
    version = replaced.version("acme", "churn", "1")
    assert (version.state, version.copied) == ("RETIRED", False)
    assert len(copies(replaced)) == 1


@pytest.mark.parametrize(("end", "last"), [("settled", ["Remove copy", "Ended"]), ("failed", ["Died"])])
def test_a_plan_is_carried_out_before_the_copy_goes(replaced: World, end: str, last: list[str]) -> None:
    plan = {"calls": [], "in_service": [], "gone": [], "reason": ""}
    call = {"operation": "DeleteEndpoint", "params": {"EndpointName": "tenantry-own"}, "service": "sagemaker"}
    replaced.bend("retire_version", lambda answer: answer | {"plan": plan | {"calls": [call]}})
    answers = iter(["waiting", end, end, end])
    replaced.bend("check_plan", lambda _: {"state": next(answers), "reason": "a test", "wait_seconds": 15})
    replaced.run(until=timedelta(minutes=70))
    waited = ["Check plan", "Settled?", "Wait for SageMaker", "Check plan", "Settled?"]
    assert replaced.runs("retire-model")[0].path == [*HAPPY[:4], "Apply plan", *waited, *last]
