"""A drop's way: bucket, event, rule, queue, function, named execution, state machine, row and mail."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")


def ended(small, key):
    """Executions started for a key that have ended."""
    machines = small.client("stepfunctions")
    listed = machines.list_executions(stateMachineArn=small.outputs["ProcessDropArn"])["executions"]
    described = [machines.describe_execution(executionArn=each["executionArn"]) for each in listed]
    return [each for each in described if json.loads(each["input"])["key"] == key and each["status"] != "RUNNING"]


def test_a_drop_runs_the_machine_and_mail_is_sent(small, until):
    small.drop("good")
    [execution] = until(lambda: ended(small, "good"))
    assert execution["status"] == "SUCCEEDED"
    assert small.row("good", "done")["total"] == 12
    [letter] = until(lambda: [letter for letter in small.letters() if "Subject: Done: good\n" in letter])
    assert "To: ops@vendor.example\n" in letter
    assert 'The drop "good" is done.' in letter


def test_an_exception_is_caught_by_its_class_name(small, until):
    small.drop("bad")
    [execution] = until(lambda: ended(small, "bad"))
    assert execution["status"] == "SUCCEEDED"
    assert small.row("bad", "refused")["cause"] == '"bad" is refused'


def test_a_hiccup_is_retried(small, until):
    small.drop("flaky")
    [execution] = until(lambda: ended(small, "flaky"))
    history = small.client("stepfunctions").get_execution_history(executionArn=execution["executionArn"])["events"]
    assert [event["type"] for event in history].count("TaskFailed") == 1
    assert small.row("flaky", "done")["total"] == 12


def test_events_look_like_those_of_s3(small, until):
    first = small.drop("models/a b+c/ü/model.tar.gz")
    second = small.drop("models/a b+c/ü/model.tar.gz", b"other")
    s3, bucket = small.client("s3"), small.outputs["DropBucket"]
    marker = s3.delete_object(Bucket=bucket, Key="models/a b+c/ü/model.tar.gz")
    s3.delete_object(Bucket=bucket, Key="models/a b+c/ü/model.tar.gz", VersionId=first["VersionId"])
    found = until(lambda: (events := small.events("models/a b+c/ü/model.tar.gz")) and len(events) == 4 and events)
    details = [event["detail"] for event in found]
    assert [event["detail-type"] for event in found] == ["Object Created"] * 2 + ["Object Deleted"] * 2
    assert [detail["reason"] for detail in details] == ["PutObject"] * 2 + ["DeleteObject"] * 2
    versions = [first["VersionId"], second["VersionId"], marker["VersionId"], first["VersionId"]]
    assert [detail["object"]["version-id"] for detail in details] == versions
    assert [detail.get("deletion-type") for detail in details[2:]] == ["Delete Marker Created", "Permanently Deleted"]
    assert len({event["id"] for event in found}) == 4
    sequencers = [int(detail["object"]["sequencer"], 16) for detail in details]
    assert sequencers == sorted(set(sequencers))
    assert details[0]["object"]["etag"] == first["ETag"].strip('"')
    assert found[0]["time"].endswith("Z")


def test_tagging_is_no_news(small, until):
    s3, bucket = small.client("s3"), small.outputs["DropBucket"]
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="a=b")
    s3.put_object_tagging(Bucket=bucket, Key="tagged", Tagging={"TagSet": [{"Key": "a", "Value": "c"}]})
    small.drop("after the tags")
    until(lambda: small.events("after the tags") and small.events("tagged"))
    assert [event["detail-type"] for event in small.events("tagged")] == ["Object Created"]


def test_what_is_never_accepted_ends_among_the_dead_letters(small, until):
    small.knobs("PATCH", "queues", redelivery_seconds=0)
    small.drop("poison")
    queues, url = small.client("sqs"), small.outputs["IntakeDeadUrl"]
    received = until(lambda: queues.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages"))
    queues.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])  # or an alarm would go on for it
    small.knobs("PATCH", "queues", redelivery_seconds=None)
    assert json.loads(received[0]["Body"])["detail"]["object"]["key"] == "poison"
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == "3"  # twice by the function, once here


def test_lost_late_and_doubled_events(small, until):
    small.knobs("PATCH", "events", **{"aws.s3": {"lose": 1}})
    small.drop("lost")
    small.knobs("PATCH", "events", **{"aws.s3": {"delay": 1, "delay_seconds": 0.5}})
    small.drop("late")
    small.drop("in time")
    until(lambda: small.events("in time"))
    until(lambda: small.events("late"))
    assert small.events("lost") == []
    assert small.knobs("GET", "events")["aws.s3"]["lose"] == 0


def test_forty_drops_at_once_all_arrive(small, until):
    keys = [f"bad-{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(small.drop, keys))
    until(lambda: all(small.row(key, "refused") for key in keys), seconds=300)


def test_an_execution_needs_no_name(small, until):
    machines = small.client("stepfunctions")
    arns = {
        machines.start_execution(stateMachineArn=small.outputs["ProcessDropArn"], input='{"key": "bad, no name"}')[
            "executionArn"
        ]
        for _ in range(2)
    }
    assert len(arns) == 2
    until(lambda: all(machines.describe_execution(executionArn=arn)["status"] == "SUCCEEDED" for arn in arns))
