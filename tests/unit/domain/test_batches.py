"""Batches: names, the index of what was taken, and the notice of a run."""

from datetime import UTC, datetime

import pytest

from tenantry.domain.batch_keys import index_key, job_name, model_name, outputs_prefix, result_key
from tenantry.domain.batch_notices import Verdict, empty, of_run, verdict
from tenantry.domain.batches import BatchRow, BatchState, File, Index, Known, RunRow
from tenantry.domain.names import DropKind, parse_drop, schedule_name, schedules_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RUN = RunRow(tenant="vendor", model="churn", run="b-1", since=NOW, day="2026-01-02", batches=(("acme", "b1"),))
ROW = BatchRow(
    tenant="acme", model="churn", batch="b1", owner="vendor", state=BatchState.DONE, reason="", since=NOW, revision=3
)
FILE = File(tenant="acme", model="churn", batch="b1", item="deep/one.csv", version_id="v", group=0)


def test_a_result_lies_by_date_and_batch_under_its_tenants_prefix() -> None:
    assert result_key(FILE, RUN.day) == "results/acme/churn/batches/dt=2026-01-02/b1/deep/one.csv.out"
    assert FILE.path == "acme/churn/b1/deep/one.csv"
    assert parse_drop(f"batches/{FILE.path}").kind is DropKind.BATCH


def test_what_a_run_writes_for_itself_is_under_no_tenants_results() -> None:
    for key in (outputs_prefix("b-1", 2), index_key(ROW, "b-1")):
        assert key.startswith(("_jobs/", "_batches/"))


def test_no_two_attempts_or_groups_have_a_job_in_common() -> None:
    names = {job_name("tenantry", RUN, attempt, group) for attempt in (1, 2, 3) for group in range(10)}
    assert (len(names), {len(name) <= 63 for name in names}) == (30, {True})
    assert model_name("tenantry", RUN, "u") not in names


def test_another_start_asks_for_another_execution() -> None:
    asked = ROW.waiting(NOW, "u")
    assert asked.execution != asked.but(revision=4).execution
    assert (asked.work, ROW.work) == (("batch", NOW), None)
    assert (asked.taken("b-2", NOW).asked, asked.taken("b-2", NOW).work) == ("", None)


def test_an_index_knows_versions_and_not_names() -> None:
    index = Index(items={"one": Known(version_id="v1", done=True), "two": Known(version_id="v1", done=False)})
    assert (index.knows("one", "v1"), index.knows("one", "v2"), index.knows("three", "v1")) == (True, False, False)
    assert (index.is_done("one", "v1"), index.is_done("one", "v2"), index.is_done("two", "v1")) == (True, False, False)


@pytest.mark.parametrize(("files", "failed", "state", "reason"), [
    (2, [], "DONE", "version 7: 2 of 2 files have their results"),
    (1, [], "DONE", "version 7: 1 of 1 file has its result"),
    (2, ["x"], "PARTIAL", "version 7: 1 of 2 files have their results: why"),
    (2, ["x", "y"], "FAILED", "version 7: 0 of 2 files have their results: why"),
], ids=["all", "one", "some", "none"])  # fmt: skip
def test_a_verdict_counts(files: int, failed: list[str], state: str, reason: str) -> None:
    found = verdict("7", files, failed, "why", 0)
    assert (found.state, found.reason) == (state, reason)


def told(ends: dict[str, Verdict]) -> tuple[str, ...]:
    rows = of_run(RUN, "results", "7", ends, [ROW])
    assert {row.notice.id for row in rows} == {"batch-b-1-acme"}
    return tuple(row.audience for row in rows)


def test_good_news_is_the_tenants_alone_and_bad_news_is_the_operators_too() -> None:
    done, some = verdict("7", 2, [], "", 0), verdict("7", 2, ["x"], "why", 1)
    assert (told({"b1": done}), told({"b1": done, "b2": some})) == (("acme",), ("acme", ""))


def test_a_notice_says_what_to_do_and_where_the_results_are() -> None:
    [row, _] = of_run(RUN, "results", "7", {"b1": verdict("7", 2, ["x"], "why", 1), "b2": empty(ROW)}, [ROW])
    notice = row.notice
    assert (notice.state, notice.batch, notice.details["failed_files"]) == ("PARTIAL", "b1, b2", ["b1/x"])
    assert notice.fix.startswith("mend what the reason names and drop batches/acme/churn/b1/_START")
    assert notice.reason.endswith("; 1 more file waits for the next run")
    assert notice.result == "s3://results/results/acme/churn/batches/dt=2026-01-02/"


def test_nothing_to_fetch_where_nothing_was_done() -> None:
    [row, _] = of_run(RUN, "results", "", {"b1": empty(ROW)}, [ROW])
    assert (row.notice.state, row.notice.fetch) == ("REJECTED", "")


def test_a_schedules_name_fits_and_is_its_tenants_alone() -> None:
    longest = "a" * 32
    names = {schedule_name(longest, model) for model in ("b" * 32, "b" * 31 + "c", "b" * 31)}
    assert (len(names), max(map(len, names))) == (3, 64)
    assert all(name.startswith(schedules_of(longest)) for name in names)
    assert not schedule_name("acme-eu", "churn").startswith(schedules_of("acme"))
