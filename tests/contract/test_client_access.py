"""The client library with a role: all that it asks AWS for is allowed for its own tenant, and not for a neighbour's.

Its calls are listened to on moto, and decided by the evaluator: the role of the template and the session policy that
the client asks for, together. The tags of the session become those of the principal.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.model import OperationModel

from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.aws.dynamodb import DynamoRegistry
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.sharing import SharedRoute
from tenantry.ports import Put
from tenantry_client import Tenantry
from tenantry_client._access import scoped_session
from tenantry_client._clients import connect
from tests.contract.conftest import REGION, create_table
from tests.template.asked import asked
from tests.template.iam import Request, allowed, assumable
from tests.template.stack import Stack, load

STACK_NOW: Stack = load()
ROLE = STACK_NOW.resources["TenantAccessRole"]["Properties"]
POLICY: list[dict[str, Any]] = [s for p in ROLE["Policies"] for s in p["PolicyDocument"]["Statement"]]
TABLE = STACK_NOW.name("RoutesTable")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Heard = list[tuple[str, dict[str, Any], list[Request]]]


@contextmanager
def listening(session: boto3.Session) -> Iterator[Heard]:
    """Operation, parameters and decisions of every call of the clients made from this session."""
    heard: Heard = []

    def hear(params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        heard.append((model.name, params, list(asked(model.service_model.service_name, model.name, params))))

    session.events.register_first("before-parameter-build", hear)
    try:
        yield heard
    finally:
        session.events.unregister("before-parameter-build", hear)


@pytest.fixture
def routed(aws: boto3.Session) -> boto3.Session:
    """Two tenants, one name a prefix of the other, have a live version each on one host."""
    dynamodb = aws.client("dynamodb")
    create_table(dynamodb, TABLE)
    endpoint = "tenantry-sklearn-0123456789abcdef"
    host = HostRow(
        host="fleet-sklearn", fleet="sklearn", serving=Serving.MULTI_MODEL, endpoint=endpoint, region=REGION,
        instances=2, since=NOW,
    )  # fmt: skip
    routes = [
        Route(
            tenant=name, model="churn", host="fleet-sklearn", target=f"{name}/churn/u-0.tar.gz", version="1",
            upload="u", order="1", floor="1", since=NOW,
        )
        for name in ("acme", "acme-eu")
    ]  # fmt: skip
    registry = DynamoRegistry(dynamodb, {"routes": TABLE}, SystemClock())
    registry.commit(Put(row=host), *(Put(row=route) for route in routes))
    return aws


def used(session: boto3.Session, tenant: str, pool: str | None = None) -> tuple[Heard, Heard]:
    """What assuming the role asked for, and what one call of a model asked for with it."""
    with listening(session) as assuming:
        scoped = scoped_session(session, STACK_NOW.arn("TenantAccessRole"), tenant, TABLE, pool)
        with listening(scoped) as calling:
            client = Tenantry(tenant, routes_table=TABLE, session=session, clients=connect(scoped), emit=None)
            assert client.invoke("churn", b"1,2", content_type="text/csv").version == "1"
    return assuming, calling


def decider(assuming: Heard) -> Callable[[Request], bool]:
    """How IAM decides for the session that was asked for."""
    ((operation, params, _),) = assuming
    assert operation == "AssumeRole"
    tags = {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in params["Tags"]}
    session = json.loads(params["Policy"])["Statement"]
    return lambda one: allowed(Request(one.action, one.resource, {**one.context, **tags}), POLICY, session=session)


def test_the_role_may_be_assumed_as_the_client_asks_for_it(routed: boto3.Session) -> None:
    assuming, _ = used(routed, "acme")
    ((_, params, requests),) = assuming
    assert [one.action for one in requests] == ["sts:AssumeRole", "sts:TagSession"]
    assert params["RoleArn"] == STACK_NOW.arn("TenantAccessRole")
    assert params["DurationSeconds"] <= ROLE["MaxSessionDuration"]
    assert all(assumable(one, ROLE["AssumeRolePolicyDocument"]["Statement"]) for one in requests)


def test_every_call_for_its_own_tenant_is_allowed(routed: boto3.Session) -> None:
    assuming, calling = used(routed, "acme")
    assert [operation for operation, _, _ in calling] == ["GetItem", "GetItem", "InvokeEndpoint"]
    decide = decider(assuming)
    assert [one for _, _, requests in calling for one in requests if not decide(one)] == []


def test_who_shares_a_model_is_allowed_every_call_with_the_tag_pool_and_not_without_it(routed: boto3.Session) -> None:
    way = SharedRoute(tenant="globex", model="churn", owner="acme", since=NOW)
    DynamoRegistry(routed.client("dynamodb"), {"routes": TABLE}, SystemClock()).commit(Put(row=way))
    assuming, calling = used(routed, "globex", "acme")
    ((_, params, requests),) = assuming
    assert params["Tags"] == [{"Key": "tenant", "Value": "globex"}, {"Key": "pool", "Value": "acme"}]
    assert all(assumable(one, ROLE["AssumeRolePolicyDocument"]["Statement"]) for one in requests)
    assert [operation for operation, _, _ in calling] == [*["GetItem"] * 4, "InvokeEndpoint"]
    decide, untagged = decider(assuming), decider(used(routed, "globex")[0])
    asked_for = [one for _, _, requests in calling for one in requests]
    assert [one for one in asked_for if not decide(one)] == []
    assert [untagged(one) for one in asked_for] == [True, True, False, True, False]
    strangers = decider(used(routed, "globex", "acme-eu")[0])
    assert [strangers(one) for one in asked_for] == [True, True, False, True, False]


NAME = f"tenantry-acme-churn-{'a' * 26}"
COMPONENT = {"EndpointName": "tenantry-sklearn-0123456789abcdef", "InferenceComponentName": NAME}
SHARED = {"aws:ResourceTag/tenantry:serving": "inference-component"}


@pytest.mark.parametrize("params", [{"EndpointName": NAME}, COMPONENT], ids=["own endpoint", "own component"])
@pytest.mark.parametrize(("caller", "expected"), [("acme", True), ("acme-eu", False)])
def test_what_a_tenant_has_for_itself_is_called_by_nobody_else(
    routed: boto3.Session, params: dict[str, str], caller: str, *, expected: bool
) -> None:
    """Role and session policy together; the tags are those that the control plane gives."""
    decide = decider(used(routed, caller)[0])
    own = {"aws:ResourceTag/tenantry:tenant": "acme"}
    requests = [
        Request(one.action, one.resource, own if NAME in one.resource else SHARED)
        for one in asked("sagemaker-runtime", "InvokeEndpoint", params)
    ]
    assert len(requests) == len(params)
    assert all(decide(one) for one in requests) is expected


@pytest.mark.parametrize(("caller", "neighbour"), [("acme", "acme-eu"), ("acme-eu", "acme")])
def test_no_call_for_a_neighbour_is_allowed_but_reading_the_shared_host(
    routed: boto3.Session, caller: str, neighbour: str
) -> None:
    decide = decider(used(routed, caller)[0])
    route, host, invocation = (requests for _, _, requests in used(routed, neighbour)[1])
    assert [decide(one) for one in (*route, *invocation)] == [False, False]
    assert [(one.context, decide(one)) for one in host] == [({"dynamodb:LeadingKeys": ["HOST#fleet-sklearn"]}, True)]
