"""The client finds the same stack in another region by its name, and goes there as that region's role of the tenant."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, Route
from tenantry.ports import Put
from tenantry_client import Tenantry, Unavailable

HOME, FAR = "us-east-1", "eu-west-1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOST = HostRow(
    host="own", fleet="", serving=Serving.REAL_TIME, endpoint="there", region=FAR, instances=1, since=NOW
)  # fmt: skip
ROUTE = Route(
    tenant="acme", model="churn", host="own", target="", version="7", upload="u", order="1", floor="1", since=NOW
)
KEYS = [("pk", "HASH"), ("sk", "RANGE")]
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
}
STACK = {
    "Resources": {
        "Routes": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE},
        "Drop": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "far-drop", "VersioningConfiguration": {"Status": "Enabled"}},
        },
    },
    "Outputs": {
        "RoutesTable": {"Value": {"Ref": "Routes"}},
        "TenantAccessRoleArn": {"Value": "arn:aws:iam::123456789012:role/far-TenantAccess"},
        "DropBucket": {"Value": {"Ref": "Drop"}},
        "ResultsBucket": {"Value": "far-results"},
    },
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """The stack is in the other region only: whatever is asked at home is missing there."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "TENANTRY_STACK", "STACK", "TENANTRY_FALLBACK"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        made = boto3.Session("key", "secret", region_name=HOME)
        deploy(made)
        yield made


def deploy(session: boto3.Session) -> None:
    cloudformation = session.client("cloudformation", region_name=FAR)
    cloudformation.create_stack(StackName="tenantry", TemplateBody=json.dumps(STACK))
    s3 = session.client("s3", region_name=FAR)
    s3.put_bucket_versioning(Bucket="far-drop", VersioningConfiguration={"Status": "Enabled"})
    table = cloudformation.describe_stacks(StackName="tenantry")["Stacks"][0]["Outputs"][0]["OutputValue"]
    registry = DynamoRegistry(session.client("dynamodb", region_name=FAR), {"routes": table}, SystemClock())
    registry.commit(Put(row=HOST), Put(row=ROUTE))


def acme(session: boto3.Session, **settings: Any) -> Tenantry:
    return Tenantry("acme", routes_table="nowhere", session=session, emit=None, **settings)


@pytest.mark.parametrize("role_arn", [None, "arn:aws:iam::123456789012:role/TenantAccess"], ids=["own", "scoped"])
def test_the_stack_of_the_other_region_tells_its_table_and_its_role(
    session: boto3.Session, role_arn: str | None
) -> None:
    answer = acme(session, role_arn=role_arn, fallback=(FAR,)).invoke("churn", b"1")
    assert (answer.region, answer.version) == (FAR, "7")


def test_a_request_that_is_answered_later_goes_to_the_bucket_of_the_region_that_serves_it(
    session: boto3.Session,
) -> None:
    receipt = acme(session, fallback=(FAR,)).invoke_async("churn", b"1", id="r1")
    assert (receipt.region, receipt.output.split("/")[2]) == (FAR, "far-results")
    listed = session.client("s3", region_name=FAR).list_objects_v2(Bucket="far-drop")["Contents"]
    assert [one["Key"] for one in listed] == ["requests/acme/churn/r1"]


def test_the_home_region_may_be_another_than_the_sessions(session: boto3.Session) -> None:
    there = Tenantry("acme", session=session, region=FAR, emit=None)
    assert there.invoke("churn", b"1").region == FAR


def test_a_region_without_the_stack_is_no_help_and_homes_failure_is_told(session: boto3.Session) -> None:
    with pytest.raises(Unavailable, match="the route table cannot be read"):
        acme(session, fallback=("ap-south-1",), patience=1).invoke("churn", b"1")
