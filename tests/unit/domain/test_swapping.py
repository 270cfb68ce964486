"""The commit of a swap: what is written, on which conditions, and when it is not made at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.notices import NoticeRow
from tenantry.domain.options import Serving
from tenantry.domain.routes import DRAIN, HostRow, LoadRow, Route
from tenantry.domain.swapping import Seen, roll_back, swap
from tenantry.domain.tenants import Source, TenantRow, TenantState
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put, Write
from tests.unit.domain.test_admission import PROFILE, upload

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SHA = "a" * 64


def version(order: int, state: State, **more: Any) -> Upload:
    placed: dict[str, Any] = {"sha256": SHA, "host": "h", "target": f"t{order}", "revision": 7, "owner": f"u-{order}-1"}
    return upload(order, state=state, **(placed | more))


def load(order: int, **more: Any) -> LoadRow:
    known = {"proven_at": NOW, "evidence": {"e": {}}, "lease_until": NOW + timedelta(hours=1), "sha256": SHA}
    row = {"host": "h", "target": f"t{order}", "tenant": "acme", "model": "churn", "upload": f"churn-{order}"}
    return LoadRow.model_validate(row | known | more)


def route(order: int, floor: int | None = None) -> Route:
    return Route(
        revision=4,
        tenant="acme",
        model="churn",
        host="h",
        target=f"t{order}",
        version=str(order),
        upload=f"churn-{order}",
        order=f"{order:05}",
        floor=f"{floor or order:05}",
        since=NOW,
    )


def seen(**more: Any) -> Seen:
    source = Source(bucket="b", key="k", version_id="v", order="1")
    tenant = TenantRow(tenant="acme", state=TenantState.READY, reason="", since=NOW, source=source, profile=PROFILE)
    host = HostRow(host="h", fleet="f", serving=Serving.MULTI_MODEL, endpoint="e", region="r", instances=2, since=NOW)
    known = {
        "tenant": tenant,
        "host": host,
        "new": version(2, State.WARM),
        "load": load(2),
        "route": route(1),
        "old": version(1, State.LIVE),
        "old_load": load(1, pinned=True),
    }
    return Seen(**(known | more))


def put[R](writes: tuple[Write, ...], kind: type[R], name: str = "") -> tuple[R, dict[str, str]]:
    """The row of this kind (and upload) that is put, and its conditions."""
    for write in writes:
        named = getattr(write.row, "upload", "")
        if isinstance(write, Put) and isinstance(write.row, kind) and name in {"", named}:
            return write.row, {f"{only.field} {only.test}": str(only.value) for only in write.only}
    raise AssertionError(kind)


def test_every_row_of_a_swap_is_in_its_one_commit() -> None:
    writes = swap(seen(), NOW, grace_hours=24)
    moved, fence = put(writes, Route)
    assert (moved.upload, moved.target, moved.floor, moved.standby) == ("churn-2", "t2", "00002", "churn-1")
    assert (moved.revision, fence) == (4, {"floor below": "00002"})
    live, own = put(writes, Upload, "churn-2")
    assert (live.state, own) == (State.LIVE, {"owner is": "u-2-1", "state is": "WARM"})
    old, was = put(writes, Upload, "churn-1")
    assert (old.state, old.retire_at, was) == (State.STANDBY, NOW + timedelta(hours=24), {"state is": "LIVE"})
    pinned, digest = put(writes, LoadRow, "churn-2")
    assert (pinned.pinned, digest) == (True, {"sha256 is": SHA})
    drained, _ = put(writes, LoadRow, "churn-1")
    assert (drained.pinned, drained.lease_until) == (False, NOW + DRAIN)
    told, _ = put(writes, NoticeRow)
    assert (told.audience, told.notice.state, told.notice.version) == ("acme", "LIVE", "2")
    checked = {type(write.row) for write in writes if isinstance(write, Check)}
    assert checked == {TenantRow, HostRow}
    assert len({write.row.key for write in writes}) == len(writes) == 8


def test_a_first_version_has_nothing_to_replace() -> None:
    writes = swap(seen(route=None, old=None, old_load=None), NOW, 24)
    made, fence = put(writes, Route)
    assert (made.revision, fence, made.standby) == (0, {}, "")
    assert len(writes) == 6


@pytest.mark.parametrize("floor", [2, 3])
def test_an_older_one_never_goes_live(floor: int) -> None:
    with pytest.raises(Superseded, match="version 1"):
        swap(seen(route=route(1, floor)), NOW, 24)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"load": load(2, proven_at=None)}, "answered its sample"),
        ({"load": load(2, sha256="b" * 64)}, "answered its sample"),
        ({"load": load(2, evidence={})}, "not warmed on e"),
        ({"host": seen().host.but(next="n")}, "not warmed on n"),
    ],
)
def test_what_was_not_shown_does_not_go_live(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ReleaseFailed, match=sentence):
        swap(seen(**more), NOW, 24)


@pytest.mark.parametrize(
    ("drifted", "held_fast"),
    [
        ({"old": None}, 0),
        ({"old_load": None}, 0),
        ({"old": None, "old_load": None}, 0),
        ({"old": version(1, State.ROLLED_BACK)}, 1),
    ],
)
def test_drift_of_the_old_rows_does_not_block_a_swap(drifted: dict[str, Any], held_fast: int) -> None:
    writes = swap(seen(**drifted), NOW, 24)
    _, fence = put(writes, Route)
    assert fence == {"floor below": "00002"}, "no condition is dropped to get through"
    assert sum(isinstance(write, Check) and isinstance(write.row, Upload) for write in writes) == held_fast


def test_a_replaced_version_is_kept_for_its_drain_even_without_grace() -> None:
    old, _ = put(swap(seen(), NOW, grace_hours=0), Upload, "churn-1")
    assert old.retire_at == NOW + DRAIN


def test_a_rollback_leaves_the_floor() -> None:
    back = seen(
        new=version(1, State.STANDBY), load=load(1), route=route(2), old=version(2, State.LIVE), old_load=load(2)
    )
    writes = roll_back(back, NOW, 24)
    moved, fence = put(writes, Route)
    assert (moved.upload, moved.order, moved.floor, fence) == ("churn-1", "00001", "00002", {"floor is": "00002"})
    live, own = put(writes, Upload, "churn-1")
    assert (live.state, live.retire_at, own) == (State.LIVE, None, {"state is": "STANDBY"})
    gone, _ = put(writes, Upload, "churn-2")
    assert (gone.state, gone.retire_at) == (State.ROLLED_BACK, NOW + timedelta(hours=24))
    told = [write.row for write in writes if isinstance(write.row, NoticeRow)]
    assert [(row.audience, row.notice.about) for row in told] == [("acme", "rollback"), ("", "rollback")]


@pytest.mark.parametrize(("order", "by"), [("00002", "number"), (f"n{2:020}00002", "upload")])
def test_a_route_is_never_fenced_by_two_kinds_of_order(order: str, by: str) -> None:
    """A release that began under the profile before: its order would be a floor that the new kind cannot pass."""
    models = {"churn": PROFILE.models["churn"].model_copy(update={"order": by})}
    tenant = seen().tenant.but(profile=PROFILE.model_copy(update={"models": models}))
    with pytest.raises(ReleaseFailed, match=rf'"order" became "{by}" while this was released'):
        swap(seen(tenant=tenant, new=version(2, State.WARM).but(order=order)), NOW, grace_hours=24)
