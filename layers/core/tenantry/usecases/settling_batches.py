"""Settle batch: results go to their tenants, each batch has its end, and each tenant one notice of the run.

However the run ended, and however often this is repeated: what a job left goes where it belongs, and what came while
the run was at work waits for the next.
"""

from tenantry.domain.base import Value, expiry
from tenantry.domain.batch_keys import run_prefix
from tenantry.domain.batch_notices import of_run
from tenantry.domain.batches import BatchRow, BatchState, RunRow
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.failures import sentence
from tenantry.domain.plans import Plan
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.batch_ends import BatchEnd, Ending, end_of
from tenantry.usecases.batches import inputs_of, write
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import BatchTask
from tenantry.usecases.publishing import published
from tenantry.usecases.stopping import leftovers, views_of
from tenantry.usecases.taking import follow_start


class SettledBatch(Value):
    """How many batches had their end now, who is told, and what is left in SageMaker."""

    ended: int
    audiences: tuple[str, ...]
    plan: Plan


class ClearedBatch(Value):
    """How many objects were removed."""

    removed: int


def settle_batch(task: BatchTask, app: App) -> SettledBatch:
    """End what the run has. There is nothing to do for one that has taken nothing; ReleaseFailed if it was an error."""
    run = app.registry.get(RunRow, RunRow.at(task.tenant, task.model, task.run))
    if run is None and task.error:
        raise ReleaseFailed(f"{task.step}: {sentence(task.error)}")
    if run is None:
        return SettledBatch(ended=0, audiences=(), plan=Plan.nothing("the run has taken nothing"))
    inputs, views = inputs_of(run.run, app), views_of(run, app)
    done = published(run, inputs, app) if inputs else frozenset[str]()
    ending = Ending(run, inputs, done, views, sentence(task.error) if task.error else "")
    ended = [row for tenant in run.tenants for row in deciding(lambda: _end(ending, tenant, app))]  # noqa: B023 - called before the loop goes on
    for row in ended:
        follow_start(row, app)
    audiences = ("", *dict.fromkeys(row.tenant for row in ended)) if ended else ()
    return SettledBatch(ended=len(ended), audiences=audiences, plan=leftovers(inputs, views))


def clear_batch(task: BatchTask, app: App) -> ClearedBatch:
    """Remove what the run wrote down for itself, and close its row. The last step: nothing of it is left then."""
    bucket = app.settings.results_bucket
    keys = sorted({one.key for one in app.artifacts.listing(bucket, run_prefix(task.run))})
    for key in keys:
        app.artifacts.delete(bucket, key)
    deciding(lambda: _close(task, app))
    return ClearedBatch(removed=len(keys))


def _end(ending: Ending, tenant: str, app: App) -> list[BatchRow]:
    """One commit for a tenant: the ends of its batches, and what it is told of all of them."""
    rows = _running(ending.run, tenant, app)
    ends = [end_of(row, ending, app) for row in rows]
    for end in ends:
        write(end.row.index, end.index.model_dump_json(), app)
    app.registry.commit(*(Put(row=end.row) for end in ends), *_told(ending, tenant, ends, app))
    for row in rows:
        if row.index and row.index not in {end.row.index for end in ends}:
            app.artifacts.delete(app.settings.results_bucket, row.index)
    return [now for end in ends if (now := app.registry.get(BatchRow, end.row.key))]


def _running(run: RunRow, tenant: str, app: App) -> list[BatchRow]:
    """What the run has of this tenant's, and has not ended yet."""
    keys = [BatchRow.at(tenant, run.model, batch) for whose, batch in run.batches if whose == tenant]
    rows = [row for key in keys if (row := app.registry.get(BatchRow, key))]
    return [row for row in rows if row.run == run.run and row.state is BatchState.RUNNING]


def _told(ending: Ending, tenant: str, ends: list[BatchEnd], app: App) -> tuple[Put, ...]:
    verdicts = {end.row.batch: end.verdict for end in ends if end.verdict}
    if not verdicts:
        return ()
    version = ending.version_of(tenant)
    rows = of_run(ending.run, app.settings.results_bucket, version, verdicts, [end.row for end in ends])
    return tuple(Put(row=row) for row in rows)


def _close(task: BatchTask, app: App) -> None:
    row = app.registry.get(RunRow, RunRow.at(task.tenant, task.model, task.run))
    if row and not row.ended:
        expires = expiry(app.clock.now(), app.settings.notice_days)
        app.registry.commit(Put(row=row.but(ended=True, expires=expires)))
