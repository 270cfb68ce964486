"""Channels, in memory and on SNS alike; then what only SNS shows."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from tenantry.adapters.aws.sns import SnsChannels
from tenantry.adapters.memory.channels import MemoryChannels
from tenantry.adapters.messages import published, subject_line
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.notices import Notice
from tenantry.ports import Channels

NOTICE = Notice(
    id="n1", about="release", tenant="acme", state="LIVE", reason="live", at=datetime(2026, 11, 22, tzinfo=UTC)
)


def test_opening_finds_its_own_work(channels: Channels) -> None:
    topic = channels.open("acme", ["ml@acme.example"])
    assert topic.startswith("arn:aws:sns:")
    assert topic.endswith(":tenantry-acme")
    assert channels.open("acme", ["ml@acme.example", "ops@acme.example"]) == topic


def test_closing_twice_is_as_good_as_once(channels: Channels) -> None:
    topic = channels.open("acme", ["ml@acme.example"])
    channels.close(topic)
    channels.close(topic)


def test_nothing_can_be_published_on_a_closed_topic(channels: Channels) -> None:
    topic = channels.open("acme", [])
    channels.close(topic)
    with pytest.raises(ReleaseFailed, match="does not exist"):
        channels.send(topic, NOTICE)
    with pytest.raises(ReleaseFailed, match="does not exist"):
        channels.mail(topic, "subject", "text")


def test_notices_and_mails_go_out(channels: Channels) -> None:
    topic = channels.open("acme", ["ml@acme.example"])
    channels.send(topic, NOTICE)
    channels.mail(topic, "churn 7 is live\nBcc: everyone", "It is.")
    if isinstance(channels, MemoryChannels):
        assert channels.notices == [(topic, NOTICE)]
        assert channels.mails[0].subject == "churn 7 is live Bcc: everyone"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("churn 7 is live", "churn 7 is live"),
        ("a\r\nb\x00c\x7f", "a b?c?"),
        ("  Žižkov øl\t🚀 ", "Zizkov ?l ?"),
        ("x" * 101, "x" * 100),
        ("x" * 99 + " y", "x" * 99),
        ("\n", "Tenantry"),
        ("", "Tenantry"),
        ("\u2028line\u0085end", "line end"),
    ],
)
def test_a_subject_is_what_sns_takes(text: str, subject: str) -> None:
    assert subject_line(text) == subject


def test_a_notice_is_published_under_its_schema() -> None:
    told = json.loads(published(NOTICE))
    assert told["schema"] == 1
    assert "schema_" not in told
    assert told["at"] == "2026-11-22T00:00:00Z"


# What SNS shows.


@pytest.fixture
def sns(aws: boto3.Session) -> Any:
    return aws.client("sns")


def subscriptions(sns: Any, topic: str) -> dict[str, dict[str, Any]]:
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return {one["Endpoint"]: one for one in found}


def test_the_subscriptions_are_exactly_those_asked_for(sns: Any) -> None:
    channels = SnsChannels(sns, "tenantry")
    topic = channels.open("acme", ["a@acme.example", "b@acme.example"])
    kept = subscriptions(sns, topic)["b@acme.example"]["SubscriptionArn"]
    channels.open("acme", ["b@acme.example", "c@acme.example"])
    assert set(subscriptions(sns, topic)) == {"b@acme.example", "c@acme.example"}
    assert subscriptions(sns, topic)["b@acme.example"]["SubscriptionArn"] == kept


def test_other_subscribers_are_left_alone(sns: Any) -> None:
    channels = SnsChannels(sns, "tenantry")
    topic = channels.open("acme", ["a@acme.example"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{DEFAULT_ACCOUNT_ID}:theirs")
    channels.open("acme", [])
    assert [one["Protocol"] for one in subscriptions(sns, topic).values()] == ["sqs"]


def test_mailboxes_get_mails_only(sns: Any) -> None:
    topic = SnsChannels(sns, "tenantry").open("acme", ["a@acme.example"])
    arn = subscriptions(sns, topic)["a@acme.example"]["SubscriptionArn"]
    policy = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["FilterPolicy"]
    assert json.loads(policy) == {"form": ["mail"]}


def test_a_topic_is_tagged_with_stack_and_tenant(sns: Any) -> None:
    topic = SnsChannels(sns, "tenantry").open("acme", [])
    tags = {one["Key"]: one["Value"] for one in sns.list_tags_for_resource(ResourceArn=topic)["Tags"]}
    assert tags == {"tenantry:stack": "tenantry", "tenantry:tenant": "acme"}


def test_a_pending_subscription_is_neither_repeated_nor_removed() -> None:
    class Pending:
        """A client of a topic nobody has confirmed yet; any other call is an AttributeError."""

        def create_topic(self, **_: Any) -> dict[str, str]:
            return {"TopicArn": "arn:aws:sns:us-east-1:123456789012:tenantry-acme"}

        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **_: Any) -> list[dict[str, Any]]:
            pending = [
                {"Protocol": "email", "Endpoint": one, "SubscriptionArn": "PendingConfirmation"}
                for one in ("a@acme.example", "b@acme.example")
            ]
            return [{"Subscriptions": pending}]

    SnsChannels(Pending(), "tenantry").open("acme", ["a@acme.example"])  # type: ignore[arg-type]


def test_messages_carry_their_form(sns: Any) -> None:
    channels = SnsChannels(sns, "tenantry")
    topic = channels.open("acme", [])
    channels.send(topic, NOTICE)
    channels.mail(topic, "s" * 200, "text")
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[topic].sent_notifications
    forms = [attributes["form"]["Value"] for _, _, _, attributes, *_ in sent]
    assert forms == ["notice", "mail"]
    assert [len(subject or "") for _, _, subject, *_ in sent] == [0, 100]


QUEUE, HOOK = f"arn:aws:sqs:us-east-1:{DEFAULT_ACCOUNT_ID}:answers", "https://hooks.acme.example/answers"


def subscribed(aws: boto3.Session, topic: str) -> dict[str, dict[str, str]]:
    """The attributes of each subscription that is no e-mail's."""
    sns = aws.client("sns")
    there = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return {
        one["Endpoint"]: sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])["Attributes"]
        for one in there
        if one["Protocol"] != "email"
    }


