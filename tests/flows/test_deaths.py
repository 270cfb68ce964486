"""Functions that die or run out of time: whatever they had done by then, the step is tried again twice, then it fails.

The fault's exact place is bad luck's to choose (test_bad_luck.py); there a death is one that every try repeats.
"""

from typing import Any

import pytest

from tests.flows.conftest import drop_version
from tests.flows.costs import prepare
from tests.flows.test_quotas import there
from tests.flows.world import World

STEPS = ["vet_artifact", "register_version", "place_version", "apply_plan", "check_plan", "prove_model", "swap_version"]


def death(name: str) -> Exception:
    """What Step Functions is told of it."""
    died: Exception = type(name, (Exception,), {})("RequestId: 1 Error: Task timed out after 300.00 seconds")
    return died


@pytest.fixture
def own(world: World) -> World:
    """Version 1 is live on an endpoint of its own."""
    prepare(world, "real-time")
    drop_version(world, "1")
    world.run()
    return world


@pytest.mark.parametrize("name", ["Sandbox.Timedout", "Runtime.ExitError", "Lambda.Unknown"])
@pytest.mark.parametrize("after", [False, True], ids=["before it did anything", "after it did everything"])
def test_a_death_in_every_step_is_survived(own: World, name: str, *, after: bool) -> None:
    for step in STEPS:
        own.fail(step, death(name), times=2, after=after)
    drop_version(own, "2")
    own.run()
    row, run = own.version("acme", "churn", "2"), own.last("release-model")
    assert (row.state, row.attempt, run.status) == ("LIVE", 1, "SUCCEEDED"), row.reason
    assert run.retries == 2 * len(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_the_third_death_of_a_step_ends_the_release_and_leaves_nothing(own: World, step: str) -> None:
    before, route = there(own), own.route("acme", "churn")
    own.fail(step, death("Sandbox.Timedout"), times=3)
    drop_version(own, "2")
    own.run()
    row = own.version("acme", "churn", "2")
    said: Any = f"{step.capitalize().replace('_', ' ')}: RequestId: 1 Error: Task timed out after 300.00 seconds"
    assert (row.state, row.reason.startswith(f"{said} (Sandbox.Timedout). ")) == ("FAILED", True), row.reason
    assert (there(own), own.route("acme", "churn")) == (before, route)
