"""The client reads routes as the registry writes them, and assumes the role as STS takes it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.sharing import Pin, SharedRoute, followed
from tenantry.ports import Put
from tenantry_client._access import scoped_session
from tenantry_client._clients import connect
from tenantry_client._settings import settle
from tenantry_client._table import Pointer, RoutesTable

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOST = HostRow(
    host="sklearn",
    fleet="sklearn",
    serving=Serving.MULTI_MODEL,
    endpoint="endpoint-a",
    region="eu-west-1",
    instances=2,
    since=NOW,
)
ROUTE = Route(
    tenant="acme",
    model="churn",
    host="sklearn",
    target="acme/churn/u-0123.tar.gz",
    version="7",
    upload="u",
    order="1",
    floor="1",
    since=NOW,
)
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"RoutesTable": {"Value": "routes-from-the-stack"}},
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session("key", "secret", region_name="eu-west-1")


@pytest.fixture
def registry(session: boto3.Session) -> DynamoRegistry:
    dynamodb = session.client("dynamodb")
    dynamodb.create_table(
        TableName="routes",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return DynamoRegistry(dynamodb, {"routes": "routes"}, SystemClock())


def read(session: boto3.Session, model: str = "churn") -> Pointer | None:
    return RoutesTable(connect(session).dynamodb, "routes", "acme")(model)


def test_a_route_as_the_registry_wrote_it_becomes_a_pointer(session: boto3.Session, registry: DynamoRegistry) -> None:
    registry.commit(Put(row=HOST), Put(row=ROUTE))
    assert read(session) == Pointer(
        arguments={"EndpointName": "endpoint-a", "TargetModel": "acme/churn/u-0123.tar.gz"},
        version="7",
        generation=1,
        since="2026-01-02T03:04:05.000000Z",
    )


def test_the_generation_is_the_revision_the_registry_reads(session: boto3.Session, registry: DynamoRegistry) -> None:
    registry.commit(Put(row=HOST), Put(row=ROUTE))
    registry.commit(Put(row=ROUTE.but(revision=1, suspended=True)))
    stored, pointer = registry.get(Route, ROUTE.key), read(session)
    assert stored is not None
    assert pointer is not None
    assert (pointer.generation, pointer.suspended) == (stored.generation, True) == (2, True)


PIN = Pin(version="6", upload="u6", host="own-u6", target="vendor/churn/u6.tar.gz")


@pytest.mark.parametrize("pin", [None, PIN], ids=["following", "pinned"])
@pytest.mark.parametrize(("owner", "user"), [(False, False), (True, False), (False, True)], ids=str)
def test_client_and_control_plane_follow_a_shared_route_alike(
    session: boto3.Session, registry: DynamoRegistry, pin: Pin | None, *, owner: bool, user: bool
) -> None:
    """As the registry wrote both, and as the operator is shown them: the same version, host and generation."""
    theirs = ROUTE.but(tenant="vendor", target="vendor/churn/u-0123.tar.gz", suspended=owner)
    way = SharedRoute(
        tenant="acme", model="churn", owner="vendor", since=NOW + timedelta(hours=1), suspended=user, pin=pin, raised=4
    )
    apart = HOST.but(host="own-u6", fleet="", serving=Serving.REAL_TIME, endpoint="endpoint-6")
    registry.commit(*(Put(row=row) for row in (HOST, apart, theirs, way)))
    registry.commit(Put(row=theirs.but(revision=1)))
    route, pointer = registry.get(Route, theirs.key), read(session)
    stored = registry.get(SharedRoute, way.key)
    assert route is not None
    assert stored is not None
    assert pointer is not None
    shown = followed(stored, route)
    assert (pointer.version, pointer.generation, pointer.suspended) == (shown.version, 7, shown.suspended)
    assert (pointer.since, shown.generation) == (shown.since.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), 7)
    selected = {"TargetModel": shown.target} if pin is None else {}
    assert pointer.arguments == {"EndpointName": "endpoint-6" if pin else "endpoint-a"} | selected


def test_no_route_and_no_host_are_nothing(session: boto3.Session, registry: DynamoRegistry) -> None:
    assert read(session) is None
    registry.commit(Put(row=ROUTE))
    assert read(session) is None


def test_the_scoped_session_asks_for_the_role_with_tag_and_policy_and_uses_what_it_gets(
    session: boto3.Session, registry: DynamoRegistry
) -> None:
    registry.commit(Put(row=HOST), Put(row=ROUTE))
    scoped = scoped_session(session, "arn:aws:iam::123456789012:role/access", "acme", "routes")
    credentials = scoped.get_credentials()
    assert credentials is not None
    assert str(credentials.get_frozen_credentials().access_key).startswith("ASIA")
    assert credentials.get_frozen_credentials().token
    assert read(scoped) is not None


def test_the_route_table_is_found_by_argument_then_environment_then_outputs(session: boto3.Session) -> None:
    session.client("cloudformation").create_stack(StackName="mine", TemplateBody=json.dumps(TEMPLATE))
    environ = {"TENANTRY_STACK": "mine", "ROUTES_TABLE": "from-env"}
    assert settle(session, None, "given", environ) == ("mine", "given")
    assert settle(session, None, None, environ) == ("mine", "from-env")
    assert settle(session, "mine", None, environ) == ("mine", "routes-from-the-stack")
    assert settle(session, None, None, {"TENANTRY_STACK": "mine"}) == ("mine", "routes-from-the-stack")
