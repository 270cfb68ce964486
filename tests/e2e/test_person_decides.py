"""A version waits in the Model Registry; the stock aws CLI approves one and turns one down, as the notice says."""

import shlex
import subprocess
from typing import Any

import boto3
import pytest

from tests.e2e.conftest import ROOT, World, stand_in

pytestmark = pytest.mark.e2e
WAITS = "AWAITING_APPROVAL"


def asked(world: World, name: str, version: str) -> dict[str, Any]:
    """The notice of a version that waits, once it was heard."""
    named = {"about": "approval", "tenant": name, "version": version, "state": WAITS}
    world.until(f"version {version} waits", lambda: world.told(**named) is not None)
    notice = world.told(**named)
    assert notice is not None
    return notice


def run(command: str, says: str) -> None:
    """What the notice says, by the aws CLI of this environment, with words of the approver's own."""
    program, *arguments = shlex.split(command)
    assert (program, arguments[-2]) == ("aws", "--approval-description")
    subprocess.run([ROOT / ".venv/bin/aws", *arguments[:-1], says], check=True, capture_output=True)


def test_one_is_approved_and_one_is_turned_down(world: World) -> None:
    name = world.mailed["asked"]
    world.wait("tenant", name)
    world.put(f"models/{name}/churn/1/model.tar.gz", stand_in("the first"))
    first = asked(world, name, "1")
    package = boto3.client("sagemaker").describe_model_package(ModelPackageName=first["details"]["package"])
    assert (package["ModelApprovalStatus"], package["CustomerMetadataProperties"]["version"]) == (
        "PendingManualApproval",
        "1",
    )
    run(first["details"]["approve"], "tried it")
    world.wait(name, "churn", "1")
    world.put(f"models/{name}/churn/2/model.tar.gz", stand_in("the second"))
    second = asked(world, name, "2")
    run(second["details"]["reject"], "worse on new customers")
    world.until("it is turned down", lambda: world.version(name, "churn", "2")["state"] == "REJECTED")
    world.fire("RelayNotices")
    world.until("it is told", lambda: world.told(tenant=name, version="2", state="REJECTED") is not None)
    told = world.told(tenant=name, version="2", state="REJECTED")
    assert told is not None
    assert told["reason"] == "the approver rejected it: worse on new customers"
    answer = world.client(name).invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
    assert (answer.version, answer.body) == ("1", b"the first")
    world.until("the tenant has mail", lambda: any("update-model-package" in text for _, text in world.mail_to(name)))
    boto3.client("s3").delete_object(Bucket=world.env["DROP_BUCKET"], Key=f"tenants/{name}.json")
    group = package["ModelPackageGroupName"]
    world.until("its group is gone", lambda: group not in groups())


def groups() -> set[str]:
    found = boto3.client("sagemaker").list_model_package_groups(MaxResults=100)["ModelPackageGroupSummaryList"]
    return {one["ModelPackageGroupName"] for one in found}
