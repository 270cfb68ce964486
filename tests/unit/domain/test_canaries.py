"""The commits around a canary: what is written, on which conditions, and that the live version is never touched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tenantry.domain.canaries import extended, gone_back
from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.judging import CanarySettings
from tenantry.domain.notices import NoticeRow
from tenantry.domain.routes import DRAIN, Canary, HostRow, LoadRow, Route
from tenantry.domain.swapping import Seen, begin_canary, can_be_judged, roll_back, swap
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import Move, State, Upload
from tenantry.domain.writes import Check, Put
from tests.unit.domain.test_swapping import load, put, route, seen, version

NOW = datetime(2026, 1, 2, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
ASKED = CanarySettings(percent=20, minutes=10)


def judging(order: int) -> Route:
    """Version 1 is live, and another one is judged."""
    canary = Canary(
        host="h", target=f"t{order}", version=str(order), upload=f"churn-{order}", order=f"{order:05}", weight=10,
        since=NOW, until=UNTIL,
    )  # fmt: skip
    return route(1).but(canary=canary)


def beside(order: int) -> Seen:
    """Version 2 comes while this one is judged."""
    return seen(route=judging(order), judged=version(order, State.CANARY), judged_load=load(order, pinned=True))


def test_a_canary_begins_in_one_commit_and_nothing_of_the_old_version_is_written() -> None:
    writes = begin_canary(seen(), NOW, ASKED)
    moved, fence = put(writes, Route)
    assert (moved.upload, moved.standby, moved.floor, fence) == ("churn-1", "", "00001", {"floor below": "00002"})
    assert moved.canary is not None
    assert (moved.canary.upload, moved.canary.weight, moved.canary.until) == ("churn-2", 20, UNTIL)
    row, own = put(writes, Upload)
    assert (row.upload, row.state, own) == ("churn-2", State.CANARY, {"owner is": "u-2-1", "state is": "WARM"})
    pinned, digest = put(writes, LoadRow)
    assert (pinned.upload, pinned.pinned, list(digest)) == ("churn-2", True, ["sha256 is"])
    assert {type(write.row) for write in writes if isinstance(write, Check)} == {TenantRow, HostRow}
    assert len(writes) == 5


@pytest.mark.parametrize(
    ("change", "can"),
    [
        ({}, True),
        ({"route": None, "old": None}, False),
        ({"old": None}, False),
        ({"route": route(1).but(suspended=True)}, False),
        ({"old": version(1, State.ROLLED_BACK)}, False),
    ],
    ids=["a live version", "a first version", "no row", "suspended", "drifted"],
)
def test_it_takes_a_version_that_has_calls(change: dict[str, object], can: bool) -> None:
    assert can_be_judged(seen(**change)) is can


@pytest.mark.parametrize("commit", [lambda known: begin_canary(known, NOW, ASKED), lambda known: swap(known, NOW, 24)])
@pytest.mark.parametrize(
    ("known", "error"),
    [
        (seen(route=route(1, 3)), Superseded),
        (seen(route=judging(3)), Superseded),
        (seen(load=load(2, proven_at=None)), ReleaseFailed),
        (seen(load=load(2, evidence={})), ReleaseFailed),
    ],
    ids=["older than what was live", "older than what is judged", "not proven", "not warm"],
)
def test_what_may_not_come_does_not_come(commit: Callable[[Seen], object], known: Seen, error: type) -> None:
    with pytest.raises(error):
        commit(known)


def test_a_newer_one_takes_the_place_of_a_canary_which_ends_with_it() -> None:
    known = beside(3).model_copy(update={"new": version(4, State.WARM), "load": load(4)})
    writes = begin_canary(known, NOW, ASKED)
    moved, _ = put(writes, Route)
    assert moved.canary is not None
    assert moved.canary.upload == "churn-4"
    ended, was = put(writes, Upload, "churn-3")
    assert (ended.state, was) == (State.SUPERSEDED, {"state is": "CANARY"})
    let_go, _ = put(writes, LoadRow, "churn-3")
    assert (let_go.pinned, let_go.lease_until) == (False, NOW + DRAIN)
    told = [write.row.notice for write in writes if isinstance(write.row, NoticeRow)]
    assert [(one.upload, one.state, one.superseded_by) for one in told] == [("churn-3", "SUPERSEDED", "churn-4")]


@pytest.mark.parametrize("act", ["a canary", "a swap", "a rollback"])
def test_one_whose_row_has_moved_meanwhile_is_held_fast(act: str) -> None:
    """The route was read before its canary went back: its revision has changed, so nothing of this is written."""
    known = beside(3).model_copy(update={"judged": version(3, State.ROLLED_BACK)})
    newer = known.model_copy(update={"new": version(4, State.WARM), "load": load(4)})
    kept = known.model_copy(update={"new": version(2, State.STANDBY)})
    writes = {
        "a canary": lambda: begin_canary(newer, NOW, ASKED),
        "a swap": lambda: swap(newer, NOW, 24),
        "a rollback": lambda: roll_back(kept, NOW, 24),
    }[act]()
    held = [write.row.upload for write in writes if isinstance(write, Check) and isinstance(write.row, Upload)]
    assert held == ["churn-3"]


def test_promotion_is_the_swap_and_leaves_no_canary() -> None:
    known = seen(
        new=version(2, State.CANARY, verdict={"decision": "promote", "reason": "no worse"}),
        route=judging(2),
        judged=version(2, State.CANARY),
        judged_load=load(2),
    )
    writes = swap(known, NOW, 24)
    moved, fence = put(writes, Route)
    assert (moved.upload, moved.canary, moved.standby, fence) == ("churn-2", None, "churn-1", {"floor below": "00002"})
    live, own = put(writes, Upload, "churn-2")
    assert (live.state, own["state is"]) == (State.LIVE, "CANARY")
    assert live.reason == "judged, loaded and answered its sample; as a canary no worse"
    assert len({write.row.key for write in writes}) == len(writes) == 8


def test_the_way_back_writes_the_route_once_and_keeps_what_went_back() -> None:
    row = version(2, State.CANARY, moves=(Move(state=State.CANARY, at=NOW, reason=""),))
    writes = gone_back(row, load(2, pinned=True), judging(2), "it failed", NOW, 24, verdict={"decision": "back"})
    moved, _ = put(writes, Route)
    assert (moved.upload, moved.floor, moved.standby, moved.canary) == ("churn-1", "00001", "", None)
    back, was = put(writes, Upload)
    assert (back.state, back.reason, back.retire_at, was) == (
        State.ROLLED_BACK,
        "it failed",
        NOW + timedelta(hours=24),
        {"state is": "CANARY"},
    )
    assert (back.verdict, back.has_been_live) == ({"decision": "back"}, False)
    told = [write.row for write in writes if isinstance(write.row, NoticeRow)]
    assert [(one.audience, one.notice.about, one.notice.state) for one in told] == [
        ("acme", "release", "ROLLED_BACK"),
        ("", "release", "ROLLED_BACK"),
    ]
    assert "tenantry rollback acme churn --to 2" in told[0].notice.fix
    assert all(isinstance(write, Put) for write in writes)


def test_without_grace_it_is_kept_until_the_last_call_is_over() -> None:
    back, _ = put(gone_back(version(2, State.CANARY), None, judging(2), "it failed", NOW, 0), Upload)
    assert back.retire_at == NOW + DRAIN


def test_a_bake_is_extended_by_its_own_length() -> None:
    later = UNTIL + timedelta(seconds=3)
    writes = extended(version(2, State.CANARY), judging(2), "too few calls", later)
    moved, _ = put(writes, Route)
    assert moved.canary is not None
    assert (moved.canary.until, moved.canary.extended) == (later + timedelta(minutes=10), True)
    row, _ = put(writes, Upload)
    assert (row.state, row.reason) == (State.CANARY, "judged again at 00:20:03 UTC: too few calls")


def test_an_operator_who_goes_further_back_takes_the_canary_off_too() -> None:
    known = seen(
        new=version(1, State.STANDBY),
        load=load(1),
        route=route(2).but(canary=judging(3).canary),
        old=version(2, State.LIVE),
        old_load=load(2, pinned=True),
        judged=version(3, State.CANARY),
        judged_load=load(3, pinned=True),
    )
    writes = roll_back(known, NOW, 24)
    moved, _ = put(writes, Route)
    assert (moved.upload, moved.floor, moved.canary) == ("churn-1", "00002", None)
    assert [put(writes, Upload, f"churn-{n}")[0].state.value for n in (1, 2, 3)] == [
        "LIVE",
        "ROLLED_BACK",
        "ROLLED_BACK",
    ]
    assert put(writes, LoadRow, "churn-3")[0].pinned is False
    assert len({write.row.key for write in writes}) == len(writes)


def test_an_operator_who_wants_what_went_back_raises_the_floor() -> None:
    known = seen(new=version(2, State.ROLLED_BACK))
    moved, fence = put(roll_back(known, NOW, 24), Route)
    assert (moved.upload, moved.floor, fence) == ("churn-2", "00002", {"floor below": "00002"})
