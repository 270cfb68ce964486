"""One server for all tests here; each test gets an emulation of its own behind it, over stand-in containers."""

import io
import json
import operator
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import WSGIRequestHandler, make_server

from local.contract import check_response
from local.hosting.app import HostingApp
from local.hosting.container import ContainerFactory
from local.hosting.settings import Settings
from local.hosting.stand_in import StandIn

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/host"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sklearn:1"
BUCKET = "serving"
CONTAINER = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/"}


class Quiet(WSGIRequestHandler):
    """Logs no requests."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        pass


class Front:
    """S3 and SNS for the emulation, and whatever emulation a test put behind it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.notices: list[tuple[str, dict[str, Any]]] = []
        self.app: HostingApp | None = None
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self.app and self.app.serves(environ):
            return self.app(environ, start_response)
        if environ["REQUEST_METHOD"] in ("PUT", "POST"):
            return self._take(environ, start_response)
        body = self.objects.get(environ["PATH_INFO"])
        if body is None:
            start_response("404 Not Found", [("Content-Type", "application/xml")])
            return [b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"]
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def _take(self, environ: Any, start_response: Any) -> Any:
        """An object that is written, or a message for a topic; those named `none` are not there."""
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
        if environ["PATH_INFO"].startswith("/none/") or b"%3Anone&" in body:
            start_response("404 Not Found", [("Content-Type", "application/xml")])
            return [b"<ErrorResponse><Error><Code>NotFound</Code><Message>None.</Message></Error></ErrorResponse>"]
        if environ["REQUEST_METHOD"] == "PUT":
            self.objects[environ["PATH_INFO"]] = body
        else:
            published = dict(parse_qsl(body.decode()))
            self.notices.append((published["TopicArn"], json.loads(published["Message"])))
        start_response("200 OK", [])
        return [b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"]


class World:
    """An emulation and what a test does with it."""

    def __init__(self, front: Front, clients: dict[str, Any], app: HostingApp) -> None:
        self.front = front
        self.app = app
        self.sagemaker = clients["sagemaker"]
        self.runtime = clients["sagemaker-runtime"]
        self.events: list[dict[str, Any]] = []
        self.metrics: list[tuple[str, dict[str, Any]]] = []

    @property
    def state(self) -> dict[str, Any]:
        return self.app.knobs.read()

    def upload(self, target: str, **model: Any) -> None:
        """An artifact for the stand-in."""
        self.put(target, packed({"model.json": json.dumps(model).encode()}))

    def put(self, target: str, body: bytes) -> None:
        self.front.objects[f"/{BUCKET}/{target}"] = body

    def host(self, name: str = "fleet", instances: int = 2, container: dict[str, Any] | None = None) -> str:
        """An endpoint in service."""
        self.declare(name, instances, container)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.await_status(name, "InService")
        return name

    def declare(self, name: str, instances: int = 2, container: dict[str, Any] | None = None) -> None:
        """A model and a config, both of this name."""
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container or CONTAINER)
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(name, instances)])

    def invoke(self, target: str, name: str = "fleet", body: bytes = b"1,2", **members: Any) -> str:
        """The answer of one invocation."""
        members = {"EndpointName": name, "TargetModel": target, "Body": body, "ContentType": "text/csv"} | members
        response = self.runtime.invoke_endpoint(**members)
        return str(response["Body"].read().decode())

    def burst(self, target: str, count: int) -> list[str]:
        """So many invocations at the same time."""
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _: self.invoke(target), range(count)))

    def status(self, name: str = "fleet") -> str:
        status: str = self.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
        return status

    def await_status(self, name: str, status: str) -> None:
        wait_until(lambda: self._shown_status(name) in (status, "Failed"))
        assert self.status(name) == status

    def await_gone(self, name: str) -> None:
        wait_until(lambda: name not in {row["endpoint"] for row in self.state["endpoints"]})

    def _shown_status(self, name: str) -> str:
        return next(str(row["status"]) for row in self.state["endpoints"] if row["endpoint"] == name)

    def instances(self, name: str = "fleet") -> list[dict[str, Any]]:
        """Reports of all instances of an endpoint."""
        (endpoint,) = [row for row in self.state["endpoints"] if row["endpoint"] == name]
        return [instance for each in endpoint["variants"] for instance in each["instances"]]

    def loaded(self, name: str = "fleet") -> list[set[str]]:
        """The targets in memory, by instance."""
        return [
            {row["target"] for row in instance["targets"] if row["state"] == "loaded"}
            for instance in self.instances(name)
        ]

    def in_flight(self, name: str = "fleet") -> list[int]:
        """Requests that have entered an instance of an endpoint, by instance."""
        return [sum(row["in_flight"] for row in instance["targets"]) for instance in self.instances(name)]

    def took(self, metric: str) -> float:
        """Seconds that all readings of a duration add up to, of those that were delivered."""
        data = [datum for _, datum in self.metrics if datum["MetricName"] == metric]
        return sum(sum(map(operator.mul, datum["Values"], datum["Counts"])) for datum in data) / 1e6

    def waits(self, target: str) -> int:
        """How many invocations had to wait for this target to be loaded."""
        return sum(row["target"] == target for row in self.state["counters"]["waits"])

    def statuses(self) -> list[str]:
        """What EventBridge was told, in order."""
        return [
            event["detail"]["EndpointStatus"]
            for event in self.events
            if event["detail-type"] == "SageMaker Endpoint State Change"
        ]


