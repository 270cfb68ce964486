"""The road of a version as its users see it, beyond what the demo plays."""

import json
import subprocess

import boto3
import pytest

from local.demo import training
from local.demo.stage import BIN
from tenantry_client import NoRoute, Tenantry, TenantSuspended
from tests.e2e.conftest import World, stand_in

pytestmark = pytest.mark.e2e
ROW = b"0.1,0.2,0.3,0.4"


@pytest.fixture(scope="module")
def tenant(world: World, artifact: bytes) -> str:
    """A READY tenant whose model `churn` is live in version 1."""
    name = world.ready_tenant("road")
    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")
    return name


def test_status_has_every_part_with_the_published_keys(world: World, tenant: str) -> None:
    status = json.loads(world.tenantry("status", tenant, "--json"))
    assert set(status) == {"tenants", "fleets", "routes", "versions", "batches"}
    assert set(status["tenants"][0]) == {"tenant", "state", "reason"}
    assert set(status["fleets"][0]) == {"fleet", "state", "endpoint", "instances", "reason"}
    keys = {"tenant", "model", "version", "endpoint", "target_model", "generation", "since", "canary", "owner"}
    assert set(status["routes"][0]) == keys
    assert set(status["versions"][0]) == {"tenant", "model", "version", "upload", "state", "reason", "since"}


def test_the_route_names_an_endpoint_that_is_in_service(world: World, tenant: str) -> None:
    (route,) = world.status(tenant)["routes"]
    endpoint = boto3.client("sagemaker").describe_endpoint(EndpointName=route["endpoint"])
    assert endpoint["EndpointStatus"] == "InService"
    assert boto3.client("s3").head_object(Bucket=world.env["SERVING_BUCKET"], Key=route["target_model"])


def test_invoke_writes_the_raw_answer_to_standard_output(world: World, tenant: str, tmp_path) -> None:
    row = tmp_path / "row.csv"
    row.write_bytes(ROW)
    answer = world.tenantry("invoke", tenant, "churn", str(row), "--content-type", "text/csv")
    assert json.loads(answer)["trained_as"] == "1"


def test_a_training_jobs_layout_and_its_companions_need_no_wiring(world: World, tenant: str) -> None:
    artifact = training.train("ridge", trained_as="job", seed=4)
    for companion in ("profiler-output/system/1.json", "output/output.tar.gz", "debug-output/collections.json"):
        world.put(f"models/{tenant}/churn/job-2026-11-22/{companion}", b"{}")
    world.put(f"models/{tenant}/churn/job-2026-11-22/output/model.tar.gz", artifact)
    world.wait(tenant, "churn", "job-2026-11-22")
    answer = world.client(tenant).invoke("churn", ROW, content_type="text/csv")
    assert answer.version == "job-2026-11-22"


def test_the_same_version_name_again_is_a_new_upload(world: World, tenant: str) -> None:
    before = {row["upload"] for row in world.status(tenant)["versions"]}
    world.put(f"models/{tenant}/churn/1/model.tar.gz", training.train("ridge", trained_as="again", seed=5))
    world.until("it is live", lambda: _live_upload(world, tenant) not in before)
    answer = world.client(tenant).invoke("churn", ROW, content_type="text/csv")
    assert json.loads(answer.body)["trained_as"] == "again"


def test_a_neighbour_with_its_own_credentials_reaches_nothing(world: World, tenant: str) -> None:
    neighbour = Tenantry(tenant=tenant[:-1], role_arn=world.env["TENANT_ACCESS_ROLE_ARN"])
    with pytest.raises(NoRoute):
        neighbour.invoke("churn", ROW, content_type="text/csv")


def test_a_deleted_tenant_is_suspended_at_once_and_back_when_restored(world: World) -> None:
    name = world.ready_tenant("leaver", fleet="light")
    world.put(f"models/{name}/churn/1/model.tar.gz", stand_in("1"))
    world.wait(name, "churn", "1")
    bucket, key = world.env["DROP_BUCKET"], f"tenants/{name}.json"
    profile = world.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    world.s3.delete_object(Bucket=bucket, Key=key)
    world.until("it is suspended", lambda: _tenant_state(world, name) == "SUSPENDED")
    with pytest.raises(TenantSuspended):
        world.client(name).invoke("churn", ROW, content_type="text/csv")
    world.put(key, profile)
    world.until("it is back", lambda: _tenant_state(world, name) == "READY")
    assert world.client(name).invoke("churn", ROW, content_type="text/csv").version == "1"


def test_an_offboarded_tenant_leaves_nothing(world: World) -> None:
    name = world.ready_tenant("gone", fleet="light", offboard_after=0)
    world.put(f"models/{name}/churn/1/model.tar.gz", stand_in("1"))
    world.wait(name, "churn", "1")
    world.tenantry("offboard", name, "--yes")
    world.until("it is offboarded", lambda: _tenant_state(world, name) == "OFFBOARDED")
    left = world.s3.list_object_versions(Bucket=world.env["SERVING_BUCKET"], Prefix=f"{name}/")
    assert not left.get("Versions")
    assert not world.status(name)["routes"]


@pytest.mark.parametrize(("words", "status"), [(["churn", "1"], 0), (["none", "1"], 2)], ids=["an end", "none in time"])
def test_wait_says_by_its_status_how_it_ended(world: World, tenant: str, words: list[str], status: int) -> None:
    command = [str(BIN / "tenantry"), "wait", tenant, *words, "--timeout", "1"]
    done = subprocess.run(command, env=world.env, capture_output=True, check=False)
    assert done.returncode == status


def test_stray_keys_go_into_one_digest(world: World) -> None:
    for key in ("readme.txt", "models/acme/churn/model.tar.gz", "models/../x/y/1/model.tar.gz"):
        world.put(key, b"x")
    world.until("they are counted", lambda: _strays(world) >= 3)


def _live_upload(world: World, tenant: str) -> str:
    rows = world.status(tenant)["versions"]
    return next((row["upload"] for row in rows if row["state"] == "LIVE"), "")


def _tenant_state(world: World, name: str) -> str:
    return next((row["state"] for row in world.status(name)["tenants"]), "")


def _strays(world: World) -> int:
    table = boto3.resource("dynamodb").Table(world.env["REGISTRY_TABLE"])
    keys = {":pk": "OPERATOR", ":sk": "STRAY#"}
    rows = table.query(KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)", ExpressionAttributeValues=keys)
    return sum(int(row["count"]) for row in rows["Items"])
