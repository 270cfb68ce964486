"""One tenant's model for two others, one of them pinned, with real model servers: a swap, and the pin's end."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest

from local.demo import training
from local.demo.traffic import SAMPLE, Traffic, judge_swap
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e
LATE = timedelta(seconds=6)
"""The client's staleness (5 s) and one call."""


def joined(world: World, name: str, owner: str, shared: dict[str, Any]) -> None:
    profile = {"isolation": "pool", "owner": owner, "shared": {"churn": shared}}
    world.put(f"tenants/{name}.json", json.dumps(profile | {"notify": [f"{name}@tenants.example"]}).encode())
    world.wait("tenant", name)


@pytest.fixture(scope="module")
def pool(world: World, artifact: bytes) -> tuple[str, str, str]:
    """An owner whose version 1 is live, a tenant that follows it, and one that is pinned to it."""
    names = [f"{role}-{uuid.uuid4().hex[:6]}" for role in ("vendor", "follower", "pinned")]
    owner, follower, pinned = names
    sample = {"content_type": "text/csv", "body": SAMPLE.decode()}
    model = {"serving": "multi-model", "fleet": "sklearn", "sample": sample}
    world.put(f"tenants/{owner}.json", json.dumps({"isolation": "pool", "models": {"churn": model}}).encode())
    world.wait("tenant", owner)
    world.put(f"models/{owner}/churn/1/model.tar.gz", artifact)
    world.wait(owner, "churn", "1")
    joined(world, follower, owner, {})
    joined(world, pinned, owner, {"version": "1"})
    return owner, follower, pinned


def test_one_swap_switches_who_follows_and_leaves_who_is_pinned(world: World, pool: tuple[str, str, str]) -> None:
    owner, follower, pinned = pool
    with (
        Traffic(world.client(follower, pool=owner), "churn", rate=5) as following,
        Traffic(world.client(pinned, pool=owner), "churn", rate=5) as staying,
    ):
        world.until("both answer", lambda: following.seen("1") and staying.seen("1"))
        world.put(f"models/{owner}/churn/2/model.tar.gz", training.train("ridge", trained_as="2", seed=2))
        world.wait(owner, "churn", "2")
        world.until("version 2 answers who follows", lambda: following.moved_on("2"))
    seen = judge_swap(following.replies, "1", "2", world.swapped_at(owner, "churn"), LATE)
    assert (seen.failed, seen.new_too_early, seen.old_too_late) == ([], 0, 0)
    assert {(reply.trained_as, reply.error) for reply in staying.replies} == {("1", "")}
    shown = {name: world.status(name, "churn")["routes"][0] for name in pool}
    assert [(shown[name]["version"], shown[name]["owner"]) for name in pool] == [("2", ""), ("2", owner), ("1", owner)]
    assert shown[follower]["endpoint"] == shown[owner]["endpoint"]


def test_a_profile_without_the_pin_ends_it(world: World, pool: tuple[str, str, str]) -> None:
    owner, _, pinned = pool
    client = world.client(pinned, pool=owner)
    before = client.invoke("churn", SAMPLE, content_type="text/csv")
    joined(world, pinned, owner, {})
    live = world.status(owner, "churn")["routes"][0]["version"]
    world.until("it follows", lambda: client.invoke("churn", SAMPLE, content_type="text/csv").version == live)
    assert client.invoke("churn", SAMPLE, content_type="text/csv").generation > before.generation


def test_a_version_dropped_for_a_shared_model_is_rejected(
    world: World, pool: tuple[str, str, str], artifact: bytes
) -> None:
    owner, follower, _ = pool
    world.put(f"models/{follower}/churn/9/model.tar.gz", artifact)
    told = {"tenant": follower, "about": "release", "state": "REJECTED"}
    world.until("the operator is told", lambda: world.told(**told) is not None)
    notice = world.told(**told)
    assert notice is not None
    assert notice["reason"] == f"churn is shared by tenant {owner}: only {owner}'s own versions are released"