def test_queues_and_hooks_hear_of_requests_to_their_models_and_sns_keeps_what_they_do_not_take(
    aws: boto3.Session,
) -> None:
    dead = f"arn:aws:sqs:us-east-1:{DEFAULT_ACCOUNT_ID}:dead"
    aws.client("sqs").create_queue(QueueName="answers")
    channels = SnsChannels(aws.client("sns"), "tenantry", dead)
    topic = channels.open("acme", [], {QUEUE: ["churn"], HOOK: ["risk", "churn"]})
    there = subscribed(aws, topic)
    filters = {endpoint: json.loads(one["FilterPolicy"]) for endpoint, one in there.items()}
    assert filters == {
        QUEUE: {"form": ["notice"], "about": ["request"], "model": ["churn"]},
        HOOK: {"form": ["notice"], "about": ["request"], "model": ["churn", "risk"]},
    }
    assert {json.loads(one["RedrivePolicy"])["deadLetterTargetArn"] for one in there.values()} == {dead}


def test_a_queue_gets_what_its_filter_says_in_snss_envelope(aws: boto3.Session) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="answers")["QueueUrl"]
    channels = SnsChannels(aws.client("sns"), "tenantry")
    topic = channels.open("acme", [], {QUEUE: ["churn"]})
    of_requests = {"about": "request", "state": "ANSWERED"}
    for number, more in enumerate(({}, of_requests | {"model": "risk"}, of_requests | {"model": "churn"})):
        channels.send(topic, NOTICE.model_copy(update={"id": f"n{number}", **more}))
    channels.mail(topic, "subject", "text")
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(json.loads(one["Body"])["Message"])["id"] for one in messages] == ["n2"]


def test_a_changed_or_withdrawn_delivery_changes_nobody_elses(aws: boto3.Session) -> None:
    sns = aws.client("sns")
    for name in ("answers", "own"):
        aws.client("sqs").create_queue(QueueName=name)
    own = QUEUE.replace("answers", "own")
    channels = SnsChannels(sns, "tenantry")
    topic = channels.open("acme", [], {QUEUE: ["churn"], HOOK: ["churn"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=own)
    channels.open("acme", [], {QUEUE: ["risk"]}, [HOOK])
    there = subscribed(aws, topic)
    assert set(there) == {QUEUE, own}
    assert json.loads(there[QUEUE]["FilterPolicy"])["model"] == ["risk"]
