"""The local cloud, as a user has it: `make up`, then boto3, the aws CLI, `tenantry` and the client library."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from local.demo import training
from local.demo.stage import Stage, Stuck
from local.demo.timeline import Timeline
from local.environment import read_environment
from local.home import Home
from local.processes import running
from local.up import turn
from tenantry_cli.__main__ import cli
from tenantry_cli.failures import STOPPED
from tenantry_cli.wiring import Aws
from tests.e2e.mailed import ANSWERS, PROFILES

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds: nothing takes that long, but machines differ, and what comes late is no failure."""
EVERY_FUNCTION = 40
"""Processes of functions: with fewer than there are functions, one is started anew for each step of a machine."""


class World(Stage):
    """The user's side of the local cloud of `env`, with tenants and fleets at hand."""

    def __init__(self, env: dict[str, str], timeline: Timeline) -> None:
        super().__init__(env, timeline)
        self.mailed: dict[str, str] = {}
        self.boto = cache(self._client)
        self._installation = Aws(None)

    def _client(self, service: str) -> Any:
        """A boto3 client of this cloud; `boto` makes each once."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            region_name=self.env["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
        )

    @property
    def s3(self) -> Any:
        return self.boto("s3")

    def put(self, key: str, body: bytes) -> str:
        """Put an object into the drop bucket; its S3 version id."""
        return str(self.s3.put_object(Bucket=self.env["DROP_BUCKET"], Key=key, Body=body)["VersionId"])

    def status(self, *arguments: str) -> dict[str, Any]:
        """`tenantry status --json`."""
        value: dict[str, Any] = json.loads(self._run_here("status", *arguments, "--json").stdout)
        return value

    def wait(self, *arguments: str, expect: int = 0) -> None:
        """`tenantry wait`; Stuck when it ends otherwise than expected."""
        ended = self._run_here("wait", *arguments, "--timeout", str(PATIENCE), "--json")
        if ended.exit_code != expect:
            raise Stuck(f"tenantry wait {' '.join(arguments)} ended {ended.exit_code}: {ended.output}")

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for a condition; Stuck when it does not come about."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Stuck(f"not in {PATIENCE} s: {what}")
            time.sleep(0.25)

    def _run_here(self, *words: str) -> Result:
        """The command line in this process: one of its own takes a second, and what is asked for is polled."""
        ended = CliRunner().invoke(cli, list(words), obj=self._installation, env=self.env, catch_exceptions=False)
        if ended.exit_code == STOPPED:
            raise KeyboardInterrupt
        return ended

    def tenant(self, prefix: str, fleet: str = "sklearn", order: str = "upload", **changes: Any) -> str:
        """Drop the profile of a tenant of its own with one model, `churn`; its name. Does not wait."""
        name = f"{prefix}-{uuid.uuid4().hex[:6]}"
        profile = json.loads(training.tenant_profile(f"{name}@tenants.example", {"churn": 24}))
        profile["models"]["churn"] |= {"fleet": fleet, "order": order}
        self.put(f"tenants/{name}.json", json.dumps(profile | changes).encode())
        return name

    def ready_tenant(self, prefix: str, **changes: Any) -> str:
        """The same, READY."""
        name = self.tenant(prefix, **changes)
        self.wait("tenant", name)
        return name

    def furnish(self) -> None:
        """What the tests share: a queue that hears all, two fleets, and the tenants whose mail is read.

        The containers of fleet `light` are stand-ins, for what does not depend on how a model is loaded.
        """
        self._listen()
        turn(self.env["LOCAL_CLOUD_KNOBS"], "hosting", {"stand_in": True})
        self.put("fleets/light.json", json.dumps(json.loads(training.FLEET) | {"instances": {"min": 1}}).encode())
        self.wait("fleet", "light")
        turn(self.env["LOCAL_CLOUD_KNOBS"], "hosting", {"stand_in": False})
        self.put("fleets/sklearn.json", training.FLEET)
        self.wait("fleet", "sklearn")
        self.boto("sqs").create_queue(QueueName=ANSWERS)
        self.mailed = {role: self.tenant(role, **changes) for role, changes in PROFILES.items()}
        self.wait("tenant", self.mailed["batches"])
        self.put(f"models/{self.mailed['batches']}/churn/1/model.tar.gz", training.train("ridge", "1", seed=1))

    def _listen(self) -> None:
        """Subscribe a queue to the operator's topic, as another system would: it gets every notice as JSON."""
        sqs, sns = self.boto("sqs"), self.boto("sns")
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
        sqs = self.boto("sqs")
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return next((notice for notice in self.heard if fields.items() <= notice.items()), None)

    def mail_to(self, name: str) -> list[tuple[str, str]]:
        """(subject, text) of the messages to this tenant."""
        return [(subject, text) for to, subject, text in self.mail() if f"{name}@" in to]


def stand_in(answer: str) -> bytes:
    """What the gate takes for a model of scikit-learn, and a stand-in container for one that answers so."""
    files = {"model.joblib": b"x", "code/inference.py": b"def model_fn(model_dir): ...\n"}
    return training.pack(files | {"model.json": json.dumps({"answer": answer}).encode()})


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    was_running = running(Home()) is not None
    subprocess.run([sys.executable, "-m", "local.up"], cwd=ROOT, check=True)
    try:
        environment = read_environment()
        os.environ.update(environment)
        stage = World({**os.environ, **environment}, Timeline(Console(quiet=True)))
        turn(environment["LOCAL_CLOUD_KNOBS"], "functions", {"most": EVERY_FUNCTION})
        stage.furnish()
        yield stage
    finally:
        if not was_running:
            subprocess.run([sys.executable, "-m", "local.down"], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def artifact() -> bytes:
    return training.train("ridge", trained_as="1", seed=1)
