"""Batch transform: no endpoint at all; a job starts instances, runs a version over files, and they are gone again.

A new version is a SageMaker model of its own, which the next job uses. It is proven by a job over one record, its
sample. The model has no network isolation: transform jobs take none with it (SageMaker guide,
model-deploy-feature-matrix).
"""

from collections.abc import Iterable
from typing import Any

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.names import samples_prefix
from tenantry.domain.option_settings import BatchSettings
from tenantry.domain.plans import Call, Plan
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints
from tenantry.serving.endpoints import Tags
from tenantry.serving.placements import Ground, HostSettings, Input, JobSettings, Placement

_ROWS = frozenset({"text/csv", "text/libsvm", "application/jsonlines"})
"""Of these, several lines are one good request; of others, such as JSON, each line is one by itself."""


def place(version: Upload, ground: Ground) -> Placement:
    """A model of its own, and a job over its sample; both have the same name."""
    host, name, marks = endpoints.own(version, ground)
    bucket, where = _ours(ground.settings).results_bucket, samples_prefix(version.tenant, version.model, version.upload)
    sample, settings = ground.model.sample, ground.model.jobs or BatchSettings()
    given = Input(bucket=bucket, key=f"{where}sample", body=sample.body, content_type=sample.content_type)
    calls = (
        model_of(name, version.serving_key, ground.image, ground.settings, marks),
        job(
            name,
            name,
            f"s3://{bucket}/{given.key}",
            f"s3://{bucket}/{where}answer/",
            sample.content_type,
            settings.model_copy(update={"instances": 1, "concurrency": 1, "split": "none"}),
            marks,
            accept=sample.accept,
        ),
    )
    return Placement(
        host=host,
        endpoint="",
        target=name,
        instances=0,
        because=(
            "batch-transform, as its tenant's profile says",
            f"jobs with {settings.instances} x {settings.instance_type} use it from then on; nothing runs between them",
        ),
        plan=Plan(calls=calls, completed=(name,), reason=f"a one-record job {name}"),
        inputs=(given,),
    )


def retire(host: HostRow, target: str) -> Plan:
    """The model goes with its version; a job over its sample that has not ended by then is stopped."""
    del host
    calls = (
        Call(operation="StopTransformJob", params={"TransformJobName": target}),
        Call(operation="DeleteModel", params={"ModelName": target}),
    )
    return Plan(calls=calls, reason=f"no job uses {target} any more")


def over(jobs: Iterable[str], models: Iterable[str]) -> Plan:
    """A run is over: these jobs of it are stopped, and these models, which were made for it, go."""
    stops = [Call(operation="StopTransformJob", params={"TransformJobName": name}) for name in jobs]
    gone = [Call(operation="DeleteModel", params={"ModelName": name}) for name in models]
    return Plan(calls=(*stops, *gone), reason="the run is over")


def answer_key(version: Upload) -> str:
    """Where in the results bucket the answer to the sample lies, once its job is Completed."""
    return f"{samples_prefix(version.tenant, version.model, version.upload)}answer/sample.out"


def model_of(name: str, serving_key: str, image: str, settings: HostSettings, marks: Tags) -> Call:
    """A model that jobs can use: this copy of an artifact, in this image, with the role that batch hosts have."""
    hosted = settings.model_copy(update={"role_arn": _ours(settings).role_arn})
    container = {"Image": image, "Mode": "SingleModel", "ModelDataUrl": f"{settings.models}{serving_key}"}
    return endpoints.create_model(name, container, hosted, marks, isolated=False)


def job(
    name: str,
    model: str,
    source: str,
    output: str,
    content_type: str,
    settings: BatchSettings,
    marks: Tags,
    *,
    manifest: bool = False,
    accept: str | None = None,
) -> Call:
    """A job of this model over all objects whose S3 URIs begin with `source`, or over those a `manifest` there names.

    The answer to each becomes an object under `output` (a URI that ends in "/"), called as its input, and `.out`.
    """
    kind = "ManifestFile" if manifest else "S3Prefix"
    by_line = settings.split == "line"
    params: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": model,
        "MaxConcurrentTransforms": settings.concurrency,
        "MaxPayloadInMB": settings.payload_mb,
        **({"BatchStrategy": "MultiRecord" if content_type in _ROWS else "SingleRecord"} if by_line else {}),
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": source}},
            "ContentType": content_type,
            "SplitType": "Line" if by_line else "None",
        },
        "TransformOutput": {
            "S3OutputPath": output,
            "AssembleWith": "Line" if by_line else "None",
            **({"Accept": accept} if accept else {}),
        },
        "TransformResources": {"InstanceType": settings.instance_type, "InstanceCount": settings.instances},
        "Tags": marks,
    }
    return Call(operation="CreateTransformJob", params=params)


def _ours(settings: HostSettings) -> JobSettings:
    if settings.jobs is None:
        raise ReleaseFailed("this stack has no role for transform jobs")
    return settings.jobs
