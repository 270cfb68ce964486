"""One event of the drop bucket becomes a row, a notice or nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import Unavailable
from tenantry.domain.notices import NoticeRow, StrayRow
from tenantry.domain.versions import State
from tenantry.usecases.intake import receive_drop
from tests.flows.archives import archive
from tests.flows.conftest import drop_version, tenant_profile
from tests.flows.twins import DROP
from tests.flows.world import World


def received(world: World, key: str, body: bytes = b"x") -> str:
    """Drop an object and take its event, outside of the world's own queue; what became of it."""
    world.twins.artifacts.put(DROP, key, body)
    made = world.twins.artifacts.latest(DROP, key)
    assert made
    return receive_drop(event(world, key, made.version_id, len(body)), world.twins).outcome


def event(world: World, key: str, version_id: str, size: int = 1, **more: Any) -> str:
    thing = {"key": key, "size": size, "version-id": version_id}
    detail = {"bucket": {"name": DROP}, "object": thing}
    known = {"source": "aws.s3", "detail-type": "Object Created", "time": world.now().isoformat(), "detail": detail}
    return json.dumps(known | more)


OUTCOMES = {
    "models/acme/churn/2/model.tar.gz": "start",
    "models/acme/churn/job-2/output/model.tar.gz": "start",
    "models/acme/churn/2/output/output.tar.gz": "ignore",
    "models/acme/churn/2/profiler-output/x": "ignore",
    "models/acme/churn/2/model.tgz": "quarantine",
    "models/acme/model.tar.gz": "quarantine",
    "models/ghost/churn/1/model.tar.gz": "rejected",
    "models/acme/pricing/1/model.tar.gz": "rejected",
    "requests/acme/churn/r1": "rejected",
    "batches/acme/churn/b1/part-0": "rejected",
    "tenants/beta.json": "start",
    "fleets/other.json": "start",
    "readme.txt": "quarantine",
}


@pytest.mark.parametrize(("key", "outcome"), OUTCOMES.items(), ids=OUTCOMES)
def test_the_four_outcomes(ready: World, key: str, outcome: str) -> None:
    assert received(ready, key) == outcome


def test_what_is_not_read_is_counted_and_nothing_started(ready: World) -> None:
    before = len(ready.twins.machines.executions)
    assert receive_drop("{", ready.twins).outcome == "quarantine"
    other = event(ready, "tenants/acme.json", "v").replace(DROP, "another-bucket")
    assert receive_drop(other, ready.twins).outcome == "quarantine"
    [row] = ready.twins.registry.rows(StrayRow, "OPERATOR", "STRAY#")
    assert (row.count, len(ready.twins.machines.executions)) == (2, before)


def test_a_version_of_an_unknown_tenant_is_told_to_the_operator_only(world: World) -> None:
    drop_version(world, "1", tenant="ghost")
    world.run()
    row = world.version("ghost", "churn", "1")
    assert (row.state, "tenants/ghost.json" in row.reason) == (State.REJECTED, True)
    assert [notice.state for notice in world.notices("")] == ["REJECTED"]
    assert world.notices("ghost") == []


def test_a_version_dropped_before_its_tenant_and_fleet_waits_and_goes_live(world: World) -> None:
    world.drop("fleets/sklearn.json", {"serving": "multi-model", "framework": "sklearn"})
    world.drop("tenants/acme.json", tenant_profile("churn"))
    drop_version(world, "1")
    world.run(until=timedelta(seconds=1))
    assert world.version("acme", "churn", "1").state is State.HELD
    world.run()
    assert world.version("acme", "churn", "1").state is State.LIVE


def test_a_request_delivered_five_times_is_told_once(ready: World) -> None:
    made = ready.twins.artifacts.put(DROP, "requests/acme/churn/r1", b"x")
    for _ in range(5):
        receive_drop(event(ready, made.key, made.version_id), ready.twins)
    told = [
        row for row in ready.twins.registry.rows(NoticeRow, "TENANT#acme", "NOTICE#") if row.notice.about == "request"
    ]
    assert [row.notice.reason for row in told] == [
        "model churn is served as multi-model, which takes no request files: invoke it instead"
    ]


