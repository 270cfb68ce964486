"""Real models in a real Multi Model Server: what SageMaker's scikit-learn container does with them."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import psutil
import pytest
from sklearn.linear_model import LinearRegression

from local.hosting.app import HostingApp
from local.hosting.settings import Settings

from .conftest import ACCOUNT, REGION, Front, World, error_of, packed

# One worker takes all of it, so that its servers are started once.
pytestmark = pytest.mark.xdist_group("hosting models")

LOAD = b"""
import os, joblib
def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""
BROKEN = b"""
def model_fn(model_dir):
    raise RuntimeError("the weights have the wrong shape")
"""
OWN_FUNCTIONS = (
    LOAD
    + b"""
def input_fn(body, content_type):
    return [[float(part) for part in body.split(";")]]
def predict_fn(rows, model):
    return model.predict(rows)[0] + 1000
def output_fn(prediction, accept):
    return f"about {prediction:.0f}", "text/plain"
"""
)


def trained(slope: float) -> bytes:
    """A regression that answers `slope` times the sum of two features."""
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    buffer = io.BytesIO()
    joblib.dump(LinearRegression().fit(rows, rows.sum(axis=1) * slope), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def mms(front: Front, clients: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An endpoint of two instances, each a Multi Model Server, and four artifacts."""
    app = HostingApp(
        tmp_path_factory.mktemp("mms"),
        front.url,
        REGION,
        ACCOUNT,
        lambda event: None,
        lambda namespace, data: None,
        settings=Settings.model_validate({"metrics_seconds": 3600, "spill_after": 2, "invocation_limit": 240}),
    )
    front.app = app
    world = World(front, clients, app)
    world.put("acme/double.tar.gz", packed({"model.joblib": trained(2), "code/inference.py": LOAD}))
    world.put("acme/triple.tar.gz", packed({"model.joblib": trained(3), "code/inference.py": LOAD}))
    world.put("acme/own.tar.gz", packed({"model.joblib": trained(2), "code/inference.py": OWN_FUNCTIONS}))
    world.put("acme/broken.tar.gz", packed({"code/inference.py": BROKEN}))
    world.host()
    yield world
    front.app = None
    app.close()


def test_a_trained_model_answers_csv_json_and_npy(mms: World) -> None:
    target = "acme/double.tar.gz"
    csv = mms.invoke(target, body=b"1,2\n3,4", Accept="text/csv")
    npy = mms.runtime.invoke_endpoint(
        EndpointName="fleet", TargetModel=target, Body=b"1,2", ContentType="text/csv", Accept="application/x-npy"
    )
    assert [float(line) for line in csv.split()] == pytest.approx([6, 14])
    assert json.loads(mms.invoke(target)) == pytest.approx([6])
    assert json.loads(mms.invoke(target, body=b"[[3, 4]]", ContentType="application/json")) == pytest.approx([14])
    assert np.load(io.BytesIO(npy["Body"].read())) == pytest.approx([6])
    assert npy["ContentType"] == "application/x-npy"
    assert npy["InvokedProductionVariant"] == "all"


def test_the_functions_of_inference_py_are_used(mms: World) -> None:
    assert mms.invoke("acme/own.tar.gz", body=b"1;2") == "about 1006"


def test_a_model_fn_that_raises_is_a_424_with_its_own_words(mms: World) -> None:
    error = error_of(lambda: mms.invoke("acme/broken.tar.gz"))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["Error"]["Code"] == "ModelError"
    assert error["OriginalStatusCode"] == 500
    assert error["OriginalMessage"].startswith("the weights have the wrong shape\nTraceback")
    assert error["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/fleet")


def test_a_content_type_the_codecs_do_not_know_is_an_error_that_names_it(mms: World) -> None:
    error = error_of(lambda: mms.invoke("acme/double.tar.gz", ContentType="image/png"))
    assert error["Error"]["Code"] == "ModelError"
    assert "Content type image/png is not supported" in error["OriginalMessage"]


def test_a_burst_loads_the_target_on_both_instances_each_measured_in_megabytes(mms: World) -> None:
    assert {round(json.loads(answer)[0]) for answer in mms.burst("acme/triple.tar.gz", 6)} == {9}
    assert all("acme/triple.tar.gz" in targets for targets in mms.loaded())
    sizes = [row["mb"] for instance in mms.instances() for row in instance["targets"]]
    assert all(30 < size < 400 for size in sizes), sizes


def test_closing_ends_every_process_and_a_restart_ends_what_was_left(
    front: Front, clients: dict[str, Any], tmp_path: Path
) -> None:
    def start() -> HostingApp:
        settings = Settings(invocation_limit=240)
        return HostingApp(tmp_path, front.url, REGION, ACCOUNT, lambda _: None, lambda *_: None, settings=settings)

    first = start()
    front.app = first
    world = World(front, clients, first)
    world.put("x.tar.gz", packed({"model.joblib": trained(2), "code/inference.py": LOAD}))
    world.host("lone", instances=1)
    world.invoke("x.tar.gz", "lone")
    assert len(processes_of(tmp_path)) == 3, "the server, and a worker with its fork"
    second = start()
    assert processes_of(tmp_path) == [], "what an earlier local cloud left behind is ended at the start"
    first.close()
    second.close()
    front.app = None


def processes_of(state_dir: Path) -> list[psutil.Process]:
    """The server started under this folder and its workers."""
    return [each for each in psutil.process_iter(["cmdline"]) if any(str(state_dir) in part for part in cmdline(each))]


def cmdline(process: psutil.Process) -> list[str]:
    return process.info["cmdline"] or []
