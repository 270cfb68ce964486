"""Lives of an owner and of those who share its model, as lives.py has them of tenants with models of their own."""

from datetime import timedelta
from typing import Any

from tenantry.domain.hosting import Answer
from tenantry.domain.sharing import SharedRoute
from tests.flows.archives import behave
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.world import World


def an_owner_and_its_users() -> World:
    """A queue for many: answers heard and unheard, a pin that comes and goes, users and then the owner that leave."""
    world = World(scheduled=True)
    each = {"serving": "asynchronous", "framework": "sklearn", "instances": {"min": 0, "max": 2}, "grace": 0}
    owner = {"isolation": "pool", "offboard_after": 0, "models": {"churn": each | {"sample": SAMPLE}}}
    world.drop("tenants/vendor.json", owner)
    world.run(until=timedelta(minutes=5))
    drop_version(world, "1", tenant="vendor")
    world.run(until=timedelta(minutes=15))
    for name, version in (("acme", None), ("globex", "1")):
        world.drop(f"tenants/{name}.json", user(version))
    world.run(until=timedelta(minutes=5))
    _ask(world)
    drop_version(world, "2", tenant="vendor")
    world.run(until=timedelta(hours=2))
    assert world.version("vendor", "churn", "1").state == "STANDBY"
    world.twins.clock.sleep(1)
    world.drop("tenants/globex.json", user())
    world.run(until=timedelta(hours=1))
    assert world.version("vendor", "churn", "1").state == "RETIRED"
    world.twins.clock.sleep(1)
    world.drop("tenants/globex.json", {"isolation": "pool"})
    world.run(until=timedelta(minutes=5))
    assert world.twins.registry.get(SharedRoute, SharedRoute.at("globex", "churn")) is None
    for name in ("acme", "vendor"):
        world.delete(f"tenants/{name}.json")
        world.run(until=timedelta(hours=1))
        assert world.tenant(name).state == "OFFBOARDED"
    return world


def an_owner_on_a_fleet_that_is_rolled() -> World:
    """A pinned version is proven on the new endpoint like a live one; the owner is suspended and comes back."""
    world = World()
    owner = {"isolation": "pool", "models": {"churn": {"serving": "multi-model", "fleet": "sklearn", "sample": SAMPLE}}}
    for key, body in (("fleets/sklearn.json", FLEET), ("tenants/vendor.json", owner)):
        world.drop(key, body)
        world.run()
    drop_version(world, "1", tenant="vendor")
    world.run()
    world.drop("tenants/acme.json", user("1"))
    world.run()
    drop_version(world, "2", tenant="vendor")
    world.run()
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    world.run()
    world.delete("tenants/vendor.json")
    world.run(until=timedelta(minutes=1))
    world.drop("tenants/vendor.json", owner)
    world.run()
    route = world.twins.registry.get(SharedRoute, SharedRoute.at("acme", "churn"))
    assert route is not None
    assert route.pin is not None
    assert (route.pin.version, world.tenant("vendor").state) == ("1", "READY")
    return world


def user(version: str | None = None) -> dict[str, Any]:
    """Shares the vendor's model, or stays with one version of it."""
    shared = {"churn": {"version": version} if version else {}}
    return {"isolation": "pool", "owner": "vendor", "offboard_after": 0, "shared": shared}


def _ask(world: World) -> None:
    """One request is told of, of two more the sweep finds what came of them."""
    world.drop("requests/acme/churn/told", b"1")
    world.run(until=timedelta(minutes=5))
    world.delivers = lambda _: []
    world.drop("requests/globex/churn/unheard", b"1")
    world.run(until=timedelta(seconds=5))
    world.twins.hosting.behave = lambda *_: Answer(outcome="model_error", took_ms=1, status=400, message="no number")
    world.drop("requests/acme/churn/unheard-failure", b"1")
    world.run(until=timedelta(minutes=20))
    told = [one for name in ("acme", "globex") for one in world.notices(name) if one.about == "request"]
    assert {one.request: one.state for one in told} == {
        "told": "ANSWERED",
        "unheard": "ANSWERED",
        "unheard-failure": "FAILED",
    }
    world.twins.hosting.behave, world.delivers = behave, list
