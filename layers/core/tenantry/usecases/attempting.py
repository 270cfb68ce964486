"""An attempt of a run: its jobs, one for each group of files, and the outputs that jobs have left so far."""

import json
from collections.abc import Sequence

from tenantry.domain.batch_keys import job_name, outputs_prefix, run_prefix
from tenantry.domain.batches import File, Group, Inputs, RunRow
from tenantry.domain.models import ModelProfile
from tenantry.domain.plans import Call, Plan
from tenantry.ports import ObjectVersion
from tenantry.serving import batch_transform
from tenantry.serving.endpoints import Tags, tags
from tenantry.usecases.app import App
from tenantry.usecases.batches import write

MANIFEST = ".manifest"


def plan_attempt(
    run: RunRow, inputs: Inputs, attempt: int, files: Sequence[File], model: ModelProfile, app: App
) -> Plan:
    """A job for each group that has some of these files; what each reads is written down before."""
    numbers = sorted({file.group for file in files})
    calls = [_job(run, inputs.groups[n], n, attempt, _of(n, files), model, app) for n in numbers]
    return Plan(calls=tuple(calls), reason=f"attempt {attempt}: {len(files)} files in {len(calls)} jobs")


def jobs_of(run: RunRow, attempt: int, app: App) -> dict[int, str]:
    """The jobs that were planned for this attempt, by group."""
    prefix = f"{run_prefix(run.run)}{attempt}-"
    manifests = app.artifacts.listing(app.settings.results_bucket, prefix)
    numbers = {int(one.key.removeprefix(prefix).removesuffix(MANIFEST)) for one in manifests}
    return {number: job_name(app.settings.stack, run, attempt, number) for number in sorted(numbers)}


def outputs_of(run: str, app: App) -> dict[str, ObjectVersion]:
    """What jobs of this run have written, at whatever attempt, by the path of its input."""
    prefix = outputs_prefix(run)
    found = [one for one in app.artifacts.listing(app.settings.results_bucket, prefix) if one.is_latest]
    paths = (one.key.removeprefix(prefix).partition("/")[2] for one in found)
    return {path.removesuffix(".out"): one for path, one in zip(paths, found, strict=True) if path.endswith(".out")}


def marks(run: RunRow, group: Group, app: App) -> Tags:
    """The tags of what is made for a run."""
    return tags(stack=app.settings.stack, tenant=run.tenant, model=run.model, version=group.version)


def _of(number: int, files: Sequence[File]) -> list[File]:
    return [file for file in files if file.group == number]


def _job(
    run: RunRow, group: Group, number: int, attempt: int, files: Sequence[File], model: ModelProfile, app: App
) -> Call:
    settings, bucket = model.jobs, app.settings.results_bucket
    assert settings
    manifest = f"{run_prefix(run.run)}{attempt}-{number}{MANIFEST}"
    write(
        manifest, json.dumps([{"prefix": f"s3://{app.settings.drop_bucket}/batches/"}, *(f.path for f in files)]), app
    )
    return batch_transform.job(
        job_name(app.settings.stack, run, attempt, number),
        group.target,
        f"s3://{bucket}/{manifest}",
        f"s3://{bucket}/{outputs_prefix(run.run, attempt)}",
        group.content_type,
        settings,
        marks(run, group, app),
        manifest=True,
        accept=model.sample.accept,
    )
