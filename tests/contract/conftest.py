"""Both worlds: the in-memory twins, and the AWS adapters on moto and on the hosting emulation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.adapters.aws.s3 import S3Artifacts
from tenantry.adapters.aws.sns import SnsChannels
from tenantry.adapters.aws.stepfunctions import StepFunctionsMachines
from tenantry.adapters.memory.artifacts import MemoryArtifacts
from tenantry.adapters.memory.channels import MemoryChannels
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.adapters.memory.machines import MemoryMachines
from tenantry.adapters.memory.registry import MemoryRegistry
from tenantry.ports import Artifacts, Channels, Machines, Registry
from tests.contract.stage import Stage, emulated_stage, memory_stage
from tests.walker import Walker

ACCOUNT, REGION = "123456789012", "us-east-1"
TABLES = {"registry": "tenantry-registry", "routes": "tenantry-routes"}
MACHINES = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:tenantry-"


@pytest.fixture
def walker() -> Iterator[Walker]:
    walker = Walker()
    yield walker
    walker.verdict()


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One for all tests: reading the services' models takes longer than most tests do."""
    return boto3.Session("test", "test", region_name=REGION)


@pytest.fixture
def aws(session: boto3.Session, walker: Walker) -> Iterator[boto3.Session]:
    """The session on an empty moto, in this process; every request of the clients made from it is walked."""
    with mock_aws():
        walker.watch(session.events)
        yield session
        walker.leave(session.events)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(datetime.now(UTC))


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dynamodb(aws: boto3.Session) -> Any:
    """A client on two empty tables, keyed and indexed as in the template; the SDK retries nothing itself."""
    client = aws.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for table in TABLES.values():
        create_table(client, table)
    return client


@pytest.fixture
def registry(world: str, clock: MemoryClock, request: pytest.FixtureRequest) -> Registry:
    if world == "memory":
        return MemoryRegistry()
    return DynamoRegistry(request.getfixturevalue("dynamodb"), TABLES, clock)


@dataclass
class Store:
    """A store and what users do to its buckets."""

    port: Artifacts
    put: Callable[[str, str, bytes], str]
    discard: Callable[[str, str], str]
    erase: Callable[[str, str, str], None]


@pytest.fixture
def store(world: str, request: pytest.FixtureRequest) -> Store:
    if world == "memory":
        twin = MemoryArtifacts(request.getfixturevalue("clock"))
        return Store(
            twin,
            lambda bucket, key, body: twin.put(bucket, key, body).version_id,
            lambda bucket, key: twin.discard(bucket, key).version_id,
            twin.erase,
        )
    client = request.getfixturevalue("aws").client("s3")
    for bucket in ("drop", "serving"):
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return Store(
        S3Artifacts(client, ACCOUNT),
        lambda bucket, key, body: str(client.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]),
        lambda bucket, key: str(client.delete_object(Bucket=bucket, Key=key)["VersionId"]),
        lambda bucket, key, version: void(client.delete_object(Bucket=bucket, Key=key, VersionId=version)),
    )


@pytest.fixture
def channels(world: str, request: pytest.FixtureRequest) -> Channels:
    if world == "memory":
        return MemoryChannels()
    return SnsChannels(request.getfixturevalue("aws").client("sns"), "tenantry")


@pytest.fixture
def how() -> dict[str, bool]:
    """How the stage of hosting is set; a test may ask for another one."""
    return {}


@pytest.fixture
def stage(
    world: str, how: dict[str, bool], clock: MemoryClock, walker: Walker, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Stage]:
    """A host to play on; what the twin was asked is walked afterwards."""
    if world == "aws":
        with emulated_stage(request.getfixturevalue("aws"), tmp_path, **how) as stage:
            yield stage
        return
    stage = memory_stage(clock, slow=how.get("slow", False))
    yield stage
    assert isinstance(stage.port, MemoryHosting)
    walker.calls(stage.port.calls)


@pytest.fixture
def machines(world: str, request: pytest.FixtureRequest) -> Machines:
    if world == "memory":
        return MemoryMachines()
    client = request.getfixturevalue("aws").client("stepfunctions")
    for name in ("release-model", "retire-model"):
        client.create_state_machine(
            name=f"tenantry-{name}",
            definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )
    return StepFunctionsMachines(client, MACHINES)


def create_table(client: Any, name: str) -> None:
    """A table as the template makes it."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk", "work", "work_at")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "work-index",
                "KeySchema": [
                    {"AttributeName": "work", "KeyType": "HASH"},
                    {"AttributeName": "work_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def void(_: object) -> None:
    """Drop a result nobody needs."""
