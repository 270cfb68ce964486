"""Take batch: one dropped file, or START, of a batch; the batch is recorded once, and turned away once with a sentence.

What a run took before changes nothing, however often and in whatever order it is told of. Whether it was taken says
the batch's index; an older version of an object is never news.
"""

from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.batch_notices import of_rejected
from tenantry.domain.batches import START, BatchRow, BatchState
from tenantry.domain.errors import Rejected
from tenantry.domain.names import Drop, upload_id
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.batches import counts, index_of, model_for
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import known_tenant
from tenantry.usecases.inputs import BatchTask

BEFORE = "this batch was turned away before"


class TakenBatch(Value):
    """What became of one object of a batch."""

    outcome: Literal["start", "ignore", "rejected"]
    reason: str


def take_batch(drop: Drop, found: ObjectVersion, app: App) -> TakenBatch:
    """Record that this object waits for a run, and begin one if it is START."""
    if not counts(drop.item, found.size):
        return TakenBatch(outcome="ignore", reason="an empty file has nothing to run over")
    if why := deciding(lambda: _recorded(drop, found, app)):
        return TakenBatch(outcome="ignore", reason=why)
    row = app.registry.get(BatchRow, BatchRow.at(drop.tenant, drop.model, drop.version))
    assert row is not None
    if row.state is BatchState.REJECTED:
        return TakenBatch(outcome="rejected", reason=row.reason)
    follow_start(row, app)
    return TakenBatch(outcome="start", reason=row.reason)


def follow_start(row: BatchRow, app: App, again: str = "") -> None:
    """Begin the run that a START asks for; one that has the batch now is followed by it. `again` makes another one."""
    if row.asked and row.state is not BatchState.RUNNING:
        task = BatchTask(tenant=row.owner, model=row.model, user=row.tenant, batch=row.batch)
        app.machines.start("run-batch", f"{row.execution}{again}", task.payload())


def _recorded(drop: Drop, found: ObjectVersion, app: App) -> str:
    """Bring the row after the object; why there was nothing to do, if there was not."""
    row = app.registry.get(BatchRow, BatchRow.at(drop.tenant, drop.model, drop.version))
    asked = upload_id(found.bucket, found.key, found.version_id) if drop.item == START else ""
    if row is None:
        return _opened(drop, None, asked, app)
    if row.state is BatchState.REJECTED and not row.run:
        return _judged_again(drop, row, found, asked, app)
    if row.state is BatchState.RECEIVED and (not asked or asked == row.asked):
        return ""
    if not _is_news(drop, row, found, app):
        return "a run has taken this object, or a newer version of it, before"
    if row.state is BatchState.RUNNING:
        return _noted(row, found, asked, app)
    return _opened(drop, row, asked, app)


def _is_news(drop: Drop, row: BatchRow, found: ObjectVersion, app: App) -> bool:
    latest = app.artifacts.latest(found.bucket, found.key)
    if latest is None or latest.version_id != found.version_id:
        return False
    return not index_of(row, app).knows(drop.item, found.version_id)


def _noted(row: BatchRow, found: ObjectVersion, asked: str, app: App) -> str:
    """While a run has the batch: it looks for what came later when it ends, so its row must have changed by then.

    Once is enough, and a thousand files must not keep the run from its end: what slips through, the sweep finds.
    """
    if asked not in {"", row.asked} or not row.late:
        late = upload_id(found.bucket, found.key, found.version_id)
        app.registry.commit(Put(row=row.but(asked=asked or row.asked, late=late)))
    return ""


def _opened(drop: Drop, row: BatchRow | None, asked: str, app: App) -> str:
    try:
        owner, _ = model_for(drop.tenant, drop.model, app)
    except Rejected as why:
        return _turned_away(drop, row, why.reason, app)
    known = row or _row(drop, app)
    app.registry.commit(Put(row=known.but(owner=owner).waiting(app.clock.now(), asked or known.asked)))
    return ""


def _judged_again(drop: Drop, row: BatchRow, found: ObjectVersion, asked: str, app: App) -> str:
    """What was turned away stays so; what is dropped after that is a new question."""
    return BEFORE if found.last_modified <= row.since else _opened(drop, row, asked, app)


def _turned_away(drop: Drop, row: BatchRow | None, why: str, app: App) -> str:
    """Told once for a batch, however many objects it has."""
    if row and row.state is BatchState.REJECTED:
        return BEFORE
    rejected = (row or _row(drop, app)).ended(BatchState.REJECTED, why, app.clock.now(), app.settings.notice_days)
    told = of_rejected(rejected, known=known_tenant(rejected.tenant, app.registry))
    app.registry.commit(Put(row=rejected), *(Put(row=one) for one in told))
    return ""


def _row(drop: Drop, app: App) -> BatchRow:
    return BatchRow(
        tenant=drop.tenant,
        model=drop.model,
        batch=drop.version,
        owner=drop.tenant,
        state=BatchState.RECEIVED,
        reason="received",
        since=app.clock.now(),
    )
