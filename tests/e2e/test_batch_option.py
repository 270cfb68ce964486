"""A bridge tenant whose versions jobs serve: proven by a job that really runs the model, without any endpoint."""

import json

import boto3
import pytest

from local.demo import training
from local.demo.traffic import SAMPLE
from tenantry_client import InvalidRequest
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e
REFUSING = b"""
def model_fn(model_dir):
    return None


def predict_fn(rows, model):
    raise ValueError("no such column: age")
"""


def test_versions_that_jobs_serve_from_their_drop_to_an_end_that_leaves_nothing(world: World, artifact: bytes) -> None:
    sagemaker, sample = boto3.client("sagemaker"), {"content_type": "text/csv", "body": SAMPLE.decode()}
    model = {"serving": "batch-transform", "framework": "sklearn", "sample": sample, "grace": 0}
    name = world.ready_tenant("nightly", isolation="bridge", offboard_after=0, models={"churn": model})

    def models() -> list[str]:
        found = sagemaker.list_models(NameContains=f"-{name}-churn-", SortBy="CreationTime", SortOrder="Ascending")
        return [one["ModelName"] for one in found["Models"]]

    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")
    [made] = models()
    job = sagemaker.describe_transform_job(TransformJobName=made)
    answer = boto3.client("s3").get_object(
        Bucket=world.env["RESULTS_BUCKET"],
        Key=job["TransformOutput"]["S3OutputPath"].split("/", 3)[3] + "sample.out",
    )
    assert json.loads(answer["Body"].read())["trained_as"] == "1"
    assert (job["TransformJobStatus"], world.status(name)["routes"][0]["endpoint"]) == ("Completed", "")
    assert sagemaker.list_endpoints(NameContains=f"-{name}-")["Endpoints"] == []
    with pytest.raises(InvalidRequest, match=rf"drop files under batches/{name}/churn/"):
        world.client(name).invoke("churn", SAMPLE, content_type="text/csv")
    world.put(
        f"models/{name}/churn/2/model.tar.gz", training.pack({"model.joblib": b"x", "code/inference.py": REFUSING})
    )
    world.wait(name, "churn", "2", expect=1)
    why = world.version(name, "churn", "2")["reason"]
    assert "is Failed: " in why, why
    assert "version 1 keeps serving" in why, why
    world.put(f"models/{name}/churn/3/model.tar.gz", artifact)
    world.wait(name, "churn", "3")
    assert len(models()) == 2
    boto3.client("s3").delete_object(Bucket=world.env["DROP_BUCKET"], Key=f"tenants/{name}.json")
    world.until("the tenant is offboarded", lambda: world.status(name)["tenants"][0]["state"] == "OFFBOARDED")
    assert models() == []
