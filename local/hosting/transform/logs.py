"""The data log of a job in CloudWatch Logs: one stream for each job, in the group of all transform jobs."""

import time
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.hosting.transform.job import TransformJob

GROUP = "/aws/sagemaker/TransformJobs"


def publish(logs: Any, job: TransformJob) -> None:
    """Put the log where SageMaker puts it; that it cannot be put changes nothing about the job."""
    lines = job.log()
    if not lines:
        return
    stream = f"{job.name}/i-{job.name[-12:]}/data-log"
    now = round(time.time() * 1000)
    with suppress(ClientError, BotoCoreError):
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        events = [{"timestamp": now, "message": line} for line in lines]
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
