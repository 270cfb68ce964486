"""The local cloud, as a user has it: `make up`, then boto3, the aws CLI, `tenantry` and the client library."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from local.demo import training
from local.demo.stage import Stage
from local.demo.timeline import Timeline
from local.environment import read_environment
from local.home import Home
from local.processes import running

ROOT = Path(__file__).parents[2]


class World(Stage):
    """The user's side of the local cloud, with tenants and fleets at hand."""

    @property
    def s3(self) -> Any:
        return boto3.client("s3")

    def tenant(self, prefix: str, order: str = "upload", **changes: Any) -> str:
        """Drop the profile of a tenant of its own with one model, `churn`; its name. Does not wait."""
        name = f"{prefix}-{uuid.uuid4().hex[:6]}"
        profile = json.loads(training.tenant_profile(f"{name}@tenants.example", {"churn": 24}))
        profile["models"]["churn"]["order"] = order
        self.put(f"tenants/{name}.json", json.dumps(profile | changes).encode())
        return name

    def ready_tenant(self, prefix: str, **changes: Any) -> str:
        """The same, READY."""
        name = self.tenant(prefix, **changes)
        self.wait("tenant", name)
        return name

    def listen(self) -> None:
        """Subscribe a queue to the operator's topic, as another system would: it gets every notice as JSON."""
        sqs, sns = boto3.client("sqs"), boto3.client("sns")
        self.queue = sqs.create_queue(QueueName=f"operator-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(
            TopicArn=self.env["OPERATOR_TOPIC_ARN"],
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"form": ["notice"]})},
        )
        self.heard: list[dict[str, Any]] = []

    def told(self, **fields: str) -> dict[str, Any] | None:
        """The first notice the operator's queue got that has these fields, if there is one yet."""
        sqs = boto3.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return next((notice for notice in self.heard if fields.items() <= notice.items()), None)

    def mail_to(self, name: str) -> list[tuple[str, str]]:
        """(subject, text) of the messages to this tenant."""
        return [(subject, text) for to, subject, text in self.mail() if f"{name}@" in to]


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    was_running = running(Home()) is not None
    subprocess.run([sys.executable, "-m", "local.up"], cwd=ROOT, check=True)
    environment = read_environment()
    os.environ.update(environment)
    stage = World({**os.environ, **environment}, Timeline(Console(quiet=True)))
    stage.listen()
    stage.put("fleets/sklearn.json", training.FLEET)
    stage.wait("fleet", "sklearn")
    yield stage
    if not was_running:
        subprocess.run([sys.executable, "-m", "local.down"], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def artifact() -> bytes:
    return training.train("ridge", trained_as="1", seed=1)
