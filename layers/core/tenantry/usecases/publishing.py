"""The outputs of a run's jobs, split back: each becomes the result of its input, under its tenant's own prefix."""

from tenantry.domain.batch_keys import result_key
from tenantry.domain.batches import File, Inputs, RunRow
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.attempting import outputs_of
from tenantry.usecases.batches import lying
from tenantry.usecases.collecting import is_ready


def published(run: RunRow, inputs: Inputs, app: App) -> frozenset[str]:
    """Give every READY tenant its results; the paths of the inputs that have one now.

    SageMaker reads an input when its turn comes: of one replaced meanwhile, nobody knows which version it read.
    """
    outputs = outputs_of(run.run, app)
    ready = {tenant for tenant in run.tenants if is_ready(tenant, app)}
    still = {path for tenant, batch in run.batches for path in _unchanged(run, tenant, batch, inputs, app)}
    done = [file for file in inputs.files if file.path in outputs and file.path in still and file.tenant in ready]
    for file in done:
        _publish(file, run.day, outputs[file.path], app)
    return frozenset(file.path for file in done)


def _unchanged(run: RunRow, tenant: str, batch: str, inputs: Inputs, app: App) -> set[str]:
    there = lying(tenant, run.model, batch, app)
    taken = (file for file in inputs.files if (file.tenant, file.batch) == (tenant, batch))
    return {f.path for f in taken if f.item in there and there[f.item].version_id == f.version_id}


def _publish(file: File, day: str, output: ObjectVersion, app: App) -> None:
    """Copy it, unless that was done; the result that an earlier run of the same day left there goes."""
    bucket, key = app.settings.results_bucket, result_key(file, day)
    there = app.artifacts.latest(bucket, key)
    if there and there.last_modified >= output.last_modified:
        return
    if there:
        app.artifacts.delete(bucket, key)
    app.artifacts.copy(output, bucket, key)
