"""What CreateTransformJob refuses beyond the shapes: SageMaker's rules first, then what the local cloud does not do.

Sources: API reference (CreateTransformJob, TransformS3DataSource), developer guide (model-deploy-feature-matrix).
"""

from collections.abc import Mapping
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.errors import ApiError, validation
from local.hosting.ground import Ground
from local.hosting.transform.inputs import under_source
from local.hosting.transform.spec import DEFAULT_PAYLOAD_MB
from local.hosting.variants import artifact_origin

MOST_MB = 100


def check_request(params: Mapping[str, Any]) -> None:
    """ValidationException for members that do not go together or that are not served here."""
    _check_payload(params.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB), params.get("MaxConcurrentTransforms", 0))
    source, output = params["TransformInput"], params["TransformOutput"]
    data = source["DataSource"]["S3DataSource"]
    data_type = data["S3DataType"]
    if data_type not in ("S3Prefix", "ManifestFile"):
        raise validation(f"S3DataType {data_type} is not supported by transform jobs. Use S3Prefix or ManifestFile.")
    for url in (data["S3Uri"], output["S3OutputPath"]):
        if not url.startswith("s3://"):
            raise validation(f'"{url}" is not an S3 URI: it has to begin with s3://.')
    if source.get("SplitType", "None") not in ("None", "Line"):
        raise validation(f"The local cloud does not split {source['SplitType']} records.")
    if any(default != params.get("DataProcessing", {}).get(name, default) for name, default in PROCESSING.items()):
        raise validation("The local cloud does not filter or join the records of transform jobs.")
    if "DataCaptureConfig" in params:
        raise validation("The local cloud does not capture the data of transform jobs.")


PROCESSING = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
"""DataProcessing that changes nothing: SageMaker's defaults."""


def container_of(model: Entry) -> Mapping[str, Any]:
    """The one container of a model; ValidationException for models that batch transform does not take."""
    containers = model.params.get("Containers") or [model.params["PrimaryContainer"]]
    if any(container.get("Mode") == "MultiModel" for container in containers):
        raise validation(f'Model "{model.arn}" is a multi-model one, which transform jobs do not support.')
    if model.params.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
        raise validation(f'Model "{model.arn}" has containers in Direct mode, which transform jobs do not support.')
    if model.params.get("EnableNetworkIsolation"):
        raise validation(f'Model "{model.arn}" has network isolation, which transform jobs do not support.')
    if any("ModelDataSource" in container for container in containers):
        raise validation(f'Model "{model.arn}" has a ModelDataSource, which transform jobs do not support.')
    if len(containers) != 1 or not {"Image", "ModelDataUrl"} <= containers[0].keys():
        raise validation("The local cloud transforms with models of one container with Image and ModelDataUrl only.")
    container: Mapping[str, Any] = containers[0]
    return container


def check_source(ground: Ground, params: Mapping[str, Any], model: Entry) -> None:
    """SageMaker looks for input at once: ValidationException when no object begins with the S3Uri."""
    url = params["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    source = artifact_origin(url)
    if not under_source(ground.s3, source):
        raise validation(
            f'No S3 objects found under S3 URL "{url}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({ground.names.region}), that objects exist under that S3 prefix, and that "
            f'the role "{model.params["ExecutionRoleArn"]}" has "s3:ListBucket" permissions on bucket '
            f'"{source.bucket}".'
        )


def in_use(arn: str) -> ApiError:
    """Names of jobs are never free again."""
    return ApiError(
        "ResourceInUse",
        f"Job name must be unique within an AWS account and region, and a job with this name already exists ({arn}).",
    )


def _check_payload(payload_mb: int, concurrent: int) -> None:
    if payload_mb > MOST_MB:
        raise validation(f"MaxPayloadInMB cannot be greater than {MOST_MB} MB.")
    if payload_mb * concurrent > MOST_MB:
        raise validation(
            f"The value of (MaxConcurrentTransforms * MaxPayloadInMB) cannot exceed {MOST_MB} MB: "
            f"{concurrent} * {payload_mb} MB."
        )
