"""The batches of a tenant that is being closed: what waits for a run has its end, and what a run has is waited for."""

from tenantry.domain.batch_keys import indexes_prefix
from tenantry.domain.batch_notices import of_abandoned
from tenantry.domain.batches import BatchRow, BatchState, RunRow
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding


def abandon_batches(tenant: str, app: App) -> int:
    """End what waits; how many batches and runs of the tenant's are still at work, and end by themselves."""
    for row in _batches(tenant, app):
        if row.state is BatchState.RECEIVED:
            deciding(lambda: _abandon(row.key, app))  # noqa: B023 - called before the loop goes on
    return open_batches(tenant, app)


def open_batches(tenant: str, app: App) -> int:
    """Batches of this tenant without an end, and runs over its models that are not over."""
    runs = app.registry.rows(RunRow, f"TENANT#{tenant}", "RUN#")
    waiting = [row for row in _batches(tenant, app) if row.state in {BatchState.RECEIVED, BatchState.RUNNING}]
    return len(waiting) + sum(not run.ended for run in runs)


def forget_batches(tenant: str, app: App) -> None:
    """Remove what runs wrote down of the tenant's batches; results stay."""
    bucket = app.settings.results_bucket
    for key in sorted({one.key for one in app.artifacts.listing(bucket, indexes_prefix(tenant))}):
        app.artifacts.delete(bucket, key)


def _batches(tenant: str, app: App) -> list[BatchRow]:
    return app.registry.rows(BatchRow, f"TENANT#{tenant}", "BATCH#")


def _abandon(key: tuple[str, str], app: App) -> None:
    row = app.registry.get(BatchRow, key)
    if row is None or row.state is not BatchState.RECEIVED:
        return
    why = "its tenant was offboarded before a run took it"
    end = row.ended(BatchState.FAILED, why, app.clock.now(), app.settings.notice_days)
    app.registry.commit(Put(row=end), *(Put(row=one) for one in of_abandoned(end)))
