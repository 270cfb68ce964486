"""Schedules, status changes, long polls and filtered mail."""

import json
import threading
import time
import urllib.error

import pytest

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")


def test_schedules_of_both_kinds_can_be_fired(small, until):
    fired = small.knobs("POST", "schedules/fire", name="WorkFunction")["fired"]
    assert len(fired) == 2
    assert until(lambda: small.row("note", "swept"))
    assert until(lambda: small.row("note", "kept"))


def test_a_stopped_execution_is_told_of_at_once(small, until):
    machines = small.client("stepfunctions")
    arn = machines.start_execution(
        stateMachineArn=small.outputs["ProcessDropArn"], name="to-be-stopped", input=json.dumps({"key": "endless"})
    )["executionArn"]
    machines.stop_execution(executionArn=arn, error="Enough", cause="a test says so")
    described = machines.describe_execution(executionArn=arn)
    assert (described["status"], described["error"]) == ("ABORTED", "Enough")

    def told():
        """Of the execution that ended last."""
        return json.loads((small.row("note", "coroner") or {"text": "{}"})["text"]).get("text")

    until(lambda: told() == "to-be-stopped ABORTED")


def test_a_long_poll_stops_nobody_and_is_woken(small):
    queues, received = small.client("sqs"), []
    url = queues.create_queue(QueueName="polled")["QueueUrl"]

    def wait():
        answer = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        received.extend(answer.get("Messages", []))

    waiting = threading.Thread(target=wait)
    began = time.monotonic()
    waiting.start()
    small.client("s3").list_buckets()
    queues.send_message(QueueUrl=url, MessageBody="hello")
    waiting.join()
    assert [message["Body"] for message in received] == ["hello"]
    assert time.monotonic() - began < 20, "it ends before its time, and nobody waits for the end of it"


def test_a_filter_policy_chooses_readers(small, until):
    topic = small.client("sns")
    for colour in ("blue", "red"):
        topic.publish(
            TopicArn=small.outputs["TopicArn"],
            Subject=f"It is {colour}",
            Message="look",
            MessageAttributes={"colour": {"DataType": "String", "StringValue": colour}},
        )
    until(lambda: len([letter for letter in small.letters() if "Subject: It is" in letter]) >= 3)
    readers = [letter for letter in small.letters() if "To: only-red@vendor.example" in letter]
    assert ["Subject: It is red" in letter for letter in readers] == [True]


def test_the_bucket_is_as_the_template_says(small):
    s3, bucket = small.client("s3"), small.outputs["DropBucket"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Effect"] == "Deny"


def test_knobs_refuse_what_they_do_not_have(small):
    with pytest.raises(urllib.error.HTTPError) as refused:
        small.knobs("PATCH", "events", **{"aws.s3": {"explode": 1}})
    assert refused.value.code == 400
    assert "aws.s3 has no explode" in json.load(refused.value)["error"]
