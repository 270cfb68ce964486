"""The life of a fleet of containers, as lives.py has it of other fleets."""

from datetime import timedelta

from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.world import World


def containers_come_and_go() -> World:
    """Two tenants with a version each, and one with another; one leaves, then the other, and the fleet goes."""
    world = World(scheduled=True)
    world.drop("fleets/together.json", FLEET | {"serving": "multi-container"})
    world.run()
    model = {"serving": "multi-container", "fleet": "together", "sample": SAMPLE}
    for tenant in ("acme", "globex"):
        profile = {"isolation": "bridge", "offboard_after": 0, "models": {"churn": model}}
        world.drop(f"tenants/{tenant}.json", profile)
        world.run(until=timedelta(minutes=1))
        drop_version(world, "1", tenant=tenant)
    world.run(until=timedelta(minutes=20))
    drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    assert world.version("acme", "churn", "2").state == "LIVE"
    for tenant in ("acme", "globex"):
        world.delete(f"tenants/{tenant}.json")
        world.run(until=timedelta(hours=1))
        assert world.tenant(tenant).state == "OFFBOARDED", world.tenant(tenant).reason
    world.delete("fleets/together.json")
    world.run(until=timedelta(minutes=10))
    assert world.fleet("together").state == "DELETED"
    return world
