"""A request that is too large: said before it is sent where that is sure, else in SageMaker's words; never retried."""

import io
from pathlib import Path

import pytest

from tenantry_client import Tally, TooLarge
from tenantry_client._sizes import MOST, ON_INSTANCES
from tests.unit.client.test_canaries import always, client, judged
from tests.unit.client.world import World, refusal

MB = 2**20


class Sized(bytes):
    """A body that says it has so many bytes, and has none."""

    length = 0

    def __len__(self) -> int:
        return self.length


def sized(length: int) -> Sized:
    body = Sized()
    body.length = length
    return body


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in {"TENANTRY_STACK": "stack", "DROP_BUCKET": "drop", "RESULTS_BUCKET": "results"}.items():
        monkeypatch.setenv(name, value)
    return World()


@pytest.mark.parametrize(
    ("serving", "most"),
    [
        ("serverless", 4 * MB),
        ("real-time", 25 * MB),
        ("multi-model", 25 * MB),
        ("multi-container", 25 * MB),
        ("inference-component", 25 * MB),
    ],
)
def test_what_the_option_cannot_take_is_not_sent(world: World, serving: str, most: int) -> None:
    world.table.host("endpoint-a", serving=serving)
    acme = world.client()
    assert acme.invoke("churn", sized(most)).body == b"0.9"
    sent = len(world.runtime.calls)
    with pytest.raises(TooLarge) as caught:
        acme.invoke("churn", sized(most + 1))
    assert str(caught.value) == (
        f"acme/churn version 1: the request is too large: it has {most + 1:,} bytes, and the host that serves the "
        f"model takes {most:,} at most; an asynchronous model takes up to 1 GB"
    )
    assert (len(world.runtime.calls), world.clock.naps) == (sent, [])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("413", "HTTP content length exceeded 6291456 bytes."),
        ("ValidationError", "Request 1d9a has oversize body."),
        ("ValidationError", "1 validation error detected: Value at 'body' failed to satisfy constraint: ..."),
    ],
    ids=["http", "serverless", "shape"],
)
def test_what_sagemaker_says_of_it_is_told_once_and_not_tried_again(world: World, code: str, words: str) -> None:
    world.runtime.fails_for_ever(refusal(code, words))
    acme = world.client()
    with pytest.raises(TooLarge, match="an asynchronous model takes up to 1 GB") as caught:
        acme.invoke("churn", b"1")
    assert words in str(caught.value)
    assert (len(world.runtime.calls), world.table.route_reads) == (1, 1)


def test_what_is_too_large_for_a_canary_of_another_option_goes_to_the_live_version(world: World) -> None:
    judged(world, host="own")
    world.table.items["HOST#own", "HOST"] = {"endpoint": {"S": "endpoint-b"}, "serving": {"S": "serverless"}}
    told: list[Tally] = []
    acme = client(world, always, told)
    assert acme.invoke("churn", sized(4 * MB)).version == "2"
    assert acme.invoke("churn", sized(5 * MB)).version == "1"
    acme.flush()
    failed = {tally.version: tally.errors for tally in told}
    assert failed == {"1": 0, "2": 1}, "the canary could not take it, and is judged by that"


def test_a_request_file_above_a_gigabyte_is_not_dropped(world: World, tmp_path: Path) -> None:
    world.table.host("endpoint-a", serving="asynchronous")
    acme = world.client()
    with (tmp_path / "calls.csv").open("w+b") as large:
        large.truncate(MOST["asynchronous"] + 1)
        with pytest.raises(TooLarge, match="1,073,741,825 bytes"):
            acme.invoke_async("churn", large)
        large.seek(1)
        acme.invoke_async("churn", large, id="fits")
        assert large.tell() == 1, "it is read from where it was"
    acme.invoke_async("churn", io.BytesIO(b"1"), id="small")
    assert [key for _, key in world.storage.objects] == ["requests/acme/churn/fits", "requests/acme/churn/small"]


def test_the_limit_of_instances_is_the_largest_that_aws_names() -> None:
    assert (ON_INSTANCES, MOST["serverless"], MOST["asynchronous"]) == (25 * MB, 4 * MB, 1024 * MB)
