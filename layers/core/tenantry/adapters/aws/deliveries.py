"""Queues and HTTPS endpoints on a tenant's topic: SNS signs what it sends them, tries again, and keeps dead letters."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

GONE = {"NotFound", "NotFoundException"}


class Deliveries:
    """Subscriptions to notices about requests. `dead_letters`: the queue for what cannot be delivered; may be empty."""

    def __init__(self, client: "SNSClient", dead_letters: str = "") -> None:
        self._client, self._dead_letters = client, dead_letters

    def settle(self, topic_arn: str, deliveries: Mapping[str, Sequence[str]], withdrawn: Collection[str] = ()) -> None:
        """These endpoints hear of requests to these models, and the withdrawn ones of nothing."""
        if not deliveries and not withdrawn:
            return
        present = dict(self._present(topic_arn))
        for endpoint, models in deliveries.items():
            self._subscribe(topic_arn, endpoint, present.get(endpoint, ""), _filter(models))
        for endpoint in withdrawn:
            self.unsubscribe(present.get(endpoint, ""))

    def unsubscribe(self, subscription: str) -> None:
        """A pending subscription has no ARN yet and cannot be removed; unconfirmed, SNS drops it by itself."""
        if not subscription.startswith("arn:"):
            return
        try:
            self._client.unsubscribe(SubscriptionArn=subscription)
        except ClientError as error:
            if code(error) not in GONE:
                raise

    def _present(self, topic_arn: str) -> Iterator[tuple[str, str]]:
        for page in self._client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn):
            for one in page["Subscriptions"]:
                if one["Protocol"] in {"sqs", "https"} and one["SubscriptionArn"] != "Deleted":
                    yield one["Endpoint"], one["SubscriptionArn"]

    def _subscribe(self, topic_arn: str, endpoint: str, present: str, policy: str) -> None:
        """Whoever has not confirmed is asked again; a confirmed one may hear of other models now."""
        if present.startswith("arn:"):
            self._client.set_subscription_attributes(
                SubscriptionArn=present, AttributeName="FilterPolicy", AttributeValue=policy
            )
            return
        dead = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": self._dead_letters})} if self._dead_letters else {}
        self._client.subscribe(
            TopicArn=topic_arn,
            Protocol="https" if endpoint.startswith("https:") else "sqs",
            Endpoint=endpoint,
            Attributes={"FilterPolicy": policy, **dead},
        )


def _filter(models: Sequence[str]) -> str:
    return json.dumps({"form": ["notice"], "about": ["request"], "model": sorted(models)})
