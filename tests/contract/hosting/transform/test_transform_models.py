"""A transform job over a real Multi Model Server and a trained scikit-learn model."""

import json
from pathlib import Path

import boto3
import pytest

from local.hosting.container import ContainerFactory
from local.hosting.mms import MultiModelServer
from tenantry.adapters.aws.job_logs import said
from tests.contract.hosting.conftest import wait_until
from tests.contract.hosting.test_hosting_models import LOAD, processes_of, trained

from .conftest import INPUT, KEYS, Cloud, Harbour

SLOW = b"""
import time
def predict_fn(rows, model):
    time.sleep(60)
"""
ROWS = {"acme": "1,2\n3,4\n", "globex": "0,1\n", "initech": "not,numbers\n"}


@pytest.fixture
def container_factory() -> ContainerFactory:
    return MultiModelServer


def test_every_line_of_every_tenant_is_predicted_and_no_process_stays(
    cloud: Cloud, harbour: Harbour, tmp_path: Path
) -> None:
    cloud.model(files={"model.joblib": trained(2), "code/inference.py": LOAD})
    for tenant, rows in ROWS.items():
        cloud.put(f"batches/{tenant}/churn/b-1/rows.csv", rows)
    entries = [f"{tenant}/churn/b-1/rows.csv" for tenant in ROWS]
    cloud.put("m.json", json.dumps([{"prefix": f"s3://{INPUT}/batches/"}, *entries]))
    described = cloud.run(
        prefix="m.json",
        data_type="ManifestFile",
        source={"SplitType": "Line"},
        output={"AssembleWith": "Line"},
        BatchStrategy="SingleRecord",
        ModelClientConfig={"InvocationsMaxRetries": 1},
    )
    assert described["FailureReason"] == "AlgorithmError: See job logs for more information", "initech's rows are bad"
    predicted = {key: [float(line) for line in body.split()] for key, body in cloud.outputs().items()}
    assert predicted == {
        "out/acme/churn/b-1/rows.csv.out": pytest.approx([6, 14]),
        "out/globex/churn/b-1/rows.csv.out": pytest.approx([2]),
    }
    assert cloud.report()["counts"] == {"files": 3, "done": 2, "failed": 1, "requests": 5}
    assert "dtype='numeric' is not compatible" in "\n".join(cloud.report()["log"])
    assert "dtype='numeric' is not compatible" in said(boto3.client("logs", endpoint_url=harbour.url, **KEYS), "job")
    assert processes_of(tmp_path) == []


def test_stopping_ends_a_model_that_is_busy(cloud: Cloud, tmp_path: Path) -> None:
    cloud.model(files={"model.joblib": trained(2), "code/inference.py": LOAD + SLOW})
    cloud.put("in/rows.csv", "1,2\n")
    cloud.start()
    wait_until(lambda: cloud.report()["counts"].get("requests") == 1, seconds=180)
    cloud.sagemaker.stop_transform_job(TransformJobName="job")
    assert cloud.ended()["TransformJobStatus"] == "Stopped"
    assert (processes_of(tmp_path), cloud.outputs()) == ([], {})


def test_the_answer_has_the_accepted_type(cloud: Cloud) -> None:
    cloud.model(files={"model.joblib": trained(3), "code/inference.py": LOAD})
    cloud.put("in/rows.csv", "1,2\n3,4\n")
    assert cloud.run(output={"Accept": "application/json"})["TransformJobStatus"] == "Completed"
    assert json.loads(cloud.outputs()["out/rows.csv.out"]) == pytest.approx([9, 21])
