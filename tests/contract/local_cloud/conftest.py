"""One local cloud with the small stack of `stack/`, for all tests of this folder."""

import json
import os
import shutil
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from local import sam
from local.home import ROOT, Home
from local.processes import everything, start, stop

STACK = Path(__file__).parent / "stack"


@dataclass(frozen=True)
class Small:
    """The deployed stack and how to reach it."""

    home: Home
    endpoint: str
    outputs: dict[str, str]

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(read_timeout=300),  # a call that was not heard in time would be sent again
        )

    @property
    def table(self):
        client = boto3.resource(
            "dynamodb",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        return client.Table(self.outputs["Table"])

    def drop(self, key, body=b"x"):
        return self.client("s3").put_object(Bucket=self.outputs["DropBucket"], Key=key, Body=body)

    def row(self, pk, sk):
        return self.table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")

    def events(self, key):
        """Every event about an object that reached the function, oldest first."""
        rows = [row for row in self.table.scan(ConsistentRead=True)["Items"] if row["pk"] == "event"]
        events = [json.loads(row["body"]) for row in rows]
        mine = [event for event in events if event["detail"]["object"]["key"] == key]
        return sorted(mine, key=lambda event: event["detail"]["object"]["sequencer"])

    def invoke(self, function="WorkFunction", **payload):
        answer = self.client("lambda").invoke(FunctionName=self.outputs[function], Payload=json.dumps(payload).encode())
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def knobs(self, method, path="", **body):
        request = urllib.request.Request(
            f"{self.endpoint}/_knobs/{path}", method=method, data=json.dumps(body).encode() if body else None
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def letters(self):
        return [path.read_text() for path in sorted(self.home.outbox.glob("*.eml"))]


@pytest.fixture(scope="session")
def small():
    home = Home(ROOT / ".local" / f"contract-{os.getpid()}")
    try:
        home.folder.mkdir(parents=True)
        cloud = start(home, hosting=False)
        environment = sam.variables(home, cloud.endpoint)
        sam.build(home, environment, STACK)
        found = Small(home, cloud.endpoint, {})
        found.client("s3").create_bucket(Bucket=sam.BUCKET)
        sam.deploy(home, environment, STACK, "small", {"Architecture": sam.architecture()})
        stack = found.client("cloudformation").describe_stacks(StackName="small")["Stacks"][0]
        found.outputs.update({item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]})
        yield found
    finally:
        stop(home)
        left = everything(home)
        shutil.rmtree(home.folder, ignore_errors=True)
    assert left == []


@pytest.fixture
def until():
    """Wait for something to become true, at most `seconds`, and return it."""

    def wait(condition, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.02)
        raise AssertionError(f"it never came true: {condition}")

    return wait
