"""Plans of inference components: every call fits AWS's own model of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import State, Upload
from tenantry.serving import FLEETS, OPTIONS, Ground, HostSettings, Placement
from tenantry.serving import inference_component as option
from tests.unit.domain.test_admission import upload
from tests.walker import Walker

SETTINGS = HostSettings(stack="tenantry", role_arn="arn:aws:iam::123456789012:role/host", models="s3://serving/")
IN_VPC = SETTINGS.model_copy(update={"subnets": ("subnet-1",), "security_groups": ("sg-1",)})
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOST = HostRow(
    host="fleet-f",
    fleet="f",
    serving=Serving.INFERENCE_COMPONENT,
    endpoint="tenantry-f-0",
    region="r",
    instances=2,
    since=NOW,
)


def version(size: int = 3_000_000) -> Upload:
    name = "a" * 26
    return upload(1, upload=name, size=size, state=State.REGISTERED, serving_key=f"acme/churn/{name}-0.tar.gz")


def placed(capacity: int = 0, host: HostRow | None = HOST, size: int = 3_000_000, **settings: Any) -> Placement:
    profile = {"serving": "inference-component", "fleet": "f", "sample": {"body": "1"}, "component": settings}
    model = ModelProfile.model_validate(profile)
    ground = Ground(model=model, settings=SETTINGS, fleet=host, image=IMAGE, capacity=capacity)
    return option.place(version(size), ground)


def walked(plan: Plan) -> list[str]:
    """Its operations, each checked."""
    walker = Walker()
    walker.calls((*plan.calls, *plan.then))
    walker.verdict()
    return [call.operation for call in (*plan.calls, *plan.then)]


@pytest.mark.parametrize("settings", [SETTINGS, IN_VPC], ids=["as it comes", "in a VPC"])
@pytest.mark.parametrize("network", [True, False])
def test_a_host_has_role_network_and_limits_and_no_model(settings: HostSettings, *, network: bool) -> None:
    profile = {"serving": "inference-component", "framework": "sklearn", "network": network}
    plan = option.create_host("tenantry-f-0", "f", FleetProfile.model_validate(profile), IMAGE, settings)
    assert walked(plan) == ["CreateEndpointConfig", "CreateEndpoint"]
    assert (plan.in_service, plan.then) == (("tenantry-f-0",), ())
    config = plan.calls[0].params
    assert (config["ExecutionRoleArn"], config["EnableNetworkIsolation"]) == (settings.role_arn, not network)
    assert ("VpcConfig" in config) == (settings is IN_VPC)
    [variant] = config["ProductionVariants"]
    assert "ModelName" not in variant
    assert variant["ManagedInstanceScaling"] == {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 2}
    tags = {tag["Key"]: tag["Value"] for tag in config["Tags"]}
    assert tags == {
        "tenantry:stack": "tenantry",
        "tenantry:fleet": "f",
        "tenantry:serving": "inference-component",
    }


def test_a_version_is_a_component_of_its_own_named_after_its_upload() -> None:
    placement = placed()
    name = f"tenantry-acme-churn-{'a' * 26}"
    assert walked(placement.plan) == ["CreateInferenceComponent"]
    assert (placement.host, placement.endpoint, placement.target) == ("fleet-f", "tenantry-f-0", name)
    assert (placement.plan.components_in_service, placement.plan.in_service) == ((name,), ())
    params = placement.plan.calls[0].params
    assert params["Specification"]["Container"]["ArtifactUrl"] == f"s3://serving/acme/churn/{'a' * 26}-0.tar.gz"
    assert params["RuntimeConfig"] == {"CopyCount": 1}
    assert all(placement.because)


def test_scaling_comes_once_the_component_is_in_service() -> None:
    plan = placed(copies={"min": 1, "max": 3}).plan
    assert walked(plan) == ["CreateInferenceComponent", "RegisterScalableTarget", "PutScalingPolicy"]
    [name] = plan.components_in_service
    assert [call.params["ResourceId"] for call in plan.then] == [f"inference-component/{name}"] * 2


def test_copies_that_may_go_come_back_with_the_first_call_that_fails() -> None:
    plan = placed(copies={"min": 0, "max": 3}).plan
    assert walked(plan)[1:] == ["RegisterScalableTarget", "PutScalingPolicy", "PutScalingPolicy", "PutMetricAlarm"]
    assert plan.calls[0].params["RuntimeConfig"] == {"CopyCount": 1}, "so that it can be proven"
    alarm = plan.then[-1].params
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SageMaker", "NoCapacityInvocationFailures")
    assert alarm["Dimensions"] == [{"Name": "InferenceComponentName", "Value": plan.components_in_service[0]}]


@pytest.mark.parametrize(("capacity", "copies"), [(0, 2), (3, 3), (9, 5)])
def test_it_starts_with_what_the_live_version_has(capacity: int, copies: int) -> None:
    plan = placed(capacity, copies={"min": 2, "max": 5}).plan
    assert plan.calls[0].params["RuntimeConfig"] == {"CopyCount": copies}


@pytest.mark.parametrize(
    ("size", "settings", "reserved"),
    [
        (2**20, {}, {"MinMemoryRequiredInMb": 515, "NumberOfCpuCoresRequired": 1}),
        (100 * 2**20, {}, {"MinMemoryRequiredInMb": 812, "NumberOfCpuCoresRequired": 1}),
        (
            2**20,
            {"memory": 4096, "cpus": 2, "accelerators": 1},
            {
                "MinMemoryRequiredInMb": 4096,
                "NumberOfCpuCoresRequired": 2,
                "NumberOfAcceleratorDevicesRequired": 1,
            },
        ),
    ],
    ids=["one MB", "a hundred MB", "as the profile says"],
)
def test_what_it_reserves(size: int, settings: dict[str, Any], reserved: dict[str, Any]) -> None:
    plan = placed(size=size, **settings).plan
    walked(plan)
    assert plan.calls[0].params["Specification"]["ComputeResourceRequirements"] == reserved


def test_retiring_takes_its_scaling_and_the_component_and_leaves_the_host() -> None:
    plan = option.retire(HOST, "tenantry-acme-churn-x")
    assert walked(plan) == ["DeleteAlarms", "DeregisterScalableTarget", "DeleteInferenceComponent"]
    assert (plan.components_gone, plan.gone) == (("tenantry-acme-churn-x",), ())


@pytest.mark.parametrize(
    ("host", "words"), [(None, "has no endpoint"), (HOST.but(next="tenantry-f-1"), "is moving to another endpoint")]
)
def test_without_an_endpoint_that_stays_nothing_is_placed(host: HostRow | None, words: str) -> None:
    with pytest.raises(ReleaseFailed, match=words):
        placed(host=host)


def test_it_is_an_option_of_fleets() -> None:
    assert FLEETS[Serving.INFERENCE_COMPONENT] is OPTIONS[Serving.INFERENCE_COMPONENT] is option
