"""Lives of versions that jobs serve: released, replaced, failed and retired."""

from datetime import timedelta
from typing import Any

from tests.flows.archives import archive
from tests.flows.conftest import SAMPLE, drop_version
from tests.flows.world import World


def versions_that_jobs_serve() -> World:
    """A second one replaces the first, a third does not load, and what is left goes with its tenant."""
    world = World(scheduled=True)
    model: dict[str, Any] = {"serving": "batch-transform", "framework": "sklearn", "sample": SAMPLE, "grace": 1}
    world.drop("tenants/jobs.json", {"isolation": "silo", "offboard_after": 0, "models": {"churn": model}})
    world.run()
    for version, loads in (("1", True), ("2", True), ("3", False)):
        drop_version(world, version, tenant="jobs", body=archive(f"answer of {version}", loads=loads))
        world.run(until=timedelta(minutes=40))
    states = [row.state.value for row in world.versions("jobs", "churn")]
    assert states == ["RETIRED", "LIVE", "FAILED"], states
    world.delete("tenants/jobs.json")
    world.run(until=timedelta(hours=3))
    assert world.twins.hosting.control.models == {}
    return world
