"""Many silo tenants drop at once, with what SageMaker allows an account: one create of a kind a second, five looks."""

from dataclasses import dataclass
from datetime import timedelta

from tenantry.adapters.gate import Gate
from tenantry.adapters.memory.gate import MemoryGate
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.domain.versions import Upload
from tests.flows.archives import archive, behave
from tests.flows.conftest import SAMPLE
from tests.flows.world import World

TENANTS = 200
PROFILE = {
    "isolation": "silo",
    "notify": ["ml@acme.example"],
    "models": {"churn": {"serving": "real-time", "framework": "sklearn", "sample": SAMPLE}},
}


@dataclass(frozen=True)
class Rush:
    """What became of it. `took` is how long each release took, shortest first."""

    rows: list[Upload]
    took: list[timedelta]
    alone: timedelta
    """What the limits alone dictate: the creates of a kind, one a second, and then the last endpoint's own time."""

    @property
    def ratio(self) -> float:
        """When the last one was live, in ratio to what the limits alone dictate."""
        return self.took[-1] / self.alone


def crowded(poll_seconds: int = 15) -> World:
    """Functions run beside each other, as on Lambda, and every control call goes through one gate."""
    world = World(beside=True, poll_seconds=poll_seconds, settings={"poll_seconds": poll_seconds})
    return behind(world, MemoryGate(world.twins.clock, 1.0))


def behind(world: World, gate: Gate) -> World:
    """This world, with a gate in front of SageMaker's control calls."""
    twins = world.twins
    twins.hosting = MemoryHosting(twins.clock, twins.artifacts, behave=behave, gate=gate)
    return world


def rush(world: World) -> Rush:
    """All are onboarded, and then each drops its first version in the same moment."""
    names = [f"t{number:03}" for number in range(TENANTS)]
    for name in names:
        world.drop(f"tenants/{name}.json", PROFILE)
    world.run()
    began, body = world.now(), archive("ok")
    for name in names:
        world.drop(f"models/{name}/churn/1/model.tar.gz", body)
    world.run()
    rows = [world.version(name, "churn", "1") for name in names]
    alone = timedelta(seconds=TENANTS + world.twins.hosting.durations.create)
    return Rush(rows, sorted(row.since - began for row in rows), alone)
