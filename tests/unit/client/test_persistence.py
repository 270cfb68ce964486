"""What a call does when its first try fails."""

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from tenantry_client import (
    InvalidRequest,
    ModelFailed,
    NoRoute,
    NotAllowed,
    NotReady,
    TenantryError,
    Throttled,
    TimedOut,
    Unavailable,
)
from tests.unit.client.world import World, refusal

LOADING = refusal("ModelNotReadyException", "the model is being loaded")
GONE = refusal("ValidationError", "Endpoint endpoint-a of account 123456789012 not found.")


def test_a_loading_model_is_waited_for(world: World) -> None:
    world.runtime.fails(*[LOADING] * 20)
    assert world.client().invoke("churn", b"1").body == b"0.9"
    assert len(world.runtime.calls) == 21
    assert sorted(world.clock.naps) == world.clock.naps
    assert (world.clock.naps[0], world.clock.naps[-1]) == (0.25, 4.0)


def test_patience_with_loading_ends_within_360_seconds(world: World) -> None:
    world.runtime.takes = 60.0
    world.runtime.fails_for_ever(LOADING)
    began = world.clock.now
    with pytest.raises(NotReady, match="acme/churn version 1: the model is being loaded"):
        world.client().invoke("churn", b"1")
    assert 300 < world.clock.now - began <= 360 + 60
    assert len(world.runtime.calls) == 6


def test_a_swap_while_waiting_for_the_old_version_leads_to_the_new_one(world: World) -> None:
    client = world.client()
    world.runtime.takes = 6.0
    world.runtime.fails(LOADING)
    world.table.before = lambda: world.table.route("2", 2) if world.runtime.calls else None
    assert client.invoke("churn", b"1").version == "2"


def test_a_withdrawn_endpoint_is_replaced_in_the_same_call(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.table.host("endpoint-b")
    world.runtime.fails(GONE)
    world.clock.now += 0.5
    client.invoke("churn", b"1")
    assert [call["EndpointName"] for call in world.runtime.calls] == ["endpoint-a", "endpoint-a", "endpoint-b"]
    assert world.clock.naps == []


def test_a_withdrawn_target_is_looked_for_once_only(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.table.route("2", 2)
    world.runtime.fails_for_ever(GONE)
    world.clock.now += 0.5
    with pytest.raises(InvalidRequest, match="not found"):
        client.invoke("churn", b"1")
    assert len(world.runtime.calls) == 3


def test_what_is_gone_with_the_route_is_no_route(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    del world.table.items["TENANT#acme", "MODEL#churn"]
    world.runtime.fails(GONE)
    world.clock.now += 0.5
    with pytest.raises(NoRoute):
        client.invoke("churn", b"1")


def test_a_refused_request_whose_route_has_not_moved_is_not_sent_again(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.runtime.fails(GONE)
    with pytest.raises(InvalidRequest):
        client.invoke("churn", b"1")
    assert len(world.runtime.calls) == 2


def test_a_parameter_sagemaker_refuses_causes_no_read(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.runtime.fails(refusal("ValidationError", "1 validation error detected: Value at 'contentType' ..."))
    with pytest.raises(InvalidRequest, match="contentType"):
        client.invoke("churn", b"1")
    assert world.table.route_reads == 1


def test_a_model_that_fails_says_so_in_its_own_words(world: World) -> None:
    world.runtime.fails(
        refusal(
            "ModelError", "Received server error", OriginalStatusCode=503, OriginalMessage="boom", LogStreamArn="arn"
        )
    )
    with pytest.raises(ModelFailed) as raised:
        world.client().invoke("churn", b"1")
    assert (raised.value.status, raised.value.message, raised.value.log) == (503, "boom", "arn")
    assert raised.value.about == ("acme", "churn", "1")
    assert len(world.runtime.calls) == 1


@pytest.mark.parametrize(
    ("failure", "kind", "sent"),
    [
        (refusal("ThrottlingException"), Throttled, 5),
        (refusal("InternalFailure", "x"), Unavailable, 3),
        (refusal("ServiceUnavailable", "x"), Unavailable, 3),
        (EndpointConnectionError(endpoint_url="x"), Unavailable, 3),
        (ConnectionClosedError(endpoint_url="x"), Unavailable, 3),
        (ReadTimeoutError(endpoint_url="x"), TimedOut, 1),
        (refusal("AccessDeniedException", "x"), NotAllowed, 1),
        (refusal("SomethingNew", "x"), InvalidRequest, 1),
        (ParamValidationError(report="x"), InvalidRequest, 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value))[:60],
)
def test_how_often_each_failure_is_tried(
    world: World, failure: Exception, kind: type[TenantryError], sent: int
) -> None:
    world.runtime.fails_for_ever(failure)
    with pytest.raises(TenantryError) as raised:
        world.client().invoke("churn", b"1")
    assert type(raised.value) is kind
    assert len(world.runtime.calls) == sent


def test_an_error_that_is_not_ours_passes_through(world: World) -> None:
    world.runtime.fails(KeyError("a bug"))
    with pytest.raises(KeyError):
        world.client().invoke("churn", b"1")


@pytest.fixture(params=["text/csv", None])
def accept(request: pytest.FixtureRequest) -> str | None:
    value: str | None = request.param
    return value


def test_accept_is_sent_only_when_given(world: World, accept: str | None) -> None:
    world.client().invoke("churn", b"1", content_type="application/json", accept=accept)
    assert world.runtime.calls[0]["ContentType"] == "application/json"
    assert world.runtime.calls[0].get("Accept") == accept
