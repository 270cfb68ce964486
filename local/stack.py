"""The stack in a running local cloud: whether a drop would be processed, and what a shell needs to use it."""

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.home import Home
from local.processes import Running

STACK = "tenantry"
READY_SECONDS = 30
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
        "AWS_DEFAULT_REGION": cloud.region,
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
        region_name=cloud.region,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 2}),
    )
