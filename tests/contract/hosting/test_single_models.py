"""One model to an endpoint in a real Multi Model Server: real-time, serverless and asynchronous."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local.hosting.app import HostingApp
from local.hosting.settings import Settings

from .conftest import ACCOUNT, BUCKET, IMAGE, REGION, ROLE, Front, World, error_of, packed, variant, wait_until
from .test_hosting_models import LOAD, trained

# One worker takes all of it, so that its servers are started once.
pytestmark = pytest.mark.xdist_group("single models")

SUCCESS = f"arn:aws:sns:{REGION}:{ACCOUNT}:success"
ERROR = f"arn:aws:sns:{REGION}:{ACCOUNT}:error"
COUNT = b"""
import time
def model_fn(model_dir):
    return None
def input_fn(body, content_type):
    return body
def predict_fn(body, model):
    time.sleep(600 if body == "slow" else 0)
    return len(body)
def output_fn(prediction, accept):
    return str(prediction), "text/plain"
"""
LARGE = {"MMS_MAX_REQUEST_SIZE": "60000000", "MMS_DEFAULT_RESPONSE_TIMEOUT_SECONDS": "20"}


@pytest.fixture(scope="module")
def mms(front: Front, clients: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An emulation over Multi Model Server, and two artifacts."""
    app = HostingApp(
        tmp_path_factory.mktemp("mms"),
        front.url,
        REGION,
        ACCOUNT,
        lambda event: None,
        lambda namespace, data: None,
        settings=Settings(metrics_seconds=3600, invocation_limit=240),
    )
    front.app = app
    front.notices.clear()
    world = World(front, clients, app)
    world.put("acme/double.tar.gz", packed({"model.joblib": trained(2), "code/inference.py": LOAD}))
    world.put("acme/count.tar.gz", packed({"code/inference.py": COUNT}))
    yield world
    front.app = None
    app.close()


def host(
    world: World, name: str, artifact: str, config: dict[str, Any], environment: dict[str, str] | None = None
) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/acme/{artifact}", "Environment": environment or {}}
    world.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    world.sagemaker.create_endpoint_config(EndpointConfigName=name, **config)
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_until(lambda: world.status(name) in ("InService", "Failed"), 180)
    assert world.status(name) == "InService", world.sagemaker.describe_endpoint(EndpointName=name)


def ask(world: World, name: str, body: bytes) -> Any:
    answer = world.runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="text/csv")
    return json.loads(answer["Body"].read())


def test_a_real_time_endpoint_has_its_model_loaded_and_answers_with_inference_py(mms: World) -> None:
    host(mms, "real-time", "double.tar.gz", {"ProductionVariants": [variant("real-time", 1)]})
    assert mms.loaded("real-time") == [{""}]
    assert ask(mms, "real-time", b"1,2\n3,4") == pytest.approx([6, 14])


def test_a_serverless_endpoint_starts_a_server_when_it_is_called_and_ends_it_when_it_is_not(mms: World) -> None:
    limits = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    host(
        mms,
        "serverless",
        "double.tar.gz",
        {"ProductionVariants": [{"VariantName": "all", "ModelName": "serverless", "ServerlessConfig": limits}]},
    )
    assert mms.instances("serverless") == []
    mms.app.knobs.write({"serverless": {"cold_start_seconds": 600}})
    answers: list[Any] = []
    cold = threading.Thread(target=lambda: answers.append(ask(mms, "serverless", b"1,2")))
    cold.start()
    wait_until(lambda: len(mms.instances("serverless")) == 1)
    assert error_of(lambda: ask(mms, "serverless", b"1,2"))["Error"]["Code"] == "ThrottlingException"
    mms.app.knobs.write({"serverless": {"cold_start_seconds": 0}})
    cold.join()
    assert answers == [pytest.approx([6])]
    (container,) = mms.instances("serverless")
    assert 30 < container["memory_used_mb"] < 400
    mms.app.knobs.write({"serverless": {"idle_seconds": 0.1}})
    wait_until(lambda: mms.instances("serverless") == [])


def test_an_asynchronous_endpoint_answers_from_s3_to_s3_and_tells_both_topics(mms: World) -> None:
    output = {
        "S3OutputPath": "s3://results/out",
        "S3FailurePath": "s3://results/bad",
        "NotificationConfig": {"SuccessTopic": SUCCESS, "ErrorTopic": ERROR},
    }
    host(
        mms,
        "asynchronous",
        "count.tar.gz",
        {"ProductionVariants": [variant("asynchronous", 1)], "AsyncInferenceConfig": {"OutputConfig": output}},
        LARGE,
    )
    mms.put("in.csv", b"1" * 50_000_000)
    called = mms.runtime.invoke_endpoint_async(
        EndpointName="asynchronous", InputLocation=f"s3://{BUCKET}/in.csv", ContentType="text/csv"
    )
    wait_until(lambda: len(mms.front.notices) == 1, 180)
    ((topic, message),) = mms.front.notices
    assert (topic, message["responseParameters"]["contentType"]) == (SUCCESS, "text/plain")
    assert mms.front.objects[called["OutputLocation"].removeprefix("s3:/")] == b"50000000"
    called = mms.runtime.invoke_endpoint_async(EndpointName="asynchronous", Body=b"slow", ContentType="text/csv")
    wait_until(lambda: len(mms.front.notices) == 2, 180)
    topic, message = mms.front.notices[1]
    assert (topic, message["failureLocation"]) == (ERROR, called["FailureLocation"])
    assert "Received server error" in message["failureReason"], "the server itself gives up before the model answers"
