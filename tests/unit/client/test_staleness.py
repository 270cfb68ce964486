"""Routes are read rarely, by one caller at a time, and never used longer than promised."""

import threading

import pytest
from botocore.exceptions import ReadTimeoutError

from tenantry_client import NoRoute, NotAllowed, TenantSuspended, Unavailable
from tests.unit.client.world import World, refusal


def test_the_first_call_reads_route_and_host_and_the_next_thousand_read_nothing(world: World) -> None:
    client = world.client()
    answers = {client.invoke("churn", b"1") for _ in range(1000)}
    assert {answer[:4] for answer in answers} == {(b"0.9", "text/csv", "1", 1)}
    assert world.table.reads == [("TENANT#acme", "MODEL#churn"), ("HOST#sklearn", "HOST")]
    assert world.runtime.calls[0]["EndpointName"] == "endpoint-a"
    assert world.runtime.calls[0]["TargetModel"] == "acme/churn/1.tar.gz"


def test_steady_calls_never_use_a_route_five_seconds_after_its_read(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.table.route("2", 2)
    swapped = world.clock.now
    seen = []
    while world.clock.now < swapped + 8:
        seen.append((world.clock.now, client.invoke("churn", b"1").version))
        world.clock.now += 0.1
    assert max(at for at, version in seen if version == "1") < swapped + 5
    assert seen[-1][1] == "2"


def test_a_call_after_a_long_silence_sees_the_new_version(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    world.table.route("2", 2)
    world.clock.now += 3600
    assert client.invoke("churn", b"1").version == "2"


def test_while_one_caller_reads_early_the_others_go_on(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    reading, go_on = threading.Event(), threading.Event()

    def stall() -> None:
        reading.set()
        assert go_on.wait(10)

    world.table.before = stall
    world.clock.now += 4.5
    slow = threading.Thread(target=client.invoke, args=("churn", b"1"))
    slow.start()
    assert reading.wait(10)
    reads = len(world.table.reads)
    assert client.invoke("churn", b"1").version == "1"
    assert len(world.table.reads) == reads
    go_on.set()
    slow.join(10)


def test_sixteen_callers_of_a_stale_route_cause_one_read(world: World) -> None:
    client = world.client()
    gate = threading.Barrier(16)

    def call() -> None:
        gate.wait(10)
        client.invoke("churn", b"1")

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert world.table.route_reads == 1
    assert len(world.runtime.calls) == 16


def test_generations_never_decrease(world: World) -> None:
    client = world.client()
    world.table.route("2", 7)
    assert client.invoke("churn", b"1").generation == 7
    world.table.route("1", 6)
    world.clock.now += 60
    answer = client.invoke("churn", b"1")
    assert (answer.version, answer.generation) == ("2", 7)


def test_a_route_removed_and_made_anew_begins_again(world: World) -> None:
    client = world.client()
    world.table.route("9", 7)
    client.invoke("churn", b"1")
    world.table.route("1", 1, since={"S": "2026-02-01T00:00:00Z"})
    world.clock.now += 60
    assert client.invoke("churn", b"1").version == "1"


def test_no_route_is_said_plainly_and_remembered_for_the_staleness(world: World) -> None:
    client = world.client()
    for _ in range(50):
        with pytest.raises(NoRoute, match="acme/fraud: no version is live"):
            client.invoke("fraud", b"1")
    assert world.table.reads == [("TENANT#acme", "MODEL#fraud"), ("TENANT#acme", "SHARED#fraud")]
    world.table.route("1", 1, model="fraud")
    world.clock.now += 5
    assert client.invoke("fraud", b"1").version == "1"


def test_a_route_whose_host_has_no_record_is_no_route(world: World) -> None:
    del world.table.items["HOST#sklearn", "HOST"]
    with pytest.raises(NoRoute):
        world.client().invoke("churn", b"1")


def test_a_suspended_tenant_is_told_so_and_nothing_is_sent(world: World) -> None:
    world.table.route("1", 2, suspended={"BOOL": True})
    with pytest.raises(TenantSuspended, match="suspended"):
        world.client().invoke("churn", b"1")
    assert world.runtime.calls == []


@pytest.mark.parametrize(
    ("serving", "selector"),
    [
        ("multi-model", {"TargetModel": "acme/churn/1.tar.gz"}),
        ("multi-container", {"TargetContainerHostname": "acme/churn/1.tar.gz"}),
        ("inference-component", {"InferenceComponentName": "acme/churn/1.tar.gz"}),
        ("real-time", {}),
        ("serverless", {}),
    ],
)
def test_a_version_is_selected_as_its_option_has_it(world: World, serving: str, selector: dict[str, str]) -> None:
    world.table.host("endpoint-a", serving)
    world.table.route("1", 1)
    world.client().invoke("churn", b"1")
    call = world.runtime.calls[0]
    named = {"TargetModel", "TargetContainerHostname", "InferenceComponentName"}
    assert {name: value for name, value in call.items() if name in named} == selector


def break_table(world: World, error: Exception) -> None:
    def fail() -> None:
        raise error

    world.table.before = fail


def test_a_table_that_cannot_be_read_is_borne_for_a_minute_with_one_try_per_half_second(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    read_at = world.clock.now
    break_table(world, ReadTimeoutError(endpoint_url="table"))
    while world.clock.now < read_at + 64:
        assert client.invoke("churn", b"1").version == "1"
        world.clock.now += 0.01
    assert world.table.route_reads <= 1 + 2 * 61
    world.clock.now = read_at + 65
    with pytest.raises(Unavailable, match="route table cannot be read"):
        client.invoke("churn", b"1")


def test_without_a_route_at_hand_an_unreadable_table_is_an_error_at_once(world: World) -> None:
    break_table(world, ReadTimeoutError(endpoint_url="table"))
    with pytest.raises(Unavailable):
        world.client().invoke("churn", b"1")


def test_credentials_that_were_taken_away_are_not_borne(world: World) -> None:
    client = world.client()
    client.invoke("churn", b"1")
    break_table(world, refusal("AccessDeniedException", "no"))
    world.clock.now += 6
    with pytest.raises(NotAllowed):
        client.invoke("churn", b"1")
