"""A file dropped under requests/, and a call of the client: both are answered, told to a queue, and fetched."""

import json
from typing import Any

import boto3
import pytest

from tests.e2e.conftest import World
from tests.e2e.mailed import ANSWERS

pytestmark = pytest.mark.e2e


def test_requests_are_answered_and_told_to_the_queue_that_the_profile_names(world: World, artifact: bytes) -> None:
    sqs, name = boto3.client("sqs"), world.mailed["queued"]
    url = sqs.get_queue_url(QueueName=ANSWERS)["QueueUrl"]
    world.wait("tenant", name)
    world.put(f"models/{name}/churn/1/model.tar.gz", artifact)
    world.wait(name, "churn", "1")
    heard: dict[str, dict[str, Any]] = {}

    def told(*requests: str) -> bool:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            notice = json.loads(json.loads(message["Body"])["Message"])
            heard[notice["request"]] = notice
        return set(requests) <= set(heard)

    world.put(f"requests/{name}/churn/dropped", b"0.1,0.2,0.3,0.4")
    world.put(f"requests/{name}/churn/broken", b"no,number")
    receipt = world.client(name).invoke_async("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv", id="called")
    world.until("all three have their end", lambda: told("dropped", "broken", "called"))
    states = {request: notice["state"] for request, notice in heard.items()}
    assert states == {"dropped": "ANSWERED", "broken": "FAILED", "called": "ANSWERED"}
    assert (heard["called"]["result"], heard["called"]["version"]) == (receipt.output, "1")
    bucket, _, key = heard["dropped"]["result"].removeprefix("s3://").partition("/")
    answer = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert (answer["trained_as"], len(answer["scores"])) == ("1", 1)
    said = "request dropped: ANSWERED"
    world.until("the tenant has mail", lambda: any(said in text for _, text in world.mail_to(name)))
    [text] = [text for _, text in world.mail_to(name) if said in text]
    assert heard["dropped"]["result"] in text
    assert "aws s3" in text
