"""Several models behind one endpoint, each in a Multi Model Server of its own: direct containers, and components."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.hosting.app import HostingApp
from local.hosting.settings import Settings

from .conftest import ACCOUNT, BUCKET, IMAGE, REGION, ROLE, Front, World, packed, variant, wait_until
from .test_hosting_models import LOAD, processes_of, trained


@pytest.fixture
def mms(front: Front, clients: dict[str, Any], tmp_path: Path) -> Iterator[World]:
    """An emulation over Multi Model Server, and three artifacts that multiply by 2, 3 and 4."""
    app = HostingApp(
        tmp_path,
        front.url,
        REGION,
        ACCOUNT,
        lambda event: None,
        lambda namespace, data: None,
        settings=Settings.model_validate(
            {"metrics_seconds": 3600, "invocation_limit": 240, "component": {"cpu_cores": 2, "memory_mb": 1000}}
        ),
    )
    front.app = app
    world = World(front, clients, app)
    for slope in (2, 3, 4):
        world.put(f"times-{slope}.tar.gz", packed({"model.joblib": trained(slope), "code/inference.py": LOAD}))
    yield world
    front.app = None
    app.close()


def ask(world: World, **named: str) -> float:
    """What one of the models makes of 1 + 2."""
    answer = world.runtime.invoke_endpoint(EndpointName="several", Body=b"1,2", ContentType="text/csv", **named)
    return float(json.loads(answer["Body"].read())[0])


def host(world: World, production: dict[str, Any]) -> None:
    world.sagemaker.create_endpoint_config(
        EndpointConfigName="several", ExecutionRoleArn=ROLE, ProductionVariants=[production]
    )
    world.sagemaker.create_endpoint(EndpointName="several", EndpointConfigName="several")
    wait_until(lambda: world.status("several") != "Creating", 180)
    assert world.status("several") == "InService"


def test_every_container_of_a_direct_endpoint_is_a_server_with_its_own_model(mms: World, tmp_path: Path) -> None:
    containers = [
        {"ContainerHostname": f"times-{slope}", "Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/times-{slope}.tar.gz"}
        for slope in (2, 3)
    ]
    mms.sagemaker.create_model(
        ModelName="several",
        ExecutionRoleArn=ROLE,
        Containers=containers,
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    host(mms, variant("several", 1))
    assert ask(mms, TargetContainerHostname="times-2") == pytest.approx(6)
    assert ask(mms, TargetContainerHostname="times-3") == pytest.approx(9)
    assert len(processes_of(tmp_path)) == 6, "two servers, each with a worker and its fork"
    mms.app.close()
    assert processes_of(tmp_path) == []


def test_every_copy_of_a_component_is_a_server_and_an_update_rolls_them(mms: World, tmp_path: Path) -> None:
    production = variant("", 1)
    del production["ModelName"]
    host(mms, production)
    for slope in (2, 3):
        mms.sagemaker.create_inference_component(
            InferenceComponentName=f"times-{slope}",
            EndpointName="several",
            VariantName="all",
            Specification=specification(slope),
            RuntimeConfig={"CopyCount": 1},
        )
    await_settled(mms)
    assert len(processes_of(tmp_path)) == 6, "two servers, each with a worker and its fork"
    assert ask(mms, InferenceComponentName="times-2") == pytest.approx(6)
    assert ask(mms, InferenceComponentName="times-3") == pytest.approx(9)
    mms.sagemaker.update_inference_component(InferenceComponentName="times-3", Specification=specification(4))
    await_settled(mms)
    assert ask(mms, InferenceComponentName="times-3") == pytest.approx(12)
    mms.sagemaker.delete_inference_component(InferenceComponentName="times-2")
    wait_until(lambda: len(mms.state["inference_components"]) == 1)
    assert len(processes_of(tmp_path)) == 3


def specification(slope: int) -> dict[str, Any]:
    return {
        "Container": {"Image": IMAGE, "ArtifactUrl": f"s3://{BUCKET}/times-{slope}.tar.gz"},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 300, "NumberOfCpuCoresRequired": 0.5},
    }


def await_settled(world: World) -> None:
    """All components are in service."""
    wait_until(lambda: {row["status"] for row in world.state["inference_components"]} <= {"InService", "Failed"}, 180)
    rows = world.sagemaker.list_inference_components()["InferenceComponents"]
    assert {row["InferenceComponentStatus"] for row in rows} == {"InService"}
