"""AWS's own SageMaker SDK against the hosting emulation: a client that knows nothing of Tenantry.

The SDK is almost 1 GB and lives in an environment of its own (`make images`), so it runs in a process of its own.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from .conftest import BUCKET, IMAGE, REGION, ROLE, World, wait_until

SDK = Path(__file__).parents[3] / ".venv-sagemaker" / "bin" / "python"

pytestmark = pytest.mark.skipif(not SDK.exists(), reason="the SageMaker SDK is not installed: run `make images`")

STRANGER = """
import json, sys
from botocore.exceptions import ClientError
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant

asked = json.load(sys.stdin)
model = Model.create(
    model_name="stranger",
    execution_role_arn=asked["role"],
    primary_container=ContainerDefinition(image=asked["image"], mode="MultiModel", model_data_url=asked["prefix"]),
)
config = EndpointConfig.create(
    endpoint_config_name="stranger",
    production_variants=[ProductionVariant(
        variant_name="all", model_name=model, instance_type="ml.m5.large", initial_instance_count=2)],
)
endpoint = Endpoint.create(endpoint_name="stranger", endpoint_config_name=config)
endpoint.wait_for_status("InService", poll=1, timeout=300)

def ask(target):
    try:
        answer = endpoint.invoke(body=b"1,2", content_type="text/csv", target_model=target)
        return answer.body.read().decode()
    except ClientError as error:
        return error.response["Error"]["Code"]

seen = {
    "status": endpoint.refresh().endpoint_status,
    "instances": endpoint.production_variants[0].current_instance_count,
    "answers": [ask(target) for target in asked["targets"]],
    "endpoints": [each.endpoint_name for each in Endpoint.get_all()],
}
endpoint.delete()
config.delete()
model.delete()
print(json.dumps(seen))
"""


def stranger(world: World, targets: list[str]) -> dict[str, object]:
    """What the stranger saw."""
    asked = {"role": ROLE, "image": IMAGE, "prefix": f"s3://{BUCKET}/", "targets": targets}
    environment = {
        "AWS_ENDPOINT_URL": world.front.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
    }
    done = subprocess.run(
        [SDK, "-c", STRANGER], check=False, input=json.dumps(asked), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return seen


def test_a_stranger_creates_invokes_and_removes_a_multi_model_endpoint(world: World) -> None:
    world.upload("acme/churn/one.tar.gz", answer="one")
    world.upload("acme/churn/two.tar.gz", answer="two")
    seen = stranger(world, ["acme/churn/one.tar.gz", "acme/churn/two.tar.gz", "acme/churn/none.tar.gz"])
    assert seen == {
        "status": "InService",
        "instances": 2,
        "answers": ["one", "two", "ValidationError"],
        "endpoints": ["stranger"],
    }
    wait_until(lambda: world.state["endpoints"] == [])
