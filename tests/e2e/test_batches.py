"""Files dropped under batches/, run over by the real model server: at once on _START, and when the schedule fires."""

import json

import boto3
import pytest

from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e

ROWS = b"0.1,0.2,0.3,0.4\n0.4,0.3,0.2,0.1\n"


def test_a_bridge_tenants_batches_run_at_once_and_by_its_schedule(world: World) -> None:
    name = world.mailed["batches"]
    world.wait(name, "churn", "1")
    files = {"one.csv": ROWS, "deep/two.csv": ROWS, "bad.csv": b"no,number\n", "_START": b""}
    for item, body in files.items():
        world.put(f"batches/{name}/churn/today/{item}", body)
    world.until("the run is over", lambda: world.told(about="batch", tenant=name) is not None)
    told = world.told(about="batch", tenant=name) or {}
    assert (told["state"], told["batch"], told["details"]["failed_files"]) == ("PARTIAL", "today", ["today/bad.csv"])
    assert sorted(results(world, name)) == ["today/deep/two.csv.out", "today/one.csv.out"]
    answer = json.loads(results(world, name)["today/one.csv.out"])
    assert (answer["trained_as"], len(answer["scores"])) == ("1", 2)
    world.put(f"batches/{name}/churn/tonight/three.csv", ROWS)
    world.until("it is taken in", lambda: taken_in(world, name, "tonight"))
    world.fire(f"{name}.churn")
    world.until("the night's run is over", lambda: "tonight/three.csv.out" in results(world, name))
    world.until("the tenant has mail", lambda: "batch today: PARTIAL" in mailed(world, name))
    assert f"batches/{name}/churn/today/_START" in mailed(world, name)
    world.until("nothing of the runs is left", lambda: not listed(world, "_jobs/"))


def taken_in(world: World, name: str, batch: str) -> bool:
    """Whether the batch waits for a run."""
    key = {"pk": {"S": f"TENANT#{name}"}, "sk": {"S": f"BATCH#churn#{batch}"}}
    return "Item" in boto3.client("dynamodb").get_item(TableName=world.env["REGISTRY_TABLE"], Key=key)


def listed(world: World, prefix: str) -> list[str]:
    """What lies under this prefix of the results bucket."""
    found = world.s3.list_objects_v2(Bucket=world.env["RESULTS_BUCKET"], Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def mailed(world: World, name: str) -> str:
    """All that the tenant had by mail, which tells several notices in one if they come together."""
    return "\n".join(text for _, text in world.mail_to(name))


def results(world: World, name: str) -> dict[str, bytes]:
    """What a tenant finds of today's batches, by batch and file."""
    bucket, prefix = world.env["RESULTS_BUCKET"], f"results/{name}/churn/batches/dt="
    read = {key: world.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in listed(world, prefix)}
    return {key.removeprefix(prefix).partition("/")[2]: body for key, body in read.items()}
