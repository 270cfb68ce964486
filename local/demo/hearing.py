"""A queue subscribed to a tenant's topic, as another system would be: it gets every notice as JSON."""

import json
import uuid
from typing import Any

import boto3


class Hearing:
    """Notices to one tenant from now on; `operator_topic` is the ARN of the stack's own topic."""

    def __init__(self, tenant: str, stack: str, operator_topic: str) -> None:
        self._sqs = boto3.client("sqs")
        self._heard: list[dict[str, Any]] = []
        self._queue = self._sqs.create_queue(QueueName=f"hears-{tenant}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        boto3.client("sns").subscribe(
            TopicArn=f"{operator_topic.rpartition(':')[0]}:{stack}-{tenant}",
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"form": ["notice"]})},
        )

    def told(self, **fields: str) -> dict[str, Any] | None:
        """The first notice with these fields, if there is one yet."""
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._heard.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return next((notice for notice in self._heard if fields.items() <= notice.items()), None)
