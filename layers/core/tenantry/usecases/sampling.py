"""What a job over one record has shown of a version that nobody can call: it loaded, and answered its sample."""

from typing import Any

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.models import Sample
from tenantry.domain.proof import JobProof
from tenantry.domain.versions import Upload
from tenantry.serving.batch_transform import answer_key
from tenantry.usecases.app import App
from tenantry.usecases.warming import expected

MOST = 1024**2
"""Bytes that are read of an answer."""


def by_job(row: Upload, app: App) -> dict[str, Any]:
    """The evidence, by what the job ran; ReleaseFailed when the job wrote no answer."""
    proof = JobProof(
        job=row.target,
        answer=f"s3://{app.settings.results_bucket}/{answer_key(row)}",
        at=app.clock.now(),
        because=f"a transform job over one record answered in {len(_answered(row, app)):,} bytes",
    )
    return {row.target: proof.model_dump(mode="json")}


def proven_by_job(row: Upload, sample: Sample, app: App) -> str:
    """The answer that the job wrote, at most 4 KiB; ReleaseFailed when it is not the expected one."""
    return expected(_answered(row, app), sample)


def _answered(row: Upload, app: App) -> bytes:
    bucket, key = app.settings.results_bucket, answer_key(row)
    there = app.artifacts.latest(bucket, key)
    if there is None:
        raise ReleaseFailed(f"transform job {row.target} has ended, and there is no answer at s3://{bucket}/{key}")
    return app.artifacts.read(bucket, key, there.version_id, MOST)
