"""The registry's promises, on the twin and on DynamoDB alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantry.adapters.stored import attributes, moment, row_of
from tenantry.domain.errors import Conflict
from tenantry.domain.models import ModelProfile, Sample
from tenantry.domain.notices import MailboxRow, Notice, NoticeRow
from tenantry.domain.options import Isolation, Serving
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.tenants import Source, TenantRow, TenantState
from tenantry.domain.versions import State, Upload
from tenantry.ports import Check, Delete, Only, Put, Registry

NOW = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)


def upload(name: str = "a1", tenant: str = "acme", **changes: Any) -> Upload:
    row = Upload(
        tenant=tenant,
        model="churn",
        version="7",
        upload=name,
        bucket="drop",
        key_=f"models/{tenant}/churn/7/model.tar.gz",
        version_id="v1",
        size=12,
        order="0001",
        state=State.RECEIVED,
        reason="dropped",
        since=NOW,
        received_at=NOW,
        evidence={"probes": 8, "slowest_ms": 812.5, "places": [{"instance": 1, "warm": True}]},
    )
    return row.but(**changes)


def route(**changes: Any) -> Route:
    row = Route(
        tenant="acme", model="churn", host="h1", target="t1", version="7", upload="a1", order="1", floor="1", since=NOW
    )
    return row.but(**changes)


def stored[R: (Upload, Route)](registry: Registry, row: R) -> R:
    """The row, stored and read again."""
    registry.commit(Put(row=row))
    found = registry.get(type(row), row.key)
    assert found is not None
    return found


def test_what_was_never_stored_is_none(registry: Registry) -> None:
    assert registry.get(Upload, ("TENANT#acme", "UPLOAD#churn#a1")) is None


def test_a_row_comes_back_as_it_was_with_the_next_revision(registry: Registry) -> None:
    row = upload(state=State.RECEIVED, since=NOW + timedelta(microseconds=7)).move(State.HELD, NOW, "waits")
    assert stored(registry, row) == row.but(revision=1)


def test_nested_profiles_with_fractions_come_back(registry: Registry) -> None:
    model = ModelProfile(serving=Serving.MULTI_MODEL, fleet="sklearn", sample=Sample(body="1,2"), grace=0.1)
    row = TenantRow(
        tenant="acme",
        state=TenantState.READY,
        reason="",
        since=NOW,
        source=Source(bucket="drop", key="tenants/acme.json", version_id="v", order="1"),
        profile=TenantProfile(isolation=Isolation.BRIDGE, notify=("ml@acme.example",), models={"churn": model}),
    )
    registry.commit(Put(row=row))
    assert registry.get(TenantRow, row.key) == row.but(revision=1)


def test_a_new_row_is_stored_once(registry: Registry) -> None:
    registry.commit(Put(row=upload()))
    with pytest.raises(Conflict) as caught:
        registry.commit(Put(row=upload(reason="again")))
    assert caught.value.keys == (upload().key,)
    assert registry.get(Upload, upload().key) == upload(revision=1)


def test_a_write_on_an_old_revision_is_refused(registry: Registry) -> None:
    first = stored(registry, upload())
    second = stored(registry, first.but(reason="second"))
    with pytest.raises(Conflict):
        registry.commit(Put(row=first.but(reason="late")))
    assert registry.get(Upload, first.key) == second


def test_a_removed_row_cannot_be_overwritten_by_who_read_it(registry: Registry) -> None:
    first = stored(registry, upload())
    registry.commit(Delete(row=first))
    assert registry.get(Upload, first.key) is None
    with pytest.raises(Conflict):
        registry.commit(Put(row=first.but(reason="late")))
    with pytest.raises(Conflict):
        registry.commit(Delete(row=first))


@pytest.mark.parametrize(
    ("only", "holds"),
    [
        (Only(field="state", test="is", value="RECEIVED"), True),
        (Only(field="state", test="is", value="WARM"), False),
        (Only(field="order", test="below", value="0002"), True),
        (Only(field="order", test="below", value="0001"), False),
        (Only(field="owner", test="is", value=""), True),
        (Only(field="since", test="is", value=NOW), True),
        (Only(field="since", test="below", value=NOW + timedelta(microseconds=1)), True),
        (Only(field="since", test="below", value=NOW), False),
        (Only(field="retire_at", test="is", value=""), False),
        (Only(field="nothing", test="below", value="z"), False),
        (Only(field="size", test="is", value="12"), False),
        (Only(field="copied", test="is", value="false"), False),
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", [Put, Delete, Check])
def test_a_condition_beside_the_revision(registry: Registry, verb: Any, only: Only, holds: bool) -> None:
    row = stored(registry, upload())
    write = verb(row=row, only=(only,))
    if holds:
        registry.commit(write)
    else:
        with pytest.raises(Conflict, match="TENANT#acme/UPLOAD#churn#a1"):
            registry.commit(write)
        assert registry.get(Upload, row.key) == row


def test_a_check_of_a_row_that_must_not_be_there(registry: Registry) -> None:
    registry.commit(Check(row=upload()), Put(row=upload("b2")))
    stored(registry, upload())
    with pytest.raises(Conflict):
        registry.commit(Check(row=upload()), Put(row=upload("c3")))
    assert registry.get(Upload, upload("c3").key) is None


def test_both_tables_take_part_in_one_commit(registry: Registry) -> None:
    registry.commit(Put(row=upload()), Put(row=route()))
    assert registry.get(Route, route().key) == route(revision=1)
    found = registry.get(Route, route().key)
    assert found is not None
    assert found.generation == 1


def test_rows_of_a_partition_come_in_the_order_of_their_keys(registry: Registry) -> None:
    for name in ("c3", "a1", "b2"):
        registry.commit(Put(row=upload(name)))
    registry.commit(Put(row=upload("z9", tenant="other")), Put(row=MailboxRow(audience="acme", mailed_at=NOW)))
    assert [row.upload for row in registry.rows(Upload, "TENANT#acme", "UPLOAD#churn#")] == ["a1", "b2", "c3"]
    assert len(registry.rows(MailboxRow, "TENANT#acme", "MAILBOX")) == 1
    assert registry.rows(Upload, "TENANT#nobody") == []


def test_a_partition_longer_than_a_page_comes_whole(registry: Registry) -> None:
    long = "x" * 30_000  # 45 of them pass the megabyte that one page of a query holds
    for number in range(45):
        registry.commit(Put(row=upload(f"n{number:03d}", reason=long)))
    assert len(registry.rows(Upload, "TENANT#acme", "UPLOAD#")) == 45
    assert len(registry.due(Upload, "release#acme", NOW + timedelta(days=1))) == 45
    assert len(registry.due(Upload, "release#acme", NOW + timedelta(days=1), limit=40)) == 40


def test_due_work_is_the_oldest_first_up_to_its_limit(registry: Registry) -> None:
    for name, seconds in (("a1", 30), ("b2", 10), ("c3", 20), ("d4", 90)):
        registry.commit(Put(row=upload(name, since=NOW + timedelta(seconds=seconds))))
    before = NOW + timedelta(seconds=90)
    assert [row.upload for row in registry.due(Upload, "release#acme", before)] == ["b2", "c3", "a1"]
    assert [row.upload for row in registry.due(Upload, "release#acme", before, limit=2)] == ["b2", "c3"]
    assert registry.due(Upload, "retire", before) == []


def test_work_that_is_done_is_not_due_any_more(registry: Registry) -> None:
    notice = Notice(id="n1", about="digest", state="DONE", reason="r", at=NOW)
    row = NoticeRow(audience="acme", notice=notice, due=NOW)
    registry.commit(Put(row=row))
    (found,) = registry.due(NoticeRow, "notice", NOW + timedelta(seconds=1))
    assert found == row.but(revision=1)
    registry.commit(Put(row=found.but(sent_at=NOW, mailed_at=NOW)))
    assert registry.due(NoticeRow, "notice", NOW + timedelta(seconds=1)) == []


def test_work_changes_its_name_with_the_row(registry: Registry) -> None:
    row = stored(registry, upload())
    registry.commit(Put(row=row.but(state=State.FAILED, copied=True)))
    later = NOW + timedelta(days=1)
    assert registry.due(Upload, "release#acme", later) == []
    assert [one.upload for one in registry.due(Upload, "clean", later)] == ["a1"]


def test_moments_of_any_zone_and_fraction_are_compared_as_time(registry: Registry) -> None:
    half = NOW + timedelta(milliseconds=500)
    stored(registry, upload(since=half))
    assert registry.due(Upload, "release#acme", NOW + timedelta(milliseconds=499)) == []
    assert len(registry.due(Upload, "release#acme", NOW + timedelta(milliseconds=501))) == 1
    assert moment(NOW) < moment(half)
    assert len(moment(NOW)) == len(moment(half)) == 27


def test_an_empty_commit_is_nothing(registry: Registry) -> None:
    registry.commit()


def test_a_row_named_twice_or_too_many_writes_is_a_program_error(registry: Registry) -> None:
    with pytest.raises(ValueError, match="one per row"):
        registry.commit(Put(row=upload()), Check(row=upload()))
    with pytest.raises(ValueError, match="at most 100"):
        registry.commit(*(Put(row=upload(f"n{number}")) for number in range(101)))


def test_a_hundred_writes_are_one_commit(registry: Registry) -> None:
    rows = [upload(f"n{number:03d}") for number in range(100)]
    registry.commit(*(Put(row=row) for row in rows))
    assert len(registry.rows(Upload, "TENANT#acme")) == 100
    stored(registry, rows[99].but(revision=1))
    with pytest.raises(Conflict) as caught:
        registry.commit(*(Put(row=row.but(revision=1, reason="again")) for row in rows))
    assert caught.value.keys == (rows[99].key,)
    assert {row.reason for row in registry.rows(Upload, "TENANT#acme")} == {"dropped"}


def test_what_a_later_release_added_does_not_break_reading() -> None:
    later = {**attributes(upload()), "mood": "good", "moves": [{**MOVE, "by": "someone"}]}
    found = row_of(Upload, later)
    assert found.reason == "dropped"
    assert found.moves[0].reason == "first"


MOVE = {"state": "RECEIVED", "at": "2026-11-22T04:05:06Z", "reason": "first"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_cannot_be_stored_is_a_program_error(registry: Registry, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        registry.commit(Put(row=upload(evidence={"odd": value})))


# The swap: route, new row, old row, load record and notice in one commit, each with its condition.


def given_a_warm_version(registry: Registry) -> dict[str, Any]:
    old = stored(registry, upload("old1", state=State.LIVE, order="0001"))
    new = stored(registry, upload("new1", state=State.WARM, order="0002", owner="u-new1-1", sha256="ab"))
    there = stored(registry, route(upload="old1", floor="0001"))
    load = LoadRow(
        host="h1", target="t2", tenant="acme", model="churn", upload="new1", sha256="ab",
        lease_until=NOW + timedelta(hours=1),
    )  # fmt: skip
    registry.commit(Put(row=load))
    notice = Notice(id="n1", about="release", state="LIVE", reason="live", at=NOW)
    return {
        "route": Put(
            row=there.but(target="t2", upload="new1", floor="0002"),
            only=(Only(field="floor", test="below", value="0002"),),
        ),
        "new": Put(
            row=new.but(state=State.LIVE),
            only=(
                Only(field="state", test="is", value="WARM"),
                Only(field="owner", test="is", value="u-new1-1"),
                Only(field="sha256", test="is", value="ab"),
            ),
        ),
        "old": Put(row=old.but(state=State.STANDBY), only=(Only(field="state", test="is", value="LIVE"),)),
        "load": Put(row=load.but(revision=1, pinned=True), only=(Only(field="sha256", test="is", value="ab"),)),
        "notice": Put(row=NoticeRow(audience="acme", notice=notice, due=NOW)),
    }


SPOIL: dict[str, tuple[str, dict[str, Any]]] = {
    # what happened meanwhile: the row that changed, and how
    "route-went-on": ("route", {"floor": "0003"}),
    "new-was-superseded": ("new", {"state": State.SUPERSEDED}),
    "new-has-another-owner": ("new", {"owner": "u-new1-2"}),
    "old-was-rolled-back": ("old", {"state": State.ROLLED_BACK}),
    "load-was-lost": ("load", {"sha256": "cd"}),
}


def test_a_swap_writes_all_five_rows(registry: Registry) -> None:
    swap = given_a_warm_version(registry)
    registry.commit(*swap.values())
    for write in swap.values():
        assert registry.get(type(write.row), write.row.key) == write.row.but(revision=write.row.revision + 1)


@pytest.mark.parametrize("name", SPOIL)
def test_a_swap_with_one_condition_broken_writes_nothing(registry: Registry, name: str) -> None:
    swap = given_a_warm_version(registry)
    place, changes = SPOIL[name]
    row = swap[place].row
    before = registry.get(type(row), row.key)
    assert before is not None
    registry.commit(Put(row=before.but(**changes)))
    unchanged = {one: registry.get(type(write.row), write.row.key) for one, write in swap.items()}
    with pytest.raises(Conflict) as caught:
        registry.commit(*swap.values())
    assert caught.value.keys == (row.key,)
    assert {one: registry.get(type(write.row), write.row.key) for one, write in swap.items()} == unchanged


def test_a_swap_done_twice_names_every_row_that_has_changed(registry: Registry) -> None:
    swap = given_a_warm_version(registry)
    registry.commit(*swap.values())
    with pytest.raises(Conflict) as caught:
        registry.commit(*swap.values())
    assert set(caught.value.keys) == {write.row.key for write in swap.values()}
