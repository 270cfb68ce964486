"""What is told of batches: how a run ended for one tenant, with its counts, and the sentence that says what to do."""

from collections.abc import Sequence
from typing import Any

from tenantry.domain.base import Value
from tenantry.domain.batch_keys import drops_prefix, results_prefix
from tenantry.domain.batches import START, BatchRow, BatchState, RunRow
from tenantry.domain.notices import Notice, NoticeRow, audiences, outbox
from tenantry.domain.sentences import named

MOST_NAMED = 20
"""So many files that failed are named."""


class Verdict(Value):
    """How a run ended for one batch: of `files` in it, `done` have results, `failed` were tried and have none.

    `more` came, or changed, after the run began, or were too many for it.
    """

    state: BatchState
    reason: str
    files: int
    done: int
    failed: tuple[str, ...] = ()
    more: int = 0


def verdict(version: str, files: int, failed: Sequence[str], said: str, more: int) -> Verdict:
    """DONE where every file has its result, FAILED where none has, PARTIAL between; `said` is why, where one failed."""
    done = files - len(failed)
    state = BatchState.PARTIAL if failed and done else BatchState.FAILED if failed else BatchState.DONE
    which = f"version {version}: " if version else ""
    reason = f"{which}{done} of {files} {'file has its result' if files == 1 else 'files have their results'}"
    reason += f": {said}" if failed and said else ""
    return Verdict(state=state, reason=reason, files=files, done=done, failed=tuple(failed), more=more)


def empty(row: BatchRow) -> Verdict:
    """Nothing but a START lies in it."""
    prefix = drops_prefix(row.tenant, row.model, row.batch)
    return Verdict(state=BatchState.REJECTED, reason=f"there is no file to run over in {prefix}", files=0, done=0)


def of_run(
    run: RunRow, bucket: str, version: str, ends: dict[str, Verdict], rows: Sequence[BatchRow]
) -> tuple[NoticeRow, ...]:
    """The one notice of a run for one tenant; `ends` by batch, `rows` as they are now (at least one)."""
    first = rows[0]
    state, results = _state(ends), f"s3://{bucket}/{results_prefix(first.tenant, first.model, run.day)}"
    some = any(end.done for end in ends.values())
    bad = state is not BatchState.DONE
    notice = Notice(
        id=f"batch-{run.run}-{first.tenant}",
        about="batch",
        tenant=first.tenant,
        model=first.model,
        version=version,
        batch=named(sorted(ends)),
        state=state,
        reason=_reason(ends),
        fix=_fix(first, ends),
        result=results if some else "",
        fetch=f"aws s3 cp --recursive {results} ." if some else "",
        at=first.since,
        details=_details(ends),
    )
    return outbox(notice, *audiences(first.tenant, "FAILED" if bad else state))


def of_abandoned(row: BatchRow) -> tuple[NoticeRow, ...]:
    """What a tenant is told of a batch that no run will take; `row` is in its end state."""
    fix = f"restore tenants/{row.tenant}.json; then {_starting(row)}"
    return outbox(_ended(row, "abandoned", fix), row.tenant)


def of_rejected(row: BatchRow, *, known: bool) -> tuple[NoticeRow, ...]:
    """What is told of a batch that was turned away; `row` is in its end state. `known`: there is such a tenant."""
    notice = _ended(row, "rejected", f"mend what the reason names; then {_starting(row)}")
    return outbox(notice, *audiences(row.tenant, row.state, known=known))


def _starting(row: BatchRow) -> str:
    prefix = drops_prefix(row.tenant, row.model, row.batch)
    return f"drop {prefix}{START}, and all that lies there is taken up"


def _ended(row: BatchRow, how: str, fix: str) -> Notice:
    return Notice(
        id=f"batch-{row.tenant}-{row.model}-{row.batch}-{how}-{row.revision}",
        about="batch",
        tenant=row.tenant,
        model=row.model,
        batch=row.batch,
        state=row.state,
        reason=row.reason,
        fix=fix,
        at=row.since,
    )


def _state(ends: dict[str, Verdict]) -> BatchState:
    states = {end.state for end in ends.values()}
    if len(states) == 1:
        return states.pop()
    return BatchState.PARTIAL if any(end.done for end in ends.values()) else BatchState.FAILED


def _reason(ends: dict[str, Verdict]) -> str:
    said = "; ".join(f"{batch}: {end.reason}" if len(ends) > 1 else end.reason for batch, end in sorted(ends.items()))
    more = sum(end.more for end in ends.values())
    return said + (f"; {more} more {'files wait' if more > 1 else 'file waits'} for the next run" if more else "")


def _fix(row: BatchRow, ends: dict[str, Verdict]) -> str:
    bad = [batch for batch, end in sorted(ends.items()) if end.state is not BatchState.DONE]
    if not bad:
        return ""
    start = drops_prefix(row.tenant, row.model, bad[0]) + START
    return f"mend what the reason names and drop {start}: only files without a result are run over again"


def _details(ends: dict[str, Verdict]) -> dict[str, Any]:
    failed = [f"{batch}/{item}" for batch, end in sorted(ends.items()) for item in end.failed]
    return {
        "files": sum(end.files for end in ends.values()),
        "done": sum(end.done for end in ends.values()),
        "failed": len(failed),
        "failed_files": failed[:MOST_NAMED],
        "batches": {batch: end.state for batch, end in sorted(ends.items())[:MOST_NAMED]},
    }
