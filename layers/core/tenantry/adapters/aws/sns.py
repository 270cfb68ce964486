"""One topic per tenant: e-mail subscribers get mails, others notices, told apart by the attribute `form`.

A notice's `about` and `model` are attributes, too, for the filters of whoever subscribes.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.deliveries import GONE, Deliveries
from tenantry.adapters.aws.failures import code, translated
from tenantry.adapters.messages import published, subject_line
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MAIL_ONLY = json.dumps({"form": ["mail"]})


class SnsChannels:
    """The `Channels` port. A topic is called `{stack}-{tenant}`."""

    def __init__(self, client: "SNSClient", stack: str, dead_letters: str = "") -> None:
        self._client, self._stack = client, stack
        self._deliveries = Deliveries(client, dead_letters)

    @translated()
    def open(
        self,
        tenant: str,
        emails: Sequence[str],
        deliveries: Mapping[str, Sequence[str]] = {},
        withdrawn: Collection[str] = (),
    ) -> str:
        tags = {"tenantry:stack": self._stack, "tenantry:tenant": tenant}
        topic_arn = self._client.create_topic(
            Name=f"{self._stack}-{tenant}", Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )["TopicArn"]
        present = dict(self._emails(topic_arn))
        for email in sorted(set(emails) - set(present)):
            self._subscribe(topic_arn, email)
        for email in sorted(set(present) - set(emails)):
            self._deliveries.unsubscribe(present[email])
        self._deliveries.settle(topic_arn, deliveries, withdrawn)
        return topic_arn

    @translated()
    def close(self, topic_arn: str) -> None:
        try:
            self._client.delete_topic(TopicArn=topic_arn)
        except ClientError as error:
            if code(error) not in GONE:
                raise

    def send(self, topic_arn: str, notice: Notice) -> None:
        model = {"model": notice.model} if notice.model else {}
        self._publish(topic_arn, published(notice), {"form": "notice", "about": notice.about, **model})

    def mail(self, topic_arn: str, subject: str, text: str) -> None:
        self._publish(topic_arn, text, {"form": "mail"}, Subject=subject_line(subject))

    @translated()
    def _publish(self, topic_arn: str, text: str, marks: Mapping[str, str], **titled: str) -> None:
        attributes: Any = {name: {"DataType": "String", "StringValue": value} for name, value in marks.items()}
        try:
            self._client.publish(TopicArn=topic_arn, Message=text, MessageAttributes=attributes, **titled)
        except ClientError as error:
            if code(error) not in GONE:
                raise
            raise ReleaseFailed(f"topic {topic_arn} does not exist any more") from error

    def _emails(self, topic_arn: str) -> Iterator[tuple[str, str]]:
        """Address and subscription, confirmed or pending."""
        for page in self._client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn):
            for one in page["Subscriptions"]:
                if one["Protocol"] == "email" and one["SubscriptionArn"] != "Deleted":
                    yield one["Endpoint"], one["SubscriptionArn"]

    def _subscribe(self, topic_arn: str, email: str) -> None:
        self._client.subscribe(
            TopicArn=topic_arn, Protocol="email", Endpoint=email, Attributes={"FilterPolicy": MAIL_ONLY}
        )
