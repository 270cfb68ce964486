"""`python -m local.up`: start the local cloud, deploy the template into it, say how to reach it.

Returns 0 only when a drop would be processed. A second call is fast: it deploys again only when a source has changed.
"""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from rich.console import Console

from local import sam
from local.context import REGION
from local.fingerprint import fingerprint
from local.home import ROOT, Home
from local.processes import DidNotStart, Running, running, start, stop

STACK = "tenantry"
READY_SECONDS = 30
# What differs here from the template's defaults: nobody likes to wait, and the operator's mail is worth reading.
PARAMETERS = {
    "Architecture": sam.architecture(),
    "PollSeconds": "1",
    "ControlCallRate": "10",
    "OperatorEmail": "operator@vendor.example",
}
OUTPUTS = {
    "DROP_BUCKET": "DropBucket",
    "SERVING_BUCKET": "ServingBucket",
    "RESULTS_BUCKET": "ResultsBucket",
    "REGISTRY_TABLE": "RegistryTable",
    "ROUTES_TABLE": "RoutesTable",
    "OPERATOR_TOPIC_ARN": "OperatorTopicArn",
    "TENANT_ACCESS_ROLE_ARN": "TenantAccessRoleArn",
}


class NotReady(Exception):
    """The stack is there but a drop would not be processed."""


class Steps:
    """Says what is done, with a spinner on a terminal and a line with the seconds when it is over."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__[Result](self, what: str, do: Callable[[], Result]) -> Result:
        """Do one step under its name."""
        began = time.monotonic()
        with self._console.status(f"{what} ..."):
            result = do()
        self._console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - began:.1f} s[/]")
        return result


def up(home: Home, project: Path, step: Steps, port: int = 0) -> dict[str, str]:
    """Bring the cloud up and return what `.local/env` exports.

    Raises:
        DidNotStart, SamFailed, NoInterpreter, NotReady: with one sentence that says what to do.

    """
    cloud = alive(home, step, port)
    environment = sam.variables(home, cloud.endpoint)
    sources = fingerprint(project)
    if not home.deployed.exists() or home.deployed.read_text() != f"{cloud.pid} {sources}":
        step("sam build", lambda: sam.build(home, environment, project))
        client(cloud, "s3").create_bucket(Bucket=sam.BUCKET)
        step("sam deploy", lambda: sam.deploy(home, environment, project, STACK, PARAMETERS))
        home.deployed.write_text(f"{cloud.pid} {sources}")
    exports = step("waiting until a drop would be processed", lambda: ready(home, cloud))
    write_env(home.env, exports)
    return exports


def alive(home: Home, step: Steps, port: int) -> Running:
    """The running cloud, or a new one; whatever a broken earlier run left behind goes first."""
    found = running(home)
    if found is not None and found.answers():
        return found
    if stop(home):
        step("clearing away an earlier run that no longer answered", lambda: None)
    home.deployed.unlink(missing_ok=True)
    return step("starting the local cloud", lambda: start(home, port))


def ready(home: Home, cloud: Running) -> dict[str, str]:
    """Wait until the way of a drop is open from bucket to function; returns the exports.

    Raises:
        NotReady: it stays closed.

    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            outputs = stack_outputs(cloud)
            missing = [key for key in OUTPUTS.values() if key not in outputs]
            if missing:
                raise NotReady(f"The stack has no output {', '.join(missing)}.")
            check_intake(cloud, outputs["DropBucket"])
        except (NotReady, ClientError) as error:
            if time.monotonic() > deadline:
                raise NotReady(f"A drop would not be processed: {error}") from error
            time.sleep(0.2)
        else:
            return exports_of(home, cloud, outputs)


def check_intake(cloud: Running, bucket: str) -> None:
    """The drop bucket tells EventBridge, a rule listens, and an enabled mapping reads a queue.

    Raises:
        NotReady: one of them does not.

    """
    notifications = client(cloud, "s3").get_bucket_notification_configuration(Bucket=bucket)
    if "EventBridgeConfiguration" not in notifications:
        raise NotReady(f"The bucket {bucket} does not send its events to EventBridge.")
    if not client(cloud, "events").list_rules()["Rules"]:
        raise NotReady("No EventBridge rule listens to the drop bucket.")
    mappings = client(cloud, "lambda").list_event_source_mappings()["EventSourceMappings"]
    if not any(mapping["State"] == "Enabled" for mapping in mappings):
        raise NotReady("No function reads the intake queue.")


def stack_outputs(cloud: Running) -> dict[str, str]:
    """Outputs of the deployed stack."""
    stack = client(cloud, "cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def exports_of(home: Home, cloud: Running, outputs: Mapping[str, str]) -> dict[str, str]:
    """What a shell needs to talk to this cloud."""
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TENANTRY_STACK": STACK,
        **{name: outputs[key] for name, key in OUTPUTS.items()},
        "LOCAL_CLOUD_KNOBS": f"{cloud.endpoint}/_knobs",
        "OUTBOX": str(home.outbox),
    }


def write_env(path: Path, exports: Mapping[str, str]) -> None:
    """Write exports a POSIX shell can source, whole or not at all."""
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in exports.items())
    scratch = path.with_suffix(".new")
    scratch.write_text(lines)
    scratch.rename(path)


def client(cloud: Running, service: str) -> Any:
    """A boto3 client of the local cloud."""
    make: Any = boto3.session.Session().client  # typed per service; the service is a variable here
    return make(
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 2}),
    )


def main() -> int:
    """Bring everything up; one sentence and status 1 when it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m local.up", description="Start and deploy the local cloud.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("LOCAL_CLOUD_PORT", "0")), help="0: a free one")
    arguments = parser.parse_args()
    console, home = Console(stderr=True, highlight=False), Home()
    try:
        exports = up(home, ROOT, Steps(console), arguments.port)
    except (DidNotStart, sam.SamFailed, sam.NoInterpreter, NotReady) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        stop(home)
        console.print("Stopped; nothing is left running.")
        return 130
    console.print(f"The local cloud is at {exports['AWS_ENDPOINT_URL']}; to use it: . {home.env}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
