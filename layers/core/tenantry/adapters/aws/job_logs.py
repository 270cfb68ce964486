"""What a container said in a transform job that failed. SageMaker's own reason only points to the job's data log.

A line of it is a time, "[sagemaker logs]:", the input, and the words; the container's own follow a line "Message:"
(SageMaker guide, batch-transform-errors).
"""

import re
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tenantry.domain.hosting import JOB_LOGS

MOST_LINES = 50
MOST_CHARACTERS = 500
_LINE = re.compile(r".*?\[sagemaker logs\]: (?:\S+: ?)?(?P<words>.*)", re.DOTALL)
_OPENING = "MaxConcurrentTransforms="


def said(logs: Any, job: str) -> str:
    """The end of the job's data log; empty when there is none (yet), or nobody may read it: that settles nothing."""
    try:
        found = logs.describe_log_streams(logGroupName=JOB_LOGS, logStreamNamePrefix=f"{job}/")["logStreams"]
        names = [one["logStreamName"] for one in found if one["logStreamName"].endswith("/data-log")]
        return words(line for name in names for line in _read(logs, name))
    except (ClientError, BotoCoreError):
        return ""


def words(lines: Iterable[str]) -> str:
    """The container's own words in these lines, or all of them where none stand apart; the last 500 characters.

    The end, because an exception stands below its trace.
    """
    matches = [match for line in lines if (match := _LINE.fullmatch(line.rstrip("\n"))) and _OPENING not in line]
    told = [match["words"].strip() for match in matches]
    if "Message:" in told:
        told = told[told.index("Message:") + 1 :]
    return " ".join(filter(None, told))[-MOST_CHARACTERS:]


def _read(logs: Any, stream: str) -> Iterable[str]:
    read = logs.get_log_events(logGroupName=JOB_LOGS, logStreamName=stream, limit=MOST_LINES, startFromHead=False)
    return [event["message"] for event in read["events"]]
