"""The adapters ask AWS for exactly what the flows judge: every call of every port, made on moto and listened to.

The flows decide every call of a port against the role of the function that makes it (tests/flows/permits.py). That is
a proof only if a port's call really comes down to those actions, resources and condition keys: no fewer, and no more.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from tenantry.adapters.aws import copies
from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.adapters.aws.gate import DynamoGate
from tenantry.adapters.aws.s3 import S3Artifacts
from tenantry.adapters.aws.sagemaker import SageMakerHosting
from tenantry.adapters.aws.sns import SnsChannels
from tenantry.adapters.aws.stepfunctions import StepFunctionsMachines
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.domain.notices import Notice
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.tenants import Source, TenantRow, TenantState
from tenantry.ports import Check, Delete, Put
from tenantry.serving import multi_model
from tenantry.serving.placements import HostSettings
from tests.contract.conftest import ACCOUNT, MACHINES, REGION, create_table
from tests.contract.ear import CORE, Ear, called, listening
from tests.flows.conftest import FLEET
from tests.flows.permits import TABLES
from tests.flows.twins import DROP, SERVING

KEY = "models/acme/churn/7/model.tar.gz"
TARGET = "acme/churn/u-0123456789abcdef.tar.gz"
ENDPOINT = "tenantry-sklearn-0123456789abcdef"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tenantry-MultiModelHostRole"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


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
    ear(port, "stream", DROP, KEY, version)
    ear(port, "copy", source, SERVING, TARGET)
    ear(port, "copy", source, SERVING, TARGET)  # it lies there already
    client.meta.events.register("before-call.s3.UploadPartCopy", part_copied)
    ear(port, "copy", source.model_copy(update={"size": copies.MOST_WHOLE + 1}), SERVING, "acme/churn/big.tar.gz")
    ear(port, "delete", SERVING, TARGET)


def hosting(ear: Ear) -> None:
    client = tables(ear.session)
    gate = DynamoGate(client, TABLES["registry"].rpartition("/")[2], MemoryClock(), 1.0, patience=600)
    port = SageMakerHosting(
        ear.session.client("sagemaker"),
        ear.session.client("sagemaker-runtime"),
        ear.session.client("cloudwatch"),
        MemoryClock(),
        gate=gate,
        autoscaling=ear.session.client("application-autoscaling"),
    )
    profile = FleetProfile.model_validate(FLEET | {"instances": {"min": 2, "max": 4}})
    settings = HostSettings(stack="tenantry", fleet="sklearn", role_arn=ROLE, model_data_url=f"s3://{SERVING}/")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sklearn:1"
    for plan in (
        multi_model.create_host(ENDPOINT, profile, image, settings),
        multi_model.resize_host(ENDPOINT, profile, 5),
        multi_model.remove_host(ENDPOINT),
    ):
        for call in plan.calls:
            ear(port, "carry_out", call)
        ear(port, "endpoint", ENDPOINT)
        ear(port, "endpoints", "tenantry-", NOW)
        if plan.in_service:
            ear(port, "tags", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{ENDPOINT}")
    ear(port, "probe", ENDPOINT, TARGET, b"1", "text/csv")
    ear(port, "loaded_models", ENDPOINT)


def channels(ear: Ear) -> None:
    port = SnsChannels(ear.session.client("sns"), "tenantry")
    topic = ear(port, "open", "acme", ["a@acme.example", "b@acme.example"])
    ear(port, "open", "acme", ["a@acme.example"])
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


PORTS: dict[Callable[[Ear], None], tuple[str, ...]] = {
    registry: ("dynamodb",),
    artifacts: ("s3", "copies"),
    hosting: ("sagemaker", "probes", "gate"),
    channels: ("sns",),
    machines: ("stepfunctions",),
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


def part_copied(**_: Any) -> Any:
    """A part of five gigabytes was copied."""
    return SimpleNamespace(status_code=200, headers={}), {"CopyPartResult": {"ETag": '"part"'}}
