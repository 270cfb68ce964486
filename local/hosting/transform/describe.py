"""What Describe, List and EventBridge say about a transform job."""

from collections.abc import Mapping
from typing import Any

from local.hosting.events import event, milliseconds
from local.hosting.ground import Names
from local.hosting.transform.job import TransformJob
from local.hosting.transform.refusals import PROCESSING

_TIMES = ("CreationTime", "TransformStartTime", "TransformEndTime")


def with_defaults(params: Mapping[str, Any]) -> dict[str, Any]:
    """A request's members as DescribeTransformJob shows them: SageMaker fills in what was left out."""
    return {
        **params,
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **params["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **params["TransformOutput"]},
        "DataProcessing": {**PROCESSING, **params.get("DataProcessing", {})},
    }


def described(job: TransformJob) -> dict[str, Any]:
    """DescribeTransformJob's members."""
    return {**job.params, **_named(job)}


def summarised(job: TransformJob) -> dict[str, Any]:
    """One row of ListTransformJobs."""
    row = {name: value for name, value in _named(job).items() if name != "TransformStartTime"}
    return {**row, "LastModifiedTime": job.modified}


def state_change(names: Names, job: TransformJob) -> dict[str, Any]:
    """The event: what Describe says, times in milliseconds, and the tags; states are spelled as in the API."""
    told = described(job)
    times = {name: milliseconds(told[name]) for name in _TIMES if name in told}
    return event(names, "SageMaker Transform Job State Change", job.arn, {**told, **times, "Tags": dict(job.tags)})


def reported(job: TransformJob) -> dict[str, Any]:
    """The job for a curious person: files and requests counted, and its data log."""
    return {
        "job": job.name,
        "status": job.status,
        "failure": job.failure,
        "counts": dict(job.counts),
        "log": job.log(),
    }


def _named(job: TransformJob) -> dict[str, Any]:
    members = {
        "TransformJobName": job.name,
        "TransformJobArn": job.arn,
        "TransformJobStatus": job.status,
        "CreationTime": job.created,
        "TransformStartTime": job.started,
        "TransformEndTime": job.ended,
        "FailureReason": job.failure[:1024] or None,
    }
    return {name: value for name, value in members.items() if value is not None}
