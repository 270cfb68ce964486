"""What the demo touches: the aws CLI, the `tenantry` command, the client library, the knobs and the outbox."""

import email
import email.policy
import json
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from local.demo.timeline import Timeline
from local.demo.traffic import SAMPLE
from tenantry_client import Tenantry

BIN = Path(sys.executable).parent
PATIENCE = 120
"""Seconds after which a step of the demo counts as stuck."""


class Stuck(Exception):
    """A step did not come about in time; the message says which."""


class Stage:
    """The user's side of the local cloud; `env` is what `.local/env` exports."""

    def __init__(self, env: dict[str, str], timeline: Timeline) -> None:
        self.env = env
        self.timeline = timeline

    def drop(self, key: str, body: bytes) -> None:
        """Put an object into the drop bucket with the stock aws CLI."""
        name = Path(key).name
        self.timeline.command(f"aws s3 cp {name} s3://$DROP_BUCKET/{key}")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(body)
            self._run(str(BIN / "aws"), "s3", "cp", "--quiet", str(path), f"s3://{self.env['DROP_BUCKET']}/{key}")

    def drop_all(self, prefix: str, files: dict[str, bytes]) -> None:
        """Put several objects under one prefix with one command of the stock aws CLI; keys are relative to it."""
        self.timeline.command(f"aws s3 cp --recursive {prefix} s3://$DROP_BUCKET/{prefix}")
        with tempfile.TemporaryDirectory() as folder:
            for key, body in files.items():
                path = Path(folder) / key
                path.parent.mkdir(parents=True)
                path.write_bytes(body)
            target = f"s3://{self.env['DROP_BUCKET']}/{prefix}"
            self._run(str(BIN / "aws"), "s3", "cp", "--quiet", "--recursive", folder, target)

    def put(self, key: str, body: bytes) -> str:
        """The same with boto3, without a word, where time counts; its S3 version id."""
        bucket = self.env["DROP_BUCKET"]
        return boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]

    def tenantry(self, *arguments: str, check: bool = True, quiet: bool = False) -> str:
        """Run the operator's command line; its standard output."""
        if not quiet:
            self.timeline.command("tenantry " + " ".join(arguments))
        return self._run(str(BIN / "tenantry"), *arguments, check=check)

    def status(self, *arguments: str) -> dict[str, Any]:
        """`tenantry status --json`."""
        value = json.loads(self.tenantry("status", *arguments, "--json", quiet=True))
        assert isinstance(value, dict)
        return value

    def wait(self, *arguments: str, expect: int = 0) -> None:
        """`tenantry wait`, with progress; Stuck when it ends otherwise than expected."""
        with self.timeline.progress("tenantry wait " + " ".join(arguments)):
            command = [str(BIN / "tenantry"), "wait", *arguments, "--timeout", str(PATIENCE), "--json"]
            done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode != expect:
            raise Stuck(f"tenantry wait {' '.join(arguments)} ended {done.returncode}: {done.stdout}{done.stderr}")

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for a condition, with progress; Stuck after two minutes."""
        deadline = time.monotonic() + PATIENCE
        with self.timeline.progress(what):
            while not condition():
                if time.monotonic() > deadline:
                    raise Stuck(f"not in {PATIENCE} s: {what}")
                time.sleep(0.2)

    def version(self, tenant: str, model: str, version: str) -> dict[str, Any]:
        """The newest row of this version, as `tenantry status` shows it; empty when there is none."""
        rows = self.status(tenant, model)["versions"]
        return next((row for row in rows if row["version"] == version), {})

    def swapped_at(self, tenant: str, model: str) -> datetime:
        """When the route was last written."""
        (route,) = self.status(tenant, model)["routes"]
        return datetime.fromisoformat(route["since"]).astimezone(UTC)

    def client(self, tenant: str, pool: str | None = None) -> Tenantry:
        """A client with the tenant's own scoped credentials, which reach what this owner shares, too."""
        return Tenantry(tenant=tenant, role_arn=self.env["TENANT_ACCESS_ROLE_ARN"], pool=pool)

    def ask(self, tenant: str, model: str) -> str:
        """One prediction through the client library."""
        answer = self.client(tenant).invoke(model, SAMPLE, content_type="text/csv")
        return f"version {answer.version}: {answer.body.decode().strip()}"

    def fetch(self, tenant: str, command: str) -> bytes:
        """Run the aws CLI's command with which a notice says to fetch a result, as the tenant; what it fetched."""
        self.timeline.command(command)
        with tempfile.TemporaryDirectory() as folder:
            self._run(str(BIN / "aws"), *shlex.split(command)[1:], "--quiet", folder=folder, env=self._as(tenant))
            (path,) = Path(folder).iterdir()
            return path.read_bytes()

    def aws(self, command: list[str]) -> str:
        """Run a command line of the stock aws CLI, which a notice may have named; its standard output."""
        self.timeline.command(shlex.join(command))
        return self._run(str(BIN / "aws"), *command[1:])

    def fire(self, name: str) -> None:
        """Fire the schedules whose names contain this, now."""
        body = json.dumps({"name": name}).encode()
        request = urllib.request.Request(f"{self.env['LOCAL_CLOUD_KNOBS']}/schedules/fire", data=body, method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def replay(self) -> int:
        """Announce every object of the drop bucket again, twice, newest first; how many events that were."""
        s3, sqs = boto3.client("s3"), boto3.client("sqs")
        bucket = self.env["DROP_BUCKET"]
        versions = s3.list_object_versions(Bucket=bucket)["Versions"]
        queue = sqs.list_queues(QueueNamePrefix=f"{self.env['TENANTRY_STACK']}-IntakeQueue")["QueueUrls"][0]
        events = [_created(bucket, version) for version in versions] * 2
        for event in sorted(events, key=lambda event: str(event["time"]), reverse=True):
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
        self.until(f"{len(events)} events are taken in again", lambda: _drained(sqs, queue))
        return len(events)

    def knobs(self) -> dict[str, Any]:
        """The state of the local cloud: instances, what they have loaded, what was counted."""
        with urllib.request.urlopen(self.env["LOCAL_CLOUD_KNOBS"], timeout=10) as answer:
            value = json.loads(answer.read())
        assert isinstance(value, dict)
        return value

    def mail(self) -> list[tuple[str, str, str]]:
        """(to, subject, text) of every message in the outbox, oldest first."""
        paths = sorted(Path(self.env["OUTBOX"]).glob("*.eml"), key=lambda path: path.stat().st_mtime)
        return [_read_mail(path) for path in paths]

    def _as(self, tenant: str) -> dict[str, str]:
        """The environment of somebody who has the tenant's credentials."""
        role = self.env["TENANT_ACCESS_ROLE_ARN"]
        session = boto3.client("sts").assume_role(
            RoleArn=role, RoleSessionName=tenant, Tags=[{"Key": "tenant", "Value": tenant}]
        )
        given = session["Credentials"]
        keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"]}
        return {**self.env, **keys, "AWS_SESSION_TOKEN": given["SessionToken"]}

    def _run(
        self, *command: str, check: bool = True, folder: str | None = None, env: dict[str, str] | None = None
    ) -> str:
        done = subprocess.run(command, env=env or self.env, cwd=folder, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise Stuck(
                f"{Path(command[0]).name} {' '.join(command[1:])}: {done.stderr.strip() or done.stdout.strip()}"
            )
        return done.stdout


def _created(bucket: str, version: Any) -> dict[str, Any]:
    """The event of this upload, as S3 sends it to EventBridge (aws.md 5.1), under a new event id."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "time": version["LastModified"].isoformat(),
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {"key": version["Key"], "size": version["Size"], "version-id": version["VersionId"]},
            "reason": "PutObject",
        },
    }


def _drained(sqs: Any, queue: str) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return all(int(counts[name]) == 0 for name in names)


def _read_mail(path: Path) -> tuple[str, str, str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return str(message["To"]), str(message["Subject"]), body.get_content() if body else ""
