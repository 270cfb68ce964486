"""A bridge tenant is promoted to a silo, and comes back, while twenty requests a second go on."""

import json
from typing import Any

import pytest

from local.demo.traffic import SAMPLE, Traffic
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e


def profile(name: str, isolation: str, **model: Any) -> bytes:
    sample = {"content_type": "text/csv", "body": SAMPLE.decode()}
    models = {"churn": {"sample": sample} | model}
    who = {"isolation": isolation, "notify": [f"{name}@tenants.example"], "offboard_after": 0, "models": models}
    return json.dumps(who).encode()


def test_a_tenant_is_promoted_and_comes_back_without_a_failed_request(world: World, artifact: bytes) -> None:
    name = world.ready_tenant("moves", offboard_after=0)
    shared = next(one["endpoint"] for one in world.status(name)["fleets"])
    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")

    def stands_on() -> str:
        (route,) = world.status(name)["routes"]
        return str(route["endpoint"])

    with Traffic(world.client(name), "churn") as traffic:
        world.put(f"tenants/{name}.json", profile(name, "silo", serving="serverless", framework="sklearn"))
        world.until("version 1 serves from an endpoint of its own", lambda: stands_on() not in {"", shared})
        own = stands_on()
        moved = len(traffic.replies)
        world.until("it is called there", lambda: len(traffic.replies) > moved + 200)
        world.put(f"tenants/{name}.json", profile(name, "bridge", serving="multi-model", fleet="sklearn"))
        world.until("version 1 serves from the shared endpoint again", lambda: stands_on() == shared)
        moved = len(traffic.replies)
        world.until("it is called there again", lambda: len(traffic.replies) > moved + 200)
    assert [reply.error for reply in traffic.replies if reply.error] == []
    assert {reply.trained_as for reply in traffic.replies} == {"1"}
    assert name in own
    said = [row["reason"] for row in world.status(name)["versions"]]
    assert said[0] == "moved from serverless to multi-model on fleet sklearn: loaded and answered its sample there"
    assert said[1:] == ["moved to multi-model on fleet sklearn", "moved to serverless"]