class Gated(StandIn):
    """Invocations stay inside until the gate is opened."""

    gate = threading.Event()

    def invoke(self, name: str) -> tuple[int, str]:
        assert self.gate.wait(60)
        return super().invoke(name)


def variant(model: str, instances: int = 2, **members: Any) -> dict[str, Any]:
    return {
        "VariantName": "all",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
        **members,
    }


def packed(files: dict[str, bytes]) -> bytes:
    """A gzipped tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.01)


def code_of(call: Callable[[], Any]) -> str:
    """The error code a call ends with."""
    return str(error_of(call)["Error"]["Code"])


def error_of(call: Callable[[], Any]) -> dict[str, Any]:
    """The parsed error response a call ends with."""
    with pytest.raises(ClientError) as caught:
        call()
    return dict(caught.value.response)


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.server.shutdown()


@pytest.fixture(scope="session")
def clients(front: Front) -> dict[str, Any]:
    """boto3 clients that send what they are given, and whose every exchange goes through the contract walker."""
    made = {}
    for service in ("sagemaker", "sagemaker-runtime"):
        client = boto3.client(
            service,
            endpoint_url=front.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                max_pool_connections=64,
                read_timeout=300,
            ),
        )
        client.meta.events.register(f"after-call.{service}", check_answer)
        made[service] = client
    return made


def check_answer(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Every answer that is no error fits AWS's own shape, as it was sent: botocore drops what it does not know."""
    if http_response.status_code >= 300:
        return
    sent = json.loads(http_response.content) if model.service_model.service_name == "sagemaker" else parsed
    assert check_response(model.service_model.service_name, model.name, sent) == []


@pytest.fixture(autouse=True)
def closed_gate() -> Iterator[None]:
    Gated.gate.clear()
    yield
    Gated.gate.set()


@pytest.fixture
def container() -> ContainerFactory:
    """What instances run; a test that needs another one parametrizes it."""
    return StandIn


@pytest.fixture
def world(front: Front, clients: dict[str, Any], container: ContainerFactory, tmp_path: Path) -> Iterator[World]:
    events: list[dict[str, Any]] = []
    metrics: list[tuple[str, dict[str, Any]]] = []
    app = HostingApp(
        tmp_path,
        front.url,
        REGION,
        ACCOUNT,
        events.append,
        lambda namespace, data: metrics.extend((namespace, datum) for datum in data),
        container=container,
        settings=Settings(metrics_seconds=3600),
    )
    front.app = app
    front.objects.clear()
    front.notices.clear()
    world = World(front, clients, app)
    world.events, world.metrics = events, metrics
    yield world
    front.app = None
    app.close()
