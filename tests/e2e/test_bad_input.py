"""What a person may drop by mistake or in bad faith: each ends with a sentence, and nothing half-made."""

import gzip
import json
from typing import Any

import pytest

from local.demo import training
from tests.e2e.conftest import World, stand_in

pytestmark = pytest.mark.e2e

SAMPLE = {"content_type": "text/csv", "body": "0.1,0.2,0.3,0.4"}


def model(**changes: Any) -> dict[str, Any]:
    return {"churn": {"serving": "multi-model", "fleet": "sklearn", "sample": SAMPLE} | changes}


def tenant_row(world: World, name: str) -> dict[str, Any]:
    return next((row for row in world.status()["tenants"] if row["tenant"] == name), {})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colour": "blue"}, "colour: there is no such setting"),
        ({"isolation": "silo", "models": model()}, "use isolation bridge"),
        (
            {"models": model(serving="asynchronous", fleet=None, framework="sklearn")},
            "an asynchronous endpoint cannot host several models",
        ),
        ({"models": model(fleet="nowhere")}, "nowhere"),
        ({"notify": ["not an address"]}, "notify"),
    ],
    ids=["unknown key", "multi-model silo", "asynchronous bridge", "unknown fleet", "bad e-mail"],
)
def test_a_profile_that_cannot_be_is_rejected_with_the_reason(
    world: World, changes: dict[str, Any], sentence: str
) -> None:
    name = world.tenant("wrong", **changes)
    world.wait("tenant", name, expect=1)
    row = tenant_row(world, name)
    assert row["state"] == "REJECTED"
    assert sentence in row["reason"]


def test_a_profile_that_is_not_json_is_rejected(world: World) -> None:
    world.put("tenants/notjson.json", b"isolation: bridge\n")
    world.wait("tenant", "notjson", expect=1)
    assert "not JSON" in tenant_row(world, "notjson")["reason"]


def test_a_fleet_on_an_instance_that_cannot_host_it_is_rejected(world: World) -> None:
    profile = json.loads(training.FLEET) | {"instance_type": "ml.p5.48xlarge"}
    world.put("fleets/gpu.json", json.dumps(profile).encode())
    world.wait("fleet", "gpu", expect=1)
    row = next(row for row in world.status()["fleets"] if row["fleet"] == "gpu")
    assert row["state"] == "REJECTED"
    assert "ml.p5.48xlarge" in row["reason"]


def test_a_fleet_that_serves_cannot_be_deleted(world: World) -> None:
    name = world.ready_tenant("keeps", fleet="light")
    world.put(f"models/{name}/churn/1/model.tar.gz", stand_in("1"))
    world.wait(name, "churn", "1")
    key = "fleets/light.json"
    profile = world.s3.get_object(Bucket=world.env["DROP_BUCKET"], Key=key)["Body"].read()
    world.s3.delete_object(Bucket=world.env["DROP_BUCKET"], Key=key)
    world.until("the refusal is told", lambda: world.told(about="fleet", fleet="light", state="REJECTED") is not None)
    row = next(row for row in world.status()["fleets"] if row["fleet"] == "light")
    assert row["state"] == "READY"
    answer = world.client(name).invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
    assert answer.version == "1"
    world.put(key, profile)
    world.wait("fleet", "light")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 not a tar", "gzip"),
        (gzip.compress(b"not a tar either" * 100), "tar"),
        (training.train("ridge", "1", 1)[:-200], "breaks off"),
        (training.hostile(), ".."),
        (training.pack({"model/model.joblib": b"x", "model/code/inference.py": b"x"}), "folder"),
        (training.pack({"model.joblib": b"x", "code/inference.py": b"x", "code/requirements.txt": b"x"}), "packages"),
    ],
    ids=["zero bytes", "a zip", "not a tar", "truncated", "traversal", "one folder too deep", "requirements.txt"],
)
def test_an_artifact_that_cannot_be_served_is_rejected_with_the_fix(
    world: World, refused: str, body: bytes, sentence: str, request: pytest.FixtureRequest
) -> None:
    version = request.node.callspec.id.replace(" ", "-")
    world.put(f"models/{refused}/churn/{version}/model.tar.gz", body)
    world.wait(refused, "churn", version, expect=1)
    row = world.version(refused, "churn", version)
    assert row["state"] == "REJECTED"
    assert sentence in row["reason"].lower()
    assert not world.status(refused)["routes"]


@pytest.fixture(scope="module")
def refused(world: World) -> str:
    """A READY tenant; what is said of its request is told within a minute, in which the other tests run."""
    name = world.ready_tenant("refused")
    world.put(f"requests/{name}/churn/r-1.csv", b"1,2,3,4")
    return name


def test_a_model_before_its_tenant_waits_and_then_goes_live(world: World) -> None:
    world.put("models/early/churn/1/model.tar.gz", stand_in("1"))
    world.wait("early", "churn", "1", expect=1)
    assert world.version("early", "churn", "1")["state"] == "REJECTED"
    world.put("tenants/early.json", json.dumps({"isolation": "bridge", "models": model(fleet="light")}).encode())
    world.put("models/early/churn/2/model.tar.gz", stand_in("2"))
    world.wait("early", "churn", "2")


def test_a_model_the_profile_does_not_name_is_rejected(world: World, refused: str, artifact: bytes) -> None:
    world.put(f"models/{refused}/unnamed/1/model.tar.gz", artifact)
    world.wait(refused, "unnamed", "1", expect=1)
    assert "unnamed" in world.version(refused, "unnamed", "1")["reason"]


def test_a_request_for_a_model_that_takes_none_is_rejected(world: World, refused: str) -> None:
    world.until("it is told", lambda: world.told(about="request", tenant=refused, state="REJECTED") is not None)
    notice = world.told(about="request", tenant=refused)
    assert notice
    assert "multi-model" in notice["reason"]


def test_an_upload_replaced_while_it_runs_ends_with_the_newest_live(world: World) -> None:
    # S3 tells times in whole seconds, and these three may share one: their numbers say which is newest.
    name = world.ready_tenant("hasty", fleet="light", order="number")
    for number in (1, 2, 3):
        world.put(f"models/{name}/churn/{number}/model.tar.gz", stand_in(f"version {number}"))
    world.wait(name, "churn", "3")
    world.until(
        "the others are at an end",
        lambda: {row["state"] for row in world.status(name)["versions"]} <= {"LIVE", "STANDBY", "SUPERSEDED"},
    )
    answer = world.client(name).invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
    assert (answer.version, answer.body) == ("3", b"version 3")
