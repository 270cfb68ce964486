"""A silo tenant's versions, each on an endpoint of its own, swapped under traffic: at once, or after a canary."""

import json
import uuid
from collections.abc import Iterator
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


CANARY = {"minutes": 1, "percent": 30, "least_calls": 20, "max_latency_ratio": 100}
"""On a busy machine the mean of some calls is easily twice that of others."""
MODELS = {
    "real-time": {"serving": "real-time"},
    "serverless": {"serving": "serverless"},
    "canary": {"serving": "real-time", "canary": CANARY},
}


def profile(name: str, **model: Any) -> bytes:
    """A silo tenant that offboards at once when its profile goes."""
    sample = {"content_type": "text/csv", "body": SAMPLE.decode()}
    models = {"churn": {"framework": "sklearn", "sample": sample, "grace": 0} | model}
    who = {"isolation": "silo", "notify": [f"{name}@tenants.example"], "offboard_after": 0, "models": models}
    return json.dumps(who).encode()


@pytest.fixture(scope="module")
def silos(world: World, artifact: bytes) -> dict[str, str]:
    """READY silo tenants whose model `churn` is live in version 1, by how it is served; all released at once."""
    names = {case: f"silo-{uuid.uuid4().hex[:6]}" for case in MODELS}
    for case, name in names.items():
        world.put(f"tenants/{name}.json", profile(name, **MODELS[case]))
    for name in names.values():
        world.wait("tenant", name)
        world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    for name in names.values():
        world.wait(name, "churn", "1")
    return names


@pytest.fixture(scope="module")
def trial(world: World, silos: dict[str, str]) -> Iterator[tuple[str, Traffic]]:
    """A tenant whose version 2 is on trial under traffic. That takes a minute, in which the other tests run."""
    name = silos["canary"]
    with Traffic(world.client(name), "churn", rate=10) as traffic:
        world.until("version 1 answers", lambda: traffic.seen("1"))
        world.put(f"models/{name}/churn/2/model.tar.gz", training.train("ridge", trained_as="2", seed=2))
        yield name, traffic


@pytest.fixture(params=["real-time", "serverless"])
def silo(request: pytest.FixtureRequest, silos: dict[str, str], trial: tuple[str, Traffic]) -> str:
    return silos[request.param]


def endpoints(name: str) -> set[str]:
    found = boto3.client("sagemaker").list_endpoints(NameContains=f"-{name}-churn-")["Endpoints"]
    return {one["EndpointName"] for one in found}


def test_a_swap_under_traffic_and_an_end_that_leaves_nothing(world: World, silo: str) -> None:
    [old] = endpoints(silo)
    with Traffic(world.client(silo), "churn") as traffic:
        world.until("version 1 answers", lambda: traffic.seen("1"))
        world.put(f"models/{silo}/churn/2/model.tar.gz", training.train("ridge", trained_as="2", seed=2))
        world.wait(silo, "churn", "2")
        world.until("version 2 answers", lambda: traffic.seen("2"))
    seen = judge_swap(traffic.replies, "1", "2", world.swapped_at(silo, "churn"), LATE)
    assert (seen.failed, seen.new_too_early, seen.old_too_late) == ([], 0, 0)
    assert len(endpoints(silo)) == 2
    boto3.client("s3").delete_object(Bucket=world.env["DROP_BUCKET"], Key=f"tenants/{silo}.json")
    world.until("the tenant is offboarded", lambda: world.status(silo)["tenants"][0]["state"] == "OFFBOARDED")
    assert (endpoints(silo), old in endpoints(silo)) == (set(), False)


def test_a_canary_takes_its_share_and_is_promoted_by_what_was_counted(world: World, trial: tuple[str, Traffic]) -> None:
    name, traffic = trial
    world.until("the new version has its share", lambda: traffic.seen("2"))
    world.wait(name, "churn", "2")
    replies, commit = tuple(traffic.replies), world.swapped_at(name, "churn")
    assert [reply.error for reply in replies if reply.error] == []
    assert {reply.trained_as for reply in replies if reply.answered < commit} == {"1", "2"}
    reason = world.version(name, "churn", "2")["reason"]
    assert "calls" in reason, reason
