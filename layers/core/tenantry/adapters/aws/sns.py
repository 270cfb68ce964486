"""One topic per tenant: e-mail subscribers get mails, queue subscribers notices, told apart by the attribute `form`."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, translated
from tenantry.adapters.messages import published, subject_line
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MAIL_ONLY = json.dumps({"form": ["mail"]})
_GONE = {"NotFound", "NotFoundException"}


class SnsChannels:
    """The `Channels` port. A topic is called `{stack}-{tenant}`."""

    def __init__(self, client: "SNSClient", stack: str) -> None:
        self._client, self._stack = client, stack

    @translated()
    def open(self, tenant: str, emails: Sequence[str]) -> str:
        tags = {"tenantry:stack": self._stack, "tenantry:tenant": tenant}
        topic_arn = self._client.create_topic(
            Name=f"{self._stack}-{tenant}", Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )["TopicArn"]
        present = dict(self._emails(topic_arn))
        for email in sorted(set(emails) - set(present)):
            self._subscribe(topic_arn, email)
        for email in sorted(set(present) - set(emails)):
            self._unsubscribe(present[email])
        return topic_arn

    @translated()
    def close(self, topic_arn: str) -> None:
        try:
            self._client.delete_topic(TopicArn=topic_arn)
        except ClientError as error:
            if code(error) not in _GONE:
                raise

    def send(self, topic_arn: str, notice: Notice) -> None:
        self._publish(topic_arn, "notice", published(notice), None)

    def mail(self, topic_arn: str, subject: str, text: str) -> None:
        self._publish(topic_arn, "mail", text, subject_line(subject))

    @translated()
    def _publish(self, topic_arn: str, form: Literal["notice", "mail"], text: str, subject: str | None) -> None:
        titled = {"Subject": subject} if subject else {}
        try:
            self._client.publish(
                TopicArn=topic_arn,
                Message=text,
                MessageAttributes={"form": {"DataType": "String", "StringValue": form}},
                **titled,
            )
        except ClientError as error:
            if code(error) not in _GONE:
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

    def _unsubscribe(self, subscription: str) -> None:
        """A pending subscription has no ARN yet and cannot be removed; unconfirmed, SNS drops it by itself."""
        if not subscription.startswith("arn:"):
            return
        try:
            self._client.unsubscribe(SubscriptionArn=subscription)
        except ClientError as error:
            if code(error) not in _GONE:
                raise
