"""Worlds to start from. After every test: no role was asked for more than it has, and every call fits AWS's model."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.archives import archive
from tests.flows.world import World
from tests.walker import Walker

FLEET = {
    "serving": "multi-model",
    "framework": "sklearn",
    "instance_type": "ml.m5.large",
    "instances": {"min": 2, "max": 2},
}
SAMPLE = {"content_type": "text/csv", "body": "0.1,0.2"}


def tenant_profile(*models: str, **more: Any) -> dict[str, Any]:
    """A bridge tenant with these models on fleet sklearn; `sample`, `grace` and `canary` go to each of them."""
    each = {"serving": "multi-model", "fleet": "sklearn", "sample": SAMPLE} | {
        key: more.pop(key) for key in ("sample", "grace", "order", "canary") if key in more
    }
    return {"isolation": "bridge", "notify": ["ml@acme.example"], "models": dict.fromkeys(models, each)} | more


def silo(*models: str, **more: Any) -> dict[str, Any]:
    """A silo tenant with these models on asynchronous endpoints of their own."""
    each = {"serving": "asynchronous", "framework": "sklearn", "sample": SAMPLE, "grace": 0} | more
    return {"isolation": "silo", "notify": ["ml@acme.example"], "models": dict.fromkeys(models, each)}


def drop_version(world: World, version: str, tenant: str = "acme", body: bytes | None = None) -> None:
    """Drop a version whose model answers with its own name; a second later, so that S3 can tell which is newer."""
    world.twins.clock.sleep(1)
    world.drop(f"models/{tenant}/churn/{version}/model.tar.gz", body or archive(f"answer of {version}"))


@pytest.fixture
def worlds() -> Iterator[list[World]]:
    """The worlds a test made; judged at its end."""
    made: list[World] = []
    yield made
    walker = Walker()
    for world in made:
        assert world.permits.refused == set()
        walker.calls(world.twins.hosting.calls)
    walker.verdict()


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet."""
    worlds.append(World())
    return worlds[0]


@pytest.fixture
def ready(world: World) -> World:
    """A fleet and a tenant are READY."""
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    assert (world.fleet("sklearn").state, world.tenant("acme").state) == ("READY", "READY")
    return world


@pytest.fixture
def serving(ready: World) -> World:
    """Version 1 is live."""
    drop_version(ready, "1")
    ready.run()
    assert ready.version("acme", "churn", "1").state == "LIVE", ready.version("acme", "churn", "1").reason
    return ready


@pytest.fixture
def queued(worlds: list[World]) -> World:
    """Version 1 of acme's model is live behind a queue, and the schedules run."""
    world = World(scheduled=True)
    worlds.append(world)
    world.drop("tenants/acme.json", silo("churn", instances={"min": 0, "max": 2}))
    world.run(timedelta(minutes=5))
    drop_version(world, "1")
    world.run(timedelta(minutes=15))
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    world.twins.channels.notices.clear()
    return world
