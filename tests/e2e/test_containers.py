"""Versions of two tenants, each a container of one endpoint, with real model servers."""

import json

import boto3
import pytest

from local.demo import training
from local.demo.traffic import Traffic, judge_swap
from tests.e2e.conftest import World
from tests.e2e.test_shared_options import LATE, released

pytestmark = pytest.mark.e2e


def test_a_container_is_swapped_under_traffic_and_a_neighbours_comes_with_it(world: World, artifact: bytes) -> None:
    fleet = {"serving": "multi-container", "framework": "sklearn", "instances": {"min": 1, "max": 1}}
    world.put("fleets/together.json", json.dumps(fleet).encode())
    world.wait("fleet", "together")
    assert endpoint(world) == "", "there is none without a version"
    model = {"serving": "multi-container", "fleet": "together"}
    name = released(world, artifact, **model)
    assert len(containers(world)) == 2, "one version stands there twice"
    with Traffic(world.client(name), "churn") as traffic:
        world.until("version 1 answers", lambda: traffic.seen("1"))
        world.put(f"models/{name}/churn/2/model.tar.gz", training.train("ridge", trained_as="2", seed=2))
        neighbour = released(world, artifact, **model)
        world.wait(name, "churn", "2")
        world.until("version 2 answers", lambda: traffic.seen("2"))
    seen = judge_swap(traffic.replies, "1", "2", world.swapped_at(name, "churn"), LATE)
    assert (seen.failed, seen.new_too_early, seen.old_too_late) == ([], 0, 0)
    assert {hostname[:-27] for hostname in containers(world)} == {name, neighbour}
    assert len(containers(world)) == 3


def endpoint(world: World) -> str:
    found = next(row for row in world.status()["fleets"] if row["fleet"] == "together")
    return str(found["endpoint"])


def containers(world: World) -> list[str]:
    """Hostnames of the endpoint that serves; its model has its name."""
    model = boto3.client("sagemaker").describe_model(ModelName=endpoint(world))
    return [one["ContainerHostname"] for one in model["Containers"]]
