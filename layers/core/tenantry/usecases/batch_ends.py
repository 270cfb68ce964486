"""How a run ended for one batch of it: judged by what lies there now, what was taken of it, and what has a result."""

from dataclasses import dataclass

from tenantry.domain.batch_keys import index_key
from tenantry.domain.batch_notices import Verdict, empty, verdict
from tenantry.domain.batches import START, BatchRow, File, Index, Inputs, Known, RunRow
from tenantry.domain.names import upload_id
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.batches import index_of, lying
from tenantry.usecases.collecting import is_ready
from tenantry.usecases.stopping import Views, said_by


@dataclass(frozen=True)
class Ending:
    """A run at its end: what it took (`None`: it came not so far), paths with a result, what jobs said, its error."""

    run: RunRow
    inputs: Inputs | None
    done: frozenset[str]
    views: Views
    error: str

    def files_of(self, row: BatchRow) -> list[File]:
        """What it took of this batch."""
        files = self.inputs.files if self.inputs else ()
        return [file for file in files if (file.tenant, file.batch) == (row.tenant, row.batch)]

    def version_of(self, tenant: str) -> str:
        """The version that ran over this tenant's files; empty when none did."""
        files = self.inputs.files if self.inputs else ()
        group = next((file.group for file in files if file.tenant == tenant), None)
        return self.inputs.groups[group].version if self.inputs and group is not None else ""


@dataclass(frozen=True)
class BatchEnd:
    """A batch after the run, and how that ended for it (`None`: its turn did not come)."""

    row: BatchRow
    verdict: Verdict | None
    index: Index


def end_of(row: BatchRow, ending: Ending, app: App) -> BatchEnd:
    """`row` is RUNNING, in this run."""
    there, taken = lying(row.tenant, row.model, row.batch, app), ending.files_of(row)
    index = _index(row, there, taken, ending, app)
    inputs = {item: one for item, one in there.items() if item != START}
    more = [item for item, one in inputs.items() if not index.knows(item, one.version_id)]
    tried = [item for item in inputs if item not in more]
    failed = [item for item in tried if not index.items[item].done]
    if more and not tried:
        end = None
    elif not tried:
        end = empty(row)
    else:
        end = verdict(ending.version_of(row.tenant), len(tried), failed, _why(row, failed, ending, app), len(more))
    return BatchEnd(_after(row, end, ending, app, again=bool(more)), end, index)


def _index(row: BatchRow, there: dict[str, ObjectVersion], taken: list[File], ending: Ending, app: App) -> Index:
    """A run that took nothing has tried all the same what lies there: else it would be tried, and told of, for ever."""
    before = index_of(row, app)
    known = {item: one for item, one in before.items.items() if item in there}
    if ending.inputs is None:
        new = {i: Known(version_id=one.version_id, done=before.is_done(i, one.version_id)) for i, one in there.items()}
        return Index(items=known | new)
    new = {f.item: Known(version_id=f.version_id, done=f.path in ending.done) for f in taken if f.item in there}
    start = there.get(START)
    if start and upload_id(start.bucket, start.key, start.version_id) in ending.inputs.starts:
        new[START] = Known(version_id=start.version_id, done=True)
    return Index(items=known | new)


def _why(row: BatchRow, failed: list[str], ending: Ending, app: App) -> str:
    if ending.error:
        return ending.error
    if away := [name for name in (row.tenant, ending.run.tenant) if not is_ready(name, app)]:
        return f"tenant {away[0]} was suspended while they were run over"
    group = next((file.group for file in ending.files_of(row) if file.item in failed), None)
    return said_by(ending.views, group, alone=len(ending.run.tenants) == 1) if group is not None else ""


def _after(row: BatchRow, end: Verdict | None, ending: Ending, app: App, *, again: bool) -> BatchRow:
    now = app.clock.now()
    followed = ending.inputs.starts if ending.inputs else ()
    asked = "" if row.asked in followed else row.asked
    counts = {"files": end.files, "done": end.done} if end else {}
    kept = row.but(index=index_key(row, ending.run.run), late="", **counts)
    if end is None or again or asked:
        return kept.waiting(now, asked)
    return kept.ended(end.state, end.reason, now, app.settings.notice_days)
