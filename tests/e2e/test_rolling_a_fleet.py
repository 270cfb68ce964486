"""A fleet gets another instance type while its models answer: a new endpoint, warmed, then one write."""

import json

import boto3
import pytest

from local.demo import training
from local.demo.traffic import Traffic
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e


def test_a_fleet_is_rolled_under_traffic_and_the_old_endpoint_goes(world: World, artifact: bytes) -> None:
    fleet = json.loads(training.FLEET) | {"instances": {"min": 1}, "grace": 0}
    world.put("fleets/rolls.json", json.dumps(fleet).encode())
    world.wait("fleet", "rolls")
    old = _fleet(world)["endpoint"]
    model = {"serving": "multi-model", "fleet": "rolls", "sample": {"body": "0.1,0.2,0.3,0.4"}}
    name = world.ready_tenant("rolled", models={"churn": model})
    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")
    with Traffic(world.client(name), "churn") as traffic:
        world.put("fleets/rolls.json", json.dumps(fleet | {"instance_type": "ml.m5.xlarge"}).encode())
        world.until("another endpoint stands behind the fleet", lambda: _fleet(world)["endpoint"] != old)
        world.until("the old endpoint is gone", lambda: old not in _endpoints())
    assert len(traffic.replies) > 20
    assert not [reply.error for reply in traffic.replies if reply.error]


def _fleet(world: World) -> dict[str, str]:
    return next(row for row in world.status()["fleets"] if row["fleet"] == "rolls")


def _endpoints() -> set[str]:
    return {one["EndpointName"] for one in boto3.client("sagemaker").list_endpoints()["Endpoints"]}
