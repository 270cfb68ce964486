"""Requests that are answered later: dropped, not sent."""

import pytest

from tenantry.domain.names import DropKind, answers_prefix, parse_drop, upload_id
from tenantry_client import InvalidRequest, NoRoute, NotAllowed, TenantSuspended, Unavailable
from tenantry_client import _requests as client
from tests.unit.client.world import World, refusal

DROP, RESULTS = "the-drop-bucket", "the-results-bucket"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in {"TENANTRY_STACK": "stack", "DROP_BUCKET": DROP, "RESULTS_BUCKET": RESULTS}.items():
        monkeypatch.setenv(name, value)
    world = World()
    world.table.host("endpoint-a", serving="asynchronous")
    return world


def test_a_request_is_dropped_where_the_control_plane_takes_it_up(world: World) -> None:
    receipt = world.client().invoke_async("churn", b"1,2", content_type="text/csv", id="r1")
    [(place, told)] = world.storage.objects.items()
    assert place == (DROP, "requests/acme/churn/r1")
    assert (told["Body"], told["ContentType"]) == (b"1,2", "text/csv")
    drop = parse_drop(place[1])
    assert (drop.kind, drop.tenant, drop.model, drop.item) == (DropKind.REQUEST, "acme", "churn", "r1")
    upload = upload_id(DROP, place[1], "v1")
    assert receipt[:2] == ("r1", f"s3://{RESULTS}/{answers_prefix('acme', 'churn')}r1/{upload}.out")
    assert world.runtime.calls == [], "no endpoint was called"


def test_its_name_of_an_upload_is_the_control_planes() -> None:
    assert client.upload_id("b", "k", "v") == upload_id("b", "k", "v")


def test_each_request_without_an_id_gets_one_of_its_own(world: World) -> None:
    acme = world.client()
    ids = {acme.invoke_async("churn", b"1").id for _ in range(20)}
    assert len(ids) == 20
    assert {parse_drop(key).kind for _, key in world.storage.objects} == {DropKind.REQUEST}


def test_an_id_is_used_once(world: World) -> None:
    acme = world.client()
    acme.invoke_async("churn", b"1", id="r1")
    with pytest.raises(InvalidRequest, match="acme/churn"):
        acme.invoke_async("churn", b"2", id="r1")
    assert world.storage.objects[DROP, "requests/acme/churn/r1"]["Body"] == b"1"


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "a_b", "a" * 64, "-a", "a.", "é"])
def test_an_id_that_no_key_may_have_is_refused_here(world: World, name: str) -> None:
    with pytest.raises(InvalidRequest, match="is no id of a request"):
        world.client().invoke_async("churn", b"1", id=name)
    assert world.storage.objects == {}


def test_where_nothing_is_live_nothing_is_dropped(world: World) -> None:
    with pytest.raises(NoRoute):
        world.client().invoke_async("ghost", b"1")
    world.table.route("1", 2, suspended={"BOOL": True})
    with pytest.raises(TenantSuspended):
        world.client().invoke_async("churn", b"1")
    assert world.storage.objects == {}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDenied", NotAllowed), ("ServiceUnavailable", Unavailable), ("InternalFailure", Unavailable)],
)
def test_what_s3_says_is_told_in_the_clients_words(world: World, code: str, kind: type[Exception]) -> None:
    world.storage.failure = refusal(code)
    with pytest.raises(kind, match="acme/churn version 1"):
        world.client().invoke_async("churn", b"1")
