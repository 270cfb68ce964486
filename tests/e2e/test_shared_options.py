"""A bridge tenant on a fleet of inference components, and a canary, with real model servers."""

import json
import uuid
from datetime import timedelta
from typing import Any

import boto3
import pytest

from local.demo import training
from local.demo.traffic import SAMPLE, Traffic, judge_swap
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e
LATE = timedelta(seconds=6)
"""The client's staleness (5 s) and one call."""


def released(world: World, artifact: bytes, **model: Any) -> str:
    """A READY bridge tenant whose model `churn` is live in version 1."""
    name = f"bridge-{uuid.uuid4().hex[:6]}"
    sample = {"content_type": "text/csv", "body": SAMPLE.decode()}
    profile = {
        "isolation": "bridge",
        "notify": [f"{name}@tenants.example"],
        "models": {"churn": {"sample": sample} | model},
    }
    world.put(f"tenants/{name}.json", json.dumps(profile).encode())
    world.wait("tenant", name)
    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")
    return name


def test_a_component_is_swapped_under_traffic(world: World, artifact: bytes) -> None:
    fleet = {"serving": "inference-component", "framework": "sklearn", "instances": {"min": 1, "max": 1}}
    world.put("fleets/components.json", json.dumps(fleet).encode())
    world.wait("fleet", "components")
    component = {"memory": 512, "cpus": 0.5}
    name = released(world, artifact, serving="inference-component", fleet="components", component=component)
    with Traffic(world.client(name), "churn") as traffic:
        world.until("version 1 answers", lambda: traffic.seen("1"))
        world.put(f"models/{name}/churn/2/model.tar.gz", training.train("ridge", trained_as="2", seed=2))
        world.wait(name, "churn", "2")
        world.until("version 2 answers", lambda: traffic.seen("2"))
    seen = judge_swap(traffic.replies, "1", "2", world.swapped_at(name, "churn"), LATE)
    assert (seen.failed, seen.new_too_early, seen.old_too_late) == ([], 0, 0)
    found = boto3.client("sagemaker").list_inference_components(NameContains=f"{name}-churn")["InferenceComponents"]
    assert len(found) == 2