def test_a_batch_of_many_objects_is_told_once(ready: World) -> None:
    for number in range(20):
        received(ready, f"batches/acme/churn/b1/part-{number}")
    told = [row for row in ready.twins.registry.rows(NoticeRow, "OPERATOR", "NOTICE#") if row.notice.about == "batch"]
    assert len(told) == 1


def test_a_version_that_was_deleted_before_it_was_looked_at(ready: World) -> None:
    made = ready.twins.artifacts.put(DROP, "models/acme/churn/7/model.tar.gz", archive())
    ready.twins.artifacts.erase(DROP, made.key, made.version_id)
    assert receive_drop(event(ready, made.key, made.version_id), ready.twins).outcome == "rejected"
    assert "was deleted" in ready.version("acme", "churn", "7").reason


def test_an_upload_replaced_while_it_is_released_gives_two_uploads_and_the_newest_live(ready: World) -> None:
    drop_version(ready, "2", body=archive("first"))
    ready.run(until=timedelta(seconds=1))
    drop_version(ready, "2", body=archive("second"))
    ready.run()
    older, newer = ready.versions("acme", "churn", "2")
    route = ready.route("acme", "churn")
    assert route
    assert route.upload == newer.upload
    assert (newer.state, older.state in {State.STANDBY, State.SUPERSEDED}) == (State.LIVE, True)


def test_a_row_whose_execution_was_not_started_is_started_by_the_next_delivery(ready: World) -> None:
    ready.twins.machines.faults.fail_next("start", Unavailable("throttled"))
    made = ready.twins.artifacts.put(DROP, "models/acme/churn/2/model.tar.gz", archive())
    body = event(ready, made.key, made.version_id)
    with pytest.raises(Unavailable):
        receive_drop(body, ready.twins)
    assert receive_drop(body, ready.twins).outcome == "ignore"
    ready.run()
    assert ready.version("acme", "churn", "2").state is State.LIVE


@pytest.mark.parametrize(("versions", "live"), [(("9", "10"), "10"), (("10", "9"), "10"), (("v2", "v1"), "v2")])
def test_ordered_by_number_the_highest_goes_live_whenever_it_came(
    world: World, versions: tuple[str, ...], live: str
) -> None:
    world.drop("fleets/sklearn.json", {"serving": "multi-model", "framework": "sklearn"})
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    world.run()
    for version in versions:
        drop_version(world, version)
        world.run()
    route = world.route("acme", "churn")
    assert route
    assert route.version == live


def test_a_version_without_a_number_is_rejected_where_numbers_count(world: World) -> None:
    world.drop("fleets/sklearn.json", {"serving": "multi-model", "framework": "sklearn"})
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    drop_version(world, "final-2")
    world.run()
    row = world.version("acme", "churn", "final-2")
    assert (row.state, "name it like 7 or v7" in row.reason) == (State.REJECTED, True)


def test_of_two_uploads_of_one_number_the_later_goes_live(world: World) -> None:
    world.drop("fleets/sklearn.json", {"serving": "multi-model", "framework": "sklearn"})
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    world.run()
    for body in ("first", "second"):
        drop_version(world, "7", body=archive(body))
        world.run()
    route, (older, newer) = world.route("acme", "churn"), world.versions("acme", "churn", "7")
    assert route
    assert (route.upload, newer.state, older.state) == (newer.upload, State.LIVE, State.STANDBY)


def test_numbers_that_came_before_their_profile_are_compared_as_numbers(world: World) -> None:
    """Both are ordered by upload at first: what the tenant's profile says cannot be read yet."""
    world.drop("fleets/sklearn.json", {"serving": "multi-model", "framework": "sklearn"})
    world.run()
    world.twins.artifacts.put(DROP, "tenants/acme.json", b"no profile yet")
    for version in ("10", "9"):
        drop_version(world, version)
    world.run()
    assert [row.state for row in world.versions("acme", "churn")] == [State.HELD, State.HELD]
    world.twins.clock.sleep(1)
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    world.run()
    states = {row.version: row.state for row in world.versions("acme", "churn")}
    route = world.route("acme", "churn")
    assert states == {"10": State.LIVE, "9": State.SUPERSEDED}
    assert route
    assert (route.floor[0], len(route.floor)) == ("n", 42)
