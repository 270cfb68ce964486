"""Nothing keeps billing: whenever an execution of apply_fleet dies, what it made or replaced goes in the end."""

from datetime import timedelta

import pytest

from tenantry.domain.writes import Put
from tests.flows.conftest import FLEET
from tests.flows.told import obituary
from tests.flows.world import World

ROLLED = FLEET | {"instance_type": "ml.m5.xlarge", "grace": 3}


def standing(world: World) -> set[str]:
    control = world.twins.hosting.control
    return {name for name in list(control.endpoints) if control.find(name)}


def kill(world: World, *, heard: bool) -> None:
    """The newest execution is stopped from outside; nothing else is under way."""
    run = world.last("apply-fleet")
    world._queue.clear()
    run.status = "ABORTED"
    world.twins.machines.finish("apply-fleet", run.name, run.status)
    if heard:
        world.invoke("close_execution", obituary("apply-fleet", run))


def sweep(world: World, hours: float) -> None:
    """The schedules go on for so long."""
    for _ in range(round(hours * 12)):
        world.twins.clock.sleep(300)
        world.invoke("sweep_registry", {})
        world.run(until=timedelta(minutes=4))


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
def test_an_endpoint_whose_removal_died_in_its_grace_is_kept_so_long_and_then_goes(serving: World, heard: bool) -> None:
    [old] = standing(serving)
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(minutes=30))
    assert serving.last("apply-fleet").path[-1] == "Grace"
    kill(serving, heard=heard)
    sweep(serving, 2)
    assert old in standing(serving), "it can take the traffic back until its grace is over"
    sweep(serving, 4)
    [left] = standing(serving)
    assert left != old
    assert serving.fleet("sklearn").left == {}
    executions = len(serving.executions)
    sweep(serving, 2)
    assert len(serving.executions) == executions


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
@pytest.mark.parametrize("minutes", [0.1, 2, 2.9], ids=["while it is created", "a little later", "nearly done"])
def test_a_half_made_endpoint_of_a_dead_execution_goes(serving: World, heard: bool, minutes: float) -> None:
    before, row = standing(serving), serving.fleet("sklearn")
    serving.drop("fleets/sklearn.json", ROLLED)
    serving.run(until=timedelta(minutes=minutes))
    assert len(standing(serving)) == 2
    kill(serving, heard=heard)
    sweep(serving, 4)
    after = serving.fleet("sklearn")
    assert (standing(serving), after.state, after.profile, after.left) == (before, "READY", row.profile, {})
    control = serving.twins.hosting.control
    assert (set(control.models), set(control.configs)) == (before, before)


def test_a_removal_that_the_host_record_calls_off_ends(serving: World) -> None:
    """The row says it may go, and it serves."""
    [serves] = standing(serving)
    row = serving.fleet("sklearn")
    serving.twins.registry.commit(Put(row=row.but(left={serves: serving.now()})))
    sweep(serving, 3)
    assert (standing(serving), serving.fleet("sklearn").left) == ({serves}, {})
