"""The adapters ask AWS for exactly what the flows judge: every call of every port, made on moto and listened to.

The flows decide every call of a port against the role of the function that makes it (tests/flows/permits.py). That is
a proof only if a port's call really comes down to those actions, resources and condition keys: no fewer, and no more.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from tenantry.adapters.aws import copies
from tenantry.adapters.aws.cloudwatch import CloudWatchMetrics
from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.adapters.aws.gate import DynamoGate
from tenantry.adapters.aws.s3 import S3Artifacts
from tenantry.adapters.aws.sagemaker import SageMakerHosting
from tenantry.adapters.aws.scheduler import SchedulerSchedules
from tenantry.adapters.aws.sns import SnsChannels
from tenantry.adapters.aws.stepfunctions import StepFunctionsMachines
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.domain.hosting import JOB_LOGS, Address, Asked
from tenantry.domain.models import ModelProfile, Sample
from tenantry.domain.notices import Notice
from tenantry.domain.options import Serving
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.series import of_clients
from tenantry.domain.tenants import Source, TenantRow, TenantState
from tenantry.ports import Check, Delete, Put
from tenantry.serving import Ground, batch_transform, endpoints, inference_component, multi_model, scaling
from tenantry.serving.packages import approve, register, remove, remove_groups
from tenantry.serving.placements import HostSettings, JobSettings
from tests.contract.conftest import ACCOUNT, MACHINES, REGION, create_table
from tests.contract.ear import CORE, Ear, called, listening
from tests.flows.conftest import FLEET
from tests.flows.permits import SAMPLE, SCHEDULE_ROLE, TABLES
from tests.flows.twins import DROP, SERVING
from tests.unit.domain.test_admission import upload

KEY = "models/acme/churn/7/model.tar.gz"
TARGET = "acme/churn/u-0123456789abcdef.tar.gz"
ENDPOINT = "tenantry-sklearn-0123456789abcdef"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tenantry-MultiModelHostRole"
DEAD = f"arn:aws:sqs:{REGION}:{ACCOUNT}:tenantry-EventDeadLetters"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOST = HostRow(
    host="fleet-sklearn",
    fleet="sklearn",
    serving=Serving.INFERENCE_COMPONENT,
    endpoint=ENDPOINT,
    region=REGION,
    instances=1,
    since=NOW,
)
VERSION = upload(1, serving_key=TARGET, sha256="0" * 64)
COMPONENTS: dict[str, dict[str, Any]] = {
    "CreateInferenceComponent": {},
    "DescribeInferenceComponent": {
        "InferenceComponentName": "c",
        "EndpointName": ENDPOINT,
        "InferenceComponentStatus": "InService",
    },
    "DeleteInferenceComponent": {},
    "CreateTransformJob": {},
    "DescribeTransformJob": {"TransformJobName": "j", "TransformJobStatus": "Failed"},
    "StopTransformJob": {},
}
PACKAGE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/tenantry-acme-churn/1"
PACKAGES: dict[str, dict[str, Any]] = {
    "CreateModelPackageGroup": {},
    "CreateModelPackage": {},
    "UpdateModelPackage": {},
    "DeleteModelPackage": {},
    "DeleteModelPackageGroup": {},
    "DescribeModelPackageGroup": {},
    "DescribeModelPackage": {"ModelPackageArn": PACKAGE, "ModelPackageStatus": "Completed"},
    "ListModelPackages": {"ModelPackageSummaryList": []},
}
ASKED = Asked(
    inference="a" * 64,
    input=f"s3://{DROP}/requests/acme/churn/r1",
    content_type="text/csv",
    accept="text/csv",
    folder="r1",
    file="u.out",
    ttl=600,
    timeout=60,
)


def registry(ear: Ear) -> None:
    client = tables(ear.session)
    names = {name: arn.rpartition("/")[2] for name, arn in TABLES.items()}
    port, (one, other) = DynamoRegistry(client, names, MemoryClock()), (tenant("acme"), tenant("globex"))
    ear(port, "commit", Put(row=one))
    ear(port, "commit", Put(row=one))  # a conflict: read back whose work lies there
    ear(port, "get", TenantRow, one.key)
    ear(port, "rows", TenantRow, "TENANTS", "acme")
    ear(port, "due", TenantRow, "offboard", NOW)
    ear(port, "commit", Put(row=other), Check(row=one.but(revision=1)))
    ear(port, "commit", Delete(row=one.but(revision=1)))
    client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", no_answer)
    ear(port, "commit", Check(row=other.but(revision=1)), Delete(row=one))


def artifacts(ear: Ear) -> None:
    client = ear.session.client("s3")
    for bucket in (DROP, SERVING):
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket=DROP, Key=KEY, Body=b"12345")["VersionId"]
    port = S3Artifacts(client, ACCOUNT)
    source = ear(port, "version", DROP, KEY, version)
    ear(port, "latest", DROP, KEY)
    ear(port, "listing", DROP, "models/")
    ear(port, "read", DROP, KEY, version, 10)
    ear(port, "content_type", DROP, KEY, version)
    ear(port, "replicated", DROP, KEY, version)
    ear(port, "stream", DROP, KEY, version)
    ear(port, "write", DROP, "_samples/acme/churn/u/sample", b"1", "text/csv")
    ear(port, "copy", source, SERVING, TARGET)
    ear(port, "copy", source, SERVING, TARGET)  # it lies there already
    client.meta.events.register("before-call.s3.UploadPartCopy", part_copied)
    ear(port, "copy", source.model_copy(update={"size": copies.MOST_WHOLE + 1}), SERVING, "acme/churn/big.tar.gz")
    ear(port, "delete", SERVING, TARGET)


def hosting(ear: Ear) -> None:
    client = tables(ear.session)
    gate = DynamoGate(client, TABLES["registry"].rpartition("/")[2], MemoryClock(), 1.0, patience=600)
    runtime, storage = ear.session.client("sagemaker-runtime"), ear.session.client("s3")
    runtime.meta.events.register("before-call.sagemaker-runtime.InvokeEndpointAsync", taken)
    storage.create_bucket(Bucket=SAMPLE["Bucket"])
    storage.put_object(**SAMPLE, Body=b"0.5")
    control, logs = ear.session.client("sagemaker"), ear.session.client("logs")
    for operation, answer in (COMPONENTS | PACKAGES).items():
        control.meta.events.register(f"before-call.sagemaker.{operation}", partial(answered, answer))
    port = SageMakerHosting(
        control,
        runtime,
        ear.session.client("cloudwatch"),
        MemoryClock(),
        gate=gate,
        autoscaling=ear.session.client("application-autoscaling"),
        storage=storage,
        logs=logs,
    )
    profile = FleetProfile.model_validate(FLEET | {"instances": {"min": 2, "max": 4}})
    settings = HostSettings(stack="tenantry", role_arn=ROLE, models=f"s3://{SERVING}/")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sklearn:1"
    for plan in (
        multi_model.create_host(ENDPOINT, "sklearn", profile, image, settings),
        endpoints.resize_endpoint(ENDPOINT, profile.instances, 5),
        endpoints.remove_endpoint(ENDPOINT),
    ):
        for call in (*plan.calls, *plan.then):
            ear(port, "carry_out", call)
        ear(port, "endpoint", ENDPOINT)
        ear(port, "endpoints", "tenantry-", NOW)
        if plan.in_service:
            ear(port, "tags", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{ENDPOINT}")
    for serving in (Serving.MULTI_MODEL, Serving.ASYNCHRONOUS):
        address = Address(endpoint=ENDPOINT, serving=serving, target=TARGET, instances=1)
        ear(port, "probe", address, b"1", "text/csv")
    component = inference_component.place(VERSION, ground(settings, image))
    for call in (*component.plan.calls, *inference_component.retire(HOST, component.target).calls):
        ear(port, "carry_out", call)
    ear(port, "component", component.target)
    ear(port, "probe", HOST.address(component.target), b"1", "text/csv")
    jobs = settings.model_copy(update={"jobs": JobSettings(role_arn=ROLE, results_bucket="results")})
    batch = batch_transform.place(VERSION, ground(jobs, image))
    for call in (*batch.plan.calls, *batch_transform.retire(HOST, batch.target).calls):
        ear(port, "carry_out", call)
    stream = {"logGroupName": JOB_LOGS, "logStreamName": f"{batch.target}/i-1/data-log"}
    logs.create_log_group(logGroupName=JOB_LOGS)
    logs.create_log_stream(**stream)
    ear(port, "job", batch.target)
    package = register(VERSION, "tenantry", image, f"s3://{SERVING}/{TARGET}", Sample(body="1"), approval="Approved")
    for call in (*package.calls, *approve(PACKAGE, "yes").calls, remove(PACKAGE), *remove_groups(["g"]).calls):
        ear(port, "carry_out", call)
    ear(port, "package", PACKAGE)
    ear(port, "packages", "tenantry-acme-churn", NOW)
    ear(port, "package_group", "tenantry-acme-churn")
    ear(port, "loaded_models", ENDPOINT)
    for call in (*scaling.by_backlog(ENDPOINT, 0, 2, 5.0), scaling.no_alarm(ENDPOINT)):
        ear(port, "carry_out", call)
    ear(port, "enqueue", ENDPOINT, ASKED)
    ear(port, "backlog", ENDPOINT)


def channels(ear: Ear) -> None:
    port = SnsChannels(ear.session.client("sns"), "tenantry")
    topic = ear(port, "open", "acme", ["a@acme.example", "b@acme.example"])
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:answers"
    ear(port, "open", "acme", ["a@acme.example"], {queue: ["churn"]})
    ear(port, "open", "acme", ["a@acme.example"], {queue: ["churn", "risk"]})
    ear(port, "open", "acme", ["a@acme.example"], {}, [queue])
    ear(port, "send", topic, Notice(id="n", about="release", state="LIVE", tenant="acme", at=NOW, reason="it answered"))
    ear(port, "mail", topic, "a subject", "a text")
    ear(port, "close", topic)


def machines(ear: Ear) -> None:
    client = ear.session.client("stepfunctions")
    definition = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
    role = f"arn:aws:iam::{ACCOUNT}:role/machine"
    client.create_state_machine(name="tenantry-release-model", definition=definition, roleArn=role)
    port = StepFunctionsMachines(client, MACHINES)
    ear(port, "start", "release-model", "u-1", {})
    ear(port, "status", "release-model", "u-1")


def schedules(ear: Ear) -> None:
    client = ear.session.client("scheduler")
    client.create_schedule_group(Name="tenantry")
    port = SchedulerSchedules(
        client, group="tenantry", machine_arn=f"{MACHINES}run-batch", role_arn=SCHEDULE_ROLE, dead_letters=DEAD
    )
    ear(port, "put", "acme.churn", "rate(1 day)", {"tenant": "acme"})
    ear(port, "put", "acme.churn", "rate(2 days)", {"tenant": "acme"})
    ear(port, "names", "acme.")
    ear(port, "remove", "acme.churn")


def metrics(ear: Ear) -> None:
    port = CloudWatchMetrics(ear.session.client("cloudwatch"))
    ear(port, "sums", of_clients("tenantry", "acme", "churn", "7"), NOW, NOW)
    ear(port, "alarms", ["errors", "latency"])


PORTS: dict[Callable[[Ear], None], tuple[str, ...]] = {
    registry: ("dynamodb",),
    artifacts: ("s3", "copies"),
    hosting: ("sagemaker", "probes", "gate", "queues", "readings", "policies", "job_logs", "packages"),
    channels: ("sns", "deliveries"),
    machines: ("stepfunctions",),
    metrics: ("cloudwatch",),
    schedules: ("scheduler",),
}
"""Each port, and the modules of its adapter."""


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_a_port_asks_for_what_is_judged_and_for_nothing_else(aws: boto3.Session, port: Callable[[Ear], None]) -> None:
    with listening(aws, port.__name__) as ear:
        port(ear)
    assert ear.unsaid == []
    assert ear.made == ear.said
    assert called(PORTS[port]) - ear.operations == set(), "no call of the adapter goes unheard"


def test_every_module_that_calls_aws_belongs_to_a_port() -> None:
    calling = {path.stem for path in (CORE / "adapters/aws").glob("*.py") if called([path.stem])}
    assert calling == {module for modules in PORTS.values() for module in modules}


def tables(session: boto3.Session) -> Any:
    """A client on both tables."""
    client = session.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for arn in TABLES.values():
        create_table(client, arn.rpartition("/")[2])
    return client


def tenant(name: str) -> TenantRow:
    """A row, not stored yet."""
    return TenantRow(
        tenant=name,
        state=TenantState.READY,
        reason="",
        since=NOW,
        source=Source(bucket=DROP, key=KEY, version_id="v", order="1"),
    )


def no_answer(**_: Any) -> None:
    """Nobody knows whether the call was carried out."""
    raise ConnectTimeoutError(endpoint_url="dynamodb")


def taken(**_: Any) -> Any:
    """A request is in the queue, and answered already."""
    answer = {"InferenceId": "a" * 64, "OutputLocation": f"s3://{SAMPLE['Bucket']}/{SAMPLE['Key']}"}
    return SimpleNamespace(status_code=202, headers={}), answer


def ground(settings: HostSettings, image: str) -> Ground:
    """Where a component can be placed."""
    profile = {"serving": "inference-component", "fleet": "sklearn", "sample": {"body": "1"}}
    return Ground(model=ModelProfile.model_validate(profile), settings=settings, fleet=HOST, image=image)


def answered(answer: dict[str, Any], **_: Any) -> Any:
    """What moto cannot say of inference components, nor of model packages."""
    return SimpleNamespace(status_code=200, headers={}), answer


def part_copied(**_: Any) -> Any:
    """A part of five gigabytes was copied."""
    return SimpleNamespace(status_code=200, headers={}), {"CopyPartResult": {"ETag": '"part"'}}
