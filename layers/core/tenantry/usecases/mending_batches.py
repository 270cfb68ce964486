"""Batches and runs that do not go on: drops that nobody told of, STARTs that nobody followed, runs that died."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, islice

from tenantry.domain.batches import START, BatchRow, BatchState, Index, RunRow
from tenantry.domain.failures import TaskError
from tenantry.domain.names import Drop, DropKind, parse_drop, upload_id
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.batches import counts, index_of
from tenantry.usecases.finding import YOUNG
from tenantry.usecases.inputs import BatchTask
from tenantry.usecases.taking import follow_start, take_batch

MOST = 100_000
"""So many objects at most are compared with the rows in one run: there is no end to batches."""


def mend_batches(app: App) -> int:
    """Take lost drops, follow forgotten STARTs, end dead runs; how many there were."""
    lost = list(islice(_lost(app), app.settings.sweep_most))
    for drop, found in lost:
        take_batch(drop, found, app)
    before = app.clock.now() - YOUNG
    asked = sum([_followed(row, app) for row in app.registry.due(BatchRow, "batch", before)])
    dead = sum([_ended(row, app) for row in app.registry.due(RunRow, "run", before)])
    return len(lost) + asked + dead


def end_run(tenant: str, model: str, run: str, error: TaskError, app: App) -> bool:
    """Have another execution end what this run has, once an hour until it has; whether it has anything."""
    row = app.registry.get(RunRow, RunRow.at(tenant, model, run))
    if row is None or row.ended:
        return False
    name = f"e-{upload_id('run', tenant, run)}-{app.clock.now():%Y%m%d%H}"
    app.machines.start("run-batch", name, BatchTask(tenant=tenant, model=model, run=run, error=error).payload())
    return True


def _followed(row: BatchRow, app: App) -> bool:
    """A run of this name may have ended before it took the batch."""
    status = app.machines.status("run-batch", row.execution)
    if status == "RUNNING":
        return False
    follow_start(row, app, again=f"-{app.clock.now():%Y%m%d%H}" if status else "")
    return True


def _ended(row: RunRow, app: App) -> bool:
    if app.machines.status("run-batch", row.run) == "RUNNING":
        return False
    return end_run(row.tenant, row.model, row.run, TaskError(error="ReleaseFailed", cause="its execution died"), app)


def _lost(app: App) -> Iterator[tuple[Drop, ObjectVersion]]:
    now = app.clock.now()
    listed = islice(app.artifacts.listing(app.settings.drop_bucket, "batches/"), MOST)
    oldest = now - timedelta(days=app.settings.sweep_days)
    recent = (one for one in listed if one.is_latest and oldest <= one.last_modified <= now - YOUNG)
    drops = ((parse_drop(found.key, found.size), found) for found in recent)
    dropped = (one for one in drops if one[0].kind is DropKind.BATCH and counts(one[0].item, one[1].size))
    for key, group in groupby(dropped, key=lambda one: (one[0].tenant, one[0].model, one[0].version)):
        row = app.registry.get(BatchRow, BatchRow.at(*key))
        index = index_of(row, app) if row else Index()
        yield from (one for one in group if _is_lost(row, index, *one))


def _is_lost(row: BatchRow | None, index: Index, drop: Drop, found: ObjectVersion) -> bool:
    """While a batch waits, or a run has it, what is in it will be found; only a START has to be told of."""
    if row is None:
        return True
    if row.state is BatchState.REJECTED and not row.run:
        return found.last_modified > row.since
    if row.state is BatchState.RUNNING or index.knows(drop.item, found.version_id):
        return False
    asked = upload_id(found.bucket, found.key, found.version_id)
    return row.state is not BatchState.RECEIVED or (drop.item == START and row.asked != asked)
