"""What SageMaker's own error answers become, each sent by a loopback server as the service sends it."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tenantry.adapters.aws.probes import MOST_AT_ONCE, READ_TIMEOUT, probing_config
from tenantry.adapters.aws.sagemaker import SageMakerHosting
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.ports import Address, Answer
from tests.contract.stage import loopback

ADDRESS = Address(endpoint="fleet", serving=Serving.MULTI_MODEL, target="acme/churn/a.tar.gz", instances=1)
ARN = "arn:aws:sagemaker:us-east-1:123456789012"


class Stub:
    """A service that gives one answer, and counts how often it was asked."""

    def __init__(self) -> None:
        self.status, self.code, self.members = 200, "", dict[str, Any]()
        self.asked: Counter[str] = Counter()
        self.together: threading.Barrier | None = None

    def says(self, status: int, code: str, message: str = "told so", **members: Any) -> None:
        self.status, self.code, self.members = status, code, {"Message": message, "message": message, **members}

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        self.asked[environ.get("HTTP_X_AMZ_TARGET", "InvokeEndpoint").removeprefix("SageMaker.")] += 1
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.together:
            self.together.wait(60)
        body = json.dumps({"__type": self.code, **self.members}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start(f"{self.status} Told", [*headers, *([("x-amzn-ErrorType", self.code)] if self.code else [])])
        return [body]


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def hosting(aws: boto3.Session, stub: Stub, clock: MemoryClock) -> Iterator[SageMakerHosting]:
    with loopback(stub) as url:
        once = Config(retries={"total_max_attempts": 1})
        control = aws.client("sagemaker", endpoint_url=url, config=once)
        runtime = aws.client("sagemaker-runtime", endpoint_url=url, config=probing_config())
        yield SageMakerHosting(control, runtime, aws.client("cloudwatch"), clock)


def probe(hosting: SageMakerHosting, count: int = 1) -> list[Answer]:
    return hosting.probe(ADDRESS, b"1", "text/csv", count=count)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (429, "ModelNotReadyException", "not_ready"),
        (400, "ValidationError", "invalid"),
        (400, "ThrottlingException", "throttled"),
        (500, "InternalFailure", "unavailable"),
        (503, "ServiceUnavailable", "unavailable"),
        (530, "InternalDependencyException", "unavailable"),
        (502, "SomethingNew", "unavailable"),
    ],
)
def test_what_the_endpoint_answers_becomes_an_outcome_asked_once(
    hosting: SageMakerHosting, stub: Stub, status: int, code: str, outcome: str
) -> None:
    stub.says(status, code)
    (answer,) = probe(hosting)
    assert (answer.outcome, answer.status, answer.message) == (outcome, status, "told so")
    assert stub.asked == {"InvokeEndpoint": 1}


@pytest.mark.parametrize("status", [400, 415, 500, 507])
def test_a_model_error_carries_the_containers_own_status_and_words(
    hosting: SageMakerHosting, stub: Stub, status: int
) -> None:
    stub.says(424, "ModelError", OriginalStatusCode=status, OriginalMessage="from the container")
    (answer,) = probe(hosting)
    assert (answer.outcome, answer.status, answer.message) == ("model_error", status, "from the container")
    assert stub.asked == {"InvokeEndpoint": 1}


def test_a_component_without_copies_may_have_one_later(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.says(400, "ValidationError", "Inference Component has no capacity to process this request.")
    (answer,) = probe(hosting)
    assert (answer.outcome, answer.status) == ("unavailable", 400)


def test_a_missing_permission_is_raised(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.says(403, "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        probe(hosting)


def test_nobody_there_is_unavailable(aws: boto3.Session, clock: MemoryClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        runtime = aws.client("sagemaker-runtime", endpoint_url=url, config=probing_config())
        (answer,) = probe(SageMakerHosting(aws.client("sagemaker"), runtime, aws.client("cloudwatch"), clock))
    assert (answer.outcome, answer.status, answer.body) == ("unavailable", 0, b"")
    assert "Could not connect" in answer.message


def test_a_burst_is_sent_all_at_once(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.together = threading.Barrier(16)  # nobody is answered before all have asked
    assert [one.outcome for one in probe(hosting, 16)] == ["ok"] * 16


def test_a_probe_outlasts_what_sagemaker_cuts_off_and_has_a_connection_of_its_own() -> None:
    config = probing_config()
    assert config.read_timeout == READ_TIMEOUT == 70
    assert config.max_pool_connections == MOST_AT_ONCE == 64


CREATE = Call(operation="CreateEndpoint", params={"EndpointName": "e", "EndpointConfigName": "c"})
DELETE = Call(operation="DeleteEndpoint", params={"EndpointName": "e"})
UPDATE = Call(
    operation="UpdateEndpointWeightsAndCapacities",
    params={
        "EndpointName": "e",
        "DesiredWeightsAndCapacities": [{"VariantName": "all", "DesiredInstanceCount": 2}],
    },
)
DROP_CONFIG = Call(operation="DeleteEndpointConfig", params={"EndpointConfigName": "c"})
PUT_COMPONENT = Call(
    operation="CreateInferenceComponent",
    params={
        "InferenceComponentName": "n",
        "EndpointName": "e",
        "VariantName": "all",
        "Specification": {
            "Container": {"Image": "i", "ArtifactUrl": "s3://b/k.tar.gz"},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 512},
        },
        "RuntimeConfig": {"CopyCount": 1},
    },
)
DROP_COMPONENT = Call(operation="DeleteInferenceComponent", params={"InferenceComponentName": "n"})
DROP_MODEL = Call(operation="DeleteModel", params={"ModelName": "m"})
STOP_JOB = Call(operation="StopTransformJob", params={"TransformJobName": "j"})
ENDED = "The request was rejected because the transform job is in status Completed."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (CREATE, f'Cannot create already existing endpoint "{ARN}:endpoint/e".'),
        (DELETE, f'Could not find endpoint "{ARN}:endpoint/e".'),
        (DROP_CONFIG, f'Could not find endpoint configuration "{ARN}:endpoint-config/c".'),
        (DROP_MODEL, f'Could not find model "{ARN}:model/m".'),
        (PUT_COMPONENT, f'Cannot create already existing inference component "{ARN}:inference-component/n".'),
        (DROP_COMPONENT, f'Could not find inference component "{ARN}:inference-component/n".'),
        (STOP_JOB, ENDED),
        (STOP_JOB, f'Could not find transform job "{ARN}:transform-job/j".'),
        (STOP_JOB, "Requested resource not found."),
    ],
    ids=lambda value: getattr(value, "operation", ""),
)
def test_what_is_as_it_should_be_is_a_success(hosting: SageMakerHosting, stub: Stub, call: Call, message: str) -> None:
    stub.says(400, "ValidationException", message)
    hosting.carry_out(call)
    assert stub.asked == {call.operation: 1}


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (CREATE, "ValidationException", f'Could not find endpoint configuration "{ARN}:endpoint-config/c".'),
        (CREATE, "ResourceLimitExceeded", "The account-level service limit 'ml.m5.large for endpoint usage' is 0"),
        (UPDATE, "ValidationException", f'Could not find endpoint "{ARN}:endpoint/e".'),
        (DELETE, "ValidationException", f'Cannot create already existing endpoint "{ARN}:endpoint/e".'),
        (CREATE, "ValidationException", "1 validation error detected"),
    ],
)
def test_what_cannot_be_is_refused_in_awss_words(
    hosting: SageMakerHosting, stub: Stub, call: Call, code: str, message: str
) -> None:
    stub.says(400, code, message)
    with pytest.raises(ReleaseFailed) as caught:
        hosting.carry_out(call)
    assert str(caught.value) == f"{call.operation}: {message}"


@pytest.mark.parametrize(
    ("call", "status", "code", "message"),
    [
        (CREATE, 400, "ThrottlingException", "Rate exceeded"),
        (CREATE, 500, "InternalFailure", ""),
        (UPDATE, 400, "ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/e".'),
        (DELETE, 400, "ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/e".'),
        (DELETE, 400, "ValidationException", "Cannot delete endpoint with inference component associated."),
        (DROP_COMPONENT, 400, "ValidationException", "Inference component n is in status CREATE_IN_PROGRESS."),
    ],
)
def test_what_may_succeed_later_is_unavailable(
    hosting: SageMakerHosting, stub: Stub, call: Call, status: int, code: str, message: str
) -> None:
    stub.says(status, code, message)
    with pytest.raises(Unavailable):
        hosting.carry_out(call)


def test_a_deletion_of_a_component_that_goes_on_is_a_success(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.says(400, "ValidationException", "Inference component n is in status DELETE_IN_PROGRESS.")
    hosting.carry_out(DROP_COMPONENT)
    with pytest.raises(Unavailable):
        hosting.carry_out(PUT_COMPONENT)


def test_a_component_that_is_not_there_is_none(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.says(400, "ValidationException", f'Could not find inference component "{ARN}:inference-component/n".')
    assert hosting.component("n") is None
    stub.says(400, "ValidationException", "1 validation error detected")
    with pytest.raises(ClientError, match="validation error"):
        hosting.component("n")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", f'Could not find transform job "{ARN}:transform-job/j".'),
        ("ValidationException", "Requested resource not found."),
        ("ResourceNotFound", "Requested resource not found."),
    ],
)
def test_a_job_that_is_not_there_is_none(hosting: SageMakerHosting, stub: Stub, code: str, message: str) -> None:
    stub.says(400, code, message)
    assert hosting.job("j") is None
    stub.says(400, "ValidationException", "1 validation error detected")
    with pytest.raises(ClientError, match="validation error"):
        hosting.job("j")


def test_a_missing_permission_of_the_control_plane_is_raised(hosting: SageMakerHosting, stub: Stub) -> None:
    stub.says(400, "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        hosting.carry_out(CREATE)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        hosting.endpoint("e")


def test_every_control_call_asks_the_gate_first(aws: boto3.Session, stub: Stub, clock: MemoryClock) -> None:
    class Closed:
        asked: list[str] = []

        def wait(self, operation: str) -> None:
            self.asked.append(operation)
            raise Unavailable(operation)

    with loopback(stub) as url:
        control = aws.client("sagemaker", endpoint_url=url)
        gate = Closed()
        hosting = SageMakerHosting(control, aws.client("sagemaker-runtime"), aws.client("cloudwatch"), clock, gate=gate)
        for call in (CREATE, DELETE, UPDATE):
            with pytest.raises(Unavailable):
                hosting.carry_out(call)
        with pytest.raises(Unavailable):
            hosting.endpoint("e")
    assert gate.asked == [CREATE.operation, DELETE.operation, UPDATE.operation, "DescribeEndpoint"]
    assert not stub.asked


def test_loaded_models_are_the_newest_sum(aws: boto3.Session, hosting: SageMakerHosting, clock: MemoryClock) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "fleet"}, {"Name": "VariantName", "Value": "all"}]
    cloudwatch = aws.client("cloudwatch")
    for age, values in ((150, [9.0]), (20, [3.0, 4.0]), (600, [50.0])):
        at = clock.now().timestamp() - age
        datum = {"MetricName": "LoadedModelCount", "Dimensions": dimensions, "Timestamp": at}
        data = [{**datum, "Value": value} for value in values]
        cloudwatch.put_metric_data(Namespace="/aws/sagemaker/Endpoints", MetricData=data)
    assert hosting.loaded_models("fleet") == 7
    assert hosting.loaded_models("other") is None
