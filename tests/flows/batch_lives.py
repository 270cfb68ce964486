"""A life with batches that comes to every call the roles around them are for."""

from datetime import timedelta
from typing import Any

from tenantry.domain.batches import BatchRow
from tests.flows.archives import behave, failing_once
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World


def runs_over_batches() -> World:
    """By the schedule and at once; one is tried again, one dies, one is forgotten; and the tenant goes."""
    world = World(scheduled=True)
    for key, body in (
        ("fleets/sklearn.json", FLEET),
        ("tenants/acme.json", _nightly("churn", "risk")),
        ("tenants/acme.json", _nightly("churn")),
    ):
        world.drop(key, body)
        world.run(until=timedelta(minutes=20))
    drop_version(world, "1")
    world.run(until=timedelta(minutes=20))
    world.twins.hosting.behave = failing_once(behave)
    world.drop("batches/acme/churn/b1/one.csv", b"1")
    world.fire("acme.churn")
    world.run(until=timedelta(minutes=2))
    for item in ("two.csv", "_START"):
        world.drop(f"batches/acme/churn/b1/{item}", b"1")
    world.run(until=timedelta(hours=1))
    world.drop("batches/acme/churn/b1/one.csv", b"2")
    world.fail("settle_batch", RuntimeError("boom"))
    world.fire("acme.churn")
    world.run(until=timedelta(hours=2))
    world.events = False
    world.drop("batches/acme/churn/b1/_START", b"")
    world.run(until=timedelta(hours=1))
    world.events = True
    row = world.twins.registry.get(BatchRow, BatchRow.at("acme", "churn", "b1"))
    assert row is not None
    assert (row.state, row.done) == ("DONE", 2), row.reason
    for item in ("one.csv", "_START"):
        world.drop(f"batches/acme/churn/stopped/{item}", b"1")
    world.run(until=timedelta(minutes=2))
    world.fail("collect_batch", RuntimeError("boom"))
    world.fail("settle_tenant", RuntimeError("boom"))
    world.drop("tenants/acme.json", _nightly("churn", "risk"))
    world.drop("batches/acme/churn/waiting/one.csv", b"1")
    world.run(until=timedelta(minutes=20))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=3))
    assert world.tenant("acme").state == "OFFBOARDED", world.tenant("acme").reason
    return world


def _nightly(*models: str) -> dict[str, Any]:
    profile = tenant_profile(*models, offboard_after=1)
    profile["models"] = {name: one | {"batch": {"schedule": "rate(1 day)"}} for name, one in profile["models"].items()}
    return profile
