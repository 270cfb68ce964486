"""An emulation of SageMaker beside moto's S3, behind one port as in the local cloud, with a model and two buckets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from local.front import Front
from local.hosting.app import HostingApp
from local.hosting.container import ContainerFactory
from local.hosting.settings import Settings
from local.hosting.stand_in import StandIn
from local.serial import Serial
from tests.contract.hosting.conftest import ACCOUNT, IMAGE, REGION, ROLE, check_answer, packed, wait_until
from tests.contract.stage import loopback

INPUT, OUTPUT, SERVING = "drop", "results", "serving"
ENDED = {"Completed", "Failed", "Stopped"}
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


class Harbour:
    """The port that all tests share, and clients of it whose every answer of SageMaker is walked."""

    def __init__(self) -> None:
        self.app: HostingApp | None = None

    def open(self, url: str) -> None:
        self.url = url
        self.s3 = boto3.client("s3", endpoint_url=url, **KEYS)
        once = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        self.sagemaker = boto3.client("sagemaker", endpoint_url=url, config=once, **KEYS)
        self.sagemaker.meta.events.register("after-call.sagemaker", check_answer)

    def __call__(self, environ: Any, start: Any) -> Any:
        """A request for SageMaker."""
        assert self.app, "no test runs"
        return self.app(environ, start)


class Cloud:
    """SageMaker and S3, and what a test does with them."""

    def __init__(self, harbour: Harbour, app: HostingApp, events: list[dict[str, Any]]) -> None:
        self.app, self.events = app, events
        self.s3, self.sagemaker = harbour.s3, harbour.sagemaker
        for bucket in (INPUT, OUTPUT, SERVING):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def model(self, name: str = "churn", *, files: dict[str, bytes] | None = None, **model: Any) -> None:
        """A model of one container; `model` is what the stand-in does, `files` the artifact of a real one."""
        artifact = packed(files or {"model.json": json.dumps({"by_line": True, "answer": "saw ", **model}).encode()})
        self.s3.put_object(Bucket=SERVING, Key=f"{name}.tar.gz", Body=artifact)
        self.declare(name, PrimaryContainer=container(name))

    def declare(self, name: str, **members: Any) -> None:
        """CreateModel."""
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **members)

    def put(self, key: str, body: bytes | str) -> None:
        """An input object."""
        self.s3.put_object(Bucket=INPUT, Key=key, Body=body)

    def start(self, name: str = "job", prefix: str = "in/", **members: Any) -> str:
        """CreateTransformJob; its name."""
        self.sagemaker.create_transform_job(**request(name, prefix, **members))
        return name

    def run(self, name: str = "job", prefix: str = "in/", **members: Any) -> dict[str, Any]:
        """A job from its creation to its end; its description."""
        return self.ended(self.start(name, prefix, **members))

    def ended(self, name: str = "job") -> dict[str, Any]:
        """The description of a job when it has ended."""
        wait_until(lambda: self.status(name) in ENDED, seconds=180)
        described: dict[str, Any] = self.sagemaker.describe_transform_job(TransformJobName=name)
        return described

    def status(self, name: str = "job") -> str:
        return str(self.report(name)["status"])

    def report(self, name: str = "job") -> dict[str, Any]:
        """What the knobs show of a job."""
        (row,) = [row for row in self.app.knobs.read()["transform_jobs"] if row["job"] == name]
        return dict(row)

    def outputs(self) -> dict[str, str]:
        """Every object in the output bucket."""
        rows = self.s3.list_objects_v2(Bucket=OUTPUT).get("Contents", [])
        return {row["Key"]: self.s3.get_object(Bucket=OUTPUT, Key=row["Key"])["Body"].read().decode() for row in rows}

    def told(self) -> list[str]:
        """States of transform jobs that EventBridge heard of, in order."""
        return [event["detail"]["TransformJobStatus"] for event in self.events]


def container(name: str = "churn", **members: Any) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": f"s3://{SERVING}/{name}.tar.gz", **members}


def request(name: str = "job", prefix: str = "in/", **members: Any) -> dict[str, Any]:
    """CreateTransformJob's members; `source`, `output`, `data_type` and `instances` go where they belong."""
    data = {"S3DataType": members.pop("data_type", "S3Prefix"), "S3Uri": f"s3://{INPUT}/{prefix}"}
    source = {"DataSource": {"S3DataSource": data}, "ContentType": "text/csv", **members.pop("source", {})}
    output = {"S3OutputPath": f"s3://{OUTPUT}/out/", "Accept": "text/csv", **members.pop("output", {})}
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": members.pop("instances", 1)}
    return {
        "TransformJobName": name,
        "ModelName": "churn",
        "TransformInput": source,
        "TransformOutput": output,
        "TransformResources": resources,
        **members,
    }


@pytest.fixture
def container_factory() -> ContainerFactory:
    """What instances run; a test that needs another one parametrizes it."""
    return StandIn


@pytest.fixture(scope="session")
def harbour() -> Iterator[Harbour]:
    harbour = Harbour()
    with loopback(Front(Serial(), nobody, nobody, harbour)) as url:
        harbour.open(url)
        yield harbour


@pytest.fixture
def cloud(harbour: Harbour, container_factory: ContainerFactory, tmp_path: Path) -> Iterator[Cloud]:
    urllib3.request("POST", f"{harbour.url}/moto-api/reset")
    events: list[dict[str, Any]] = []
    app = HostingApp(
        tmp_path,
        harbour.url,
        REGION,
        ACCOUNT,
        events.append,
        lambda *_: None,
        container=container_factory,
        settings=Settings(metrics_seconds=3600),
    )
    harbour.app = app
    yield Cloud(harbour, app, events)
    harbour.app = None
    app.close()


def nobody(environ: Any, start: Any) -> list[bytes]:
    """There are no knobs and no functions here."""
    start("404 Not Found", [])
    return []
