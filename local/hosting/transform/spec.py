"""What a transform job does, read once from its request and its model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.hosting.variants import artifact_origin
from local.hosting.volume import Origin

MB = 2**20
DEFAULT_PAYLOAD_MB = 6
DEFAULT_TIMEOUT = 600
DEFAULT_RETRIES = 3
_STRATEGIES = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}


@dataclass(frozen=True)
class TransformSpec:
    """The job's settings, with SageMaker's defaults (API reference, CreateTransformJob)."""

    image: str
    environment: Mapping[str, str]
    artifact: Origin
    source_type: str
    """S3Prefix or ManifestFile."""
    source: Origin
    output: Origin
    headers: Mapping[str, str]
    """What the container is told with every request."""
    by_line: bool
    """Files are split into lines; otherwise a file is one record."""
    single: bool
    """One record per request."""
    gzipped: bool
    end_lines: bool
    """Every answer ends with a line break in the output."""
    payload_mb: int
    """Most megabytes of a request; 0 is no limit."""
    concurrent: int
    """Requests at the same time on each instance."""
    timeout: float
    retries: int
    instances: int

    @property
    def payload_limit(self) -> int:
        """Most bytes of a request; 0 is no limit."""
        return self.payload_mb * MB


def spec_of(params: Mapping[str, Any], container: Mapping[str, Any]) -> TransformSpec:
    """The settings of a request that has passed its checks, for the one container of its model."""
    source, output = params["TransformInput"], params["TransformOutput"]
    data = source["DataSource"]["S3DataSource"]
    client = params.get("ModelClientConfig", {})
    single = params.get("BatchStrategy", "MultiRecord") == "SingleRecord"
    payload_mb, concurrent = (
        params.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB),
        params.get("MaxConcurrentTransforms") or 1,
    )
    return TransformSpec(
        image=container["Image"],
        environment={
            **container.get("Environment", {}),
            **_batch_environment(payload_mb, concurrent, single),
            **params.get("Environment", {}),
        },
        artifact=artifact_origin(container["ModelDataUrl"]),
        source_type=data["S3DataType"],
        source=artifact_origin(data["S3Uri"]),
        output=artifact_origin(output["S3OutputPath"]),
        headers=_headers(source.get("ContentType"), output.get("Accept")),
        by_line=source.get("SplitType") == "Line",
        single=single,
        gzipped=source.get("CompressionType") == "Gzip",
        end_lines=output.get("AssembleWith") == "Line",
        payload_mb=payload_mb,
        concurrent=concurrent,
        timeout=client.get("InvocationsTimeoutInSeconds", DEFAULT_TIMEOUT),
        retries=client.get("InvocationsMaxRetries", DEFAULT_RETRIES),
        instances=params["TransformResources"]["InstanceCount"],
    )


def _headers(content_type: str | None, accept: str | None) -> dict[str, str]:
    members = {"Content-Type": content_type, "Accept": accept}
    return {name: value for name, value in members.items() if value}


def _batch_environment(payload_mb: int, concurrent: int, single: bool) -> dict[str, str]:
    """What every container of a transform job finds (developer guide, your-algorithms-batch-code)."""
    return {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(payload_mb),
        "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES["SingleRecord" if single else "MultiRecord"],
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(concurrent),
    }
