"""What a container said in a job that failed: written where SageMaker writes it, and found there by the adapter."""

from typing import Any

import boto3
import pytest

from tenantry.adapters.aws.job_logs import MOST_CHARACTERS, said, words
from tenantry.domain.hosting import JOB_LOGS, JobView, progress
from tenantry.domain.plans import Plan

from .conftest import KEYS, Cloud, Harbour

AT = "2026-11-22T02:00:01.123:[sagemaker logs]: "
OPENING = f"{AT}MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"


@pytest.fixture
def logs(harbour: Harbour) -> Any:
    return boto3.client("logs", endpoint_url=harbour.url, **KEYS)


def test_the_words_of_a_container_that_refused_its_input_are_found(cloud: Cloud, logs: Any) -> None:
    cloud.model(invoke_error=[400, "no such column: age"])
    cloud.put("in/one.csv", "1,2\n")
    assert cloud.run("refused")["TransformJobStatus"] == "Failed"
    assert said(logs, "refused") == "no such column: age"
    assert said(logs, "refuse") == said(logs, "nobody") == ""


def test_a_job_that_went_well_has_a_log_without_words(cloud: Cloud, logs: Any) -> None:
    cloud.model()
    cloud.put("in/one.csv", "1,2\n")
    assert cloud.run("fine")["TransformJobStatus"] == "Completed"
    assert said(logs, "fine") == ""
    [stream] = logs.describe_log_streams(logGroupName=JOB_LOGS)["logStreams"]
    assert stream["logStreamName"].startswith("fine/i-")


def test_a_log_that_nobody_wrote_yet_says_nothing(cloud: Cloud, logs: Any) -> None:
    del cloud
    assert said(logs, "nobody") == ""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([OPENING], ""),
        ([OPENING, f"{AT}drop/a.csv: ClientError: 400", f"{AT}drop/a.csv: ", f"{AT}drop/a.csv: Message:"], ""),
        ([f"{AT}drop/a.csv: Message:", f"{AT}drop/a.csv: line 1", f"{AT}drop/a.csv: line 2"], "line 1 line 2"),
        ([f"{AT}drop/a.csv: Unable to get response from algorithm"], "Unable to get response from algorithm"),
        (["something else"], ""),
        ([f"{AT}drop/a.csv: Message:", f"{AT}drop/a.csv: {'x' * MOST_CHARACTERS}y"], "x" * 499 + "y"),
    ],
    ids=["an opening", "no words", "two lines", "no message", "another form", "many words"],
)
def test_what_is_taken_for_the_containers_words(lines: list[str], told: str) -> None:
    assert words(lines) == told


@pytest.mark.parametrize(("words_", "told"), [("no such column", "its container said: no such column"), ("", JOB_LOGS)])
def test_a_failed_release_tells_the_words_or_where_they_are(words_: str, told: str) -> None:
    view = JobView(name="j", status="Failed", reason="ClientError: See job logs", said=words_)
    assert told in progress(Plan(completed=("j",)), {}, {}, {"j": view}).reason
