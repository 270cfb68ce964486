"""Counts: complete, apart per version, told off the path."""

import json
import threading
from collections.abc import Sequence

import pytest

from tenantry_client import ModelFailed, Tally
from tenantry_client._counting import default_emit, to_emf
from tests.unit.client.world import World, refusal


def test_calls_errors_latency_and_load_waits_are_told_per_version(world: World) -> None:
    told: list[Tally] = []
    client = world.client(emit=told.extend)
    world.runtime.takes = 0.5
    client.invoke("churn", b"1")
    world.runtime.fails(refusal("ModelError", "x"))
    with pytest.raises(ModelFailed):
        client.invoke("churn", b"1")
    world.runtime.takes = 0.25
    world.runtime.fails(refusal("ModelNotReadyException"))
    client.invoke("churn", b"1")
    world.table.route("2", 2)
    world.clock.now += 10
    client.invoke("churn", b"1")
    client.flush()
    assert told == [
        Tally("acme", "churn", "1", 3, 1, 1_750_000, 1, 750_000),
        Tally("acme", "churn", "2", 1, 0, 250_000, 0, 0),
    ]


def test_it_is_told_once_a_minute_by_whichever_call_comes_then(world: World) -> None:
    told: list[Sequence[Tally]] = []
    client = world.client(emit=told.append, emit_every=60)
    for _ in range(1200):
        client.invoke("churn", b"1")
        world.clock.now += 0.125
    assert [tallies[0].calls for tallies in told] == [481, 480]
    client.flush()
    client.flush()
    assert [tallies[0].calls for tallies in told] == [481, 480, 239]


def test_a_client_whose_calls_all_fail_tells_it_too(world: World) -> None:
    told: list[Tally] = []
    client = world.client(emit=told.extend)
    world.runtime.fails_for_ever(refusal("ModelError", "x"))
    world.clock.now += 61
    with pytest.raises(ModelFailed):
        client.invoke("churn", b"1")
    assert [(tally.calls, tally.errors) for tally in told] == [(1, 1)]


def test_no_call_is_lost_between_threads_and_tellings(world: World) -> None:
    told: list[Tally] = []
    client = world.client(emit=told.extend)

    def work() -> None:
        for _ in range(500):
            client.invoke("churn", b"1")
            client.flush()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(tally.calls for tally in told) == 2000


def test_an_emit_that_fails_costs_no_call(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def emit(_: Sequence[Tally]) -> None:
        raise OSError("disk full")

    client = world.client(emit=emit)
    client.invoke("churn", b"1")
    world.clock.now += 61
    assert client.invoke("churn", b"1").version == "1"
    assert "could not be told" in caplog.text


def test_leaving_the_block_tells_what_is_left(world: World) -> None:
    told: list[Tally] = []
    with world.client(emit=told.extend) as client:
        client.invoke("churn", b"1")
    assert told[0].calls == 1


def test_emf_is_one_line_per_version_with_every_metric_it_declares() -> None:
    lines: list[str] = []
    to_emf("stack", lines.append)([Tally("acme", "churn", "1", 3, 1, 900, 2, 500)])
    (line,) = map(json.loads, lines)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert [line[name] for name in declared["Dimensions"][0]] == ["stack", "acme", "churn", "1"]
    assert [line[metric["Name"]] for metric in declared["Metrics"]] == [3, 1, 900, 2, 500]


def test_emf_is_printed_inside_lambda_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert default_emit("stack", {}) is None
    emit = default_emit("stack", {"AWS_LAMBDA_FUNCTION_NAME": "f"})
    assert emit is not None
    emit([Tally("acme", "churn", "1", 1, 0, 1, 0, 0)])
    assert json.loads(capsys.readouterr().out)["Calls"] == 1
