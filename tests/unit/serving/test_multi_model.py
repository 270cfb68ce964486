"""Plans of multi-model hosts: every call fits AWS's own model of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain.instances import Instances
from tenantry.domain.models import ModelProfile
from tenantry.domain.names import resource_name
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import State
from tenantry.serving import OPTIONS, Ground, HostSettings, endpoints
from tenantry.serving import multi_model as option
from tests.unit.domain.test_admission import upload
from tests.walker import Walker

SETTINGS = HostSettings(stack="tenantry", role_arn="arn:aws:iam::123456789012:role/host", models="s3://serving/")
IN_VPC = SETTINGS.model_copy(update={"subnets": ("subnet-1",), "security_groups": ("sg-1",)})
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
NAME = resource_name("tenantry", "sklearn", "v1")


def profile(**more: Any) -> FleetProfile:
    return FleetProfile.model_validate({"framework": "sklearn"} | more)


def operations(plan: Plan) -> list[str]:
    return [call.operation for call in (*plan.calls, *plan.then)]


SCALING = profile(instances={"min": 1, "max": 4})
PLANS = {
    "create": (
        option.create_host(NAME, "sklearn", profile(), IMAGE, SETTINGS),
        ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"],
    ),
    "create in a VPC": (
        option.create_host(NAME, "sklearn", profile(network=True), IMAGE, IN_VPC),
        ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"],
    ),
    "create scaling": (
        option.create_host(NAME, "sklearn", SCALING, IMAGE, SETTINGS),
        ["CreateModel", "CreateEndpointConfig", "CreateEndpoint", "RegisterScalableTarget", "PutScalingPolicy"],
    ),
    "grow": (
        endpoints.resize_endpoint(NAME, profile(instances={"min": 3, "max": 3}).instances, 2),
        ["DeregisterScalableTarget", "UpdateEndpointWeightsAndCapacities"],
    ),
    "only scale": (
        endpoints.resize_endpoint(NAME, SCALING.instances, 2),
        ["RegisterScalableTarget", "PutScalingPolicy"],
    ),
    "remove": (
        endpoints.remove_endpoint(NAME),
        ["DeregisterScalableTarget", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"],
    ),
}


@pytest.mark.parametrize(("plan", "expected"), PLANS.values(), ids=PLANS)
def test_a_plan(plan: Plan, expected: list[str]) -> None:
    assert operations(plan) == expected
    walker = Walker()
    walker.calls((*plan.calls, *plan.then))
    walker.verdict()


@pytest.mark.parametrize("network", [False, True])
def test_a_host_is_isolated_and_keeps_what_it_loaded(*, network: bool) -> None:
    model = option.create_host(NAME, "sklearn", profile(network=network), IMAGE, SETTINGS).calls[0].params
    assert model["EnableNetworkIsolation"] is not network
    assert model["PrimaryContainer"]["Mode"] == "MultiModel"
    assert model["PrimaryContainer"]["MultiModelConfig"] == {"ModelCacheSetting": "Enabled"}
    assert model["PrimaryContainer"]["ModelDataUrl"] == "s3://serving/", "a prefix must end before a sibling begins"


def test_everything_made_is_tagged_with_stack_and_fleet() -> None:
    for call in option.create_host(NAME, "sklearn", profile(), IMAGE, SETTINGS).calls:
        tags = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
        assert tags == {"tenantry:stack": "tenantry", "tenantry:fleet": "sklearn"}


@pytest.mark.parametrize(("now", "wanted"), [(1, 2), (2, None), (5, None), (9, 6)])
def test_capacity_moves_only_as_far_as_it_must(now: int, wanted: int | None) -> None:
    plan = endpoints.resize_endpoint(NAME, Instances(min=2, max=6), now)
    updates = [call for call in plan.calls if call.operation == "UpdateEndpointWeightsAndCapacities"]
    counts = [call.params["DesiredWeightsAndCapacities"][0]["DesiredInstanceCount"] for call in updates]
    assert counts == ([] if wanted is None else [wanted])


def test_a_version_is_a_target_of_its_own_and_sagemaker_is_told_nothing() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    host = HostRow(
        host="fleet-f", fleet="f", serving=Serving.MULTI_MODEL, endpoint="e", region="r", instances=2, since=now
    )
    version = upload(1, state=State.REGISTERED, serving_key="acme/churn/u-1.tar.gz")
    model = ModelProfile.model_validate({"serving": "multi-model", "fleet": "f", "sample": {"body": "1"}})
    placement = OPTIONS[Serving.MULTI_MODEL].place(version, Ground(model=model, settings=SETTINGS, fleet=host))
    assert (placement.host, placement.target, placement.plan.calls) == ("fleet-f", "acme/churn/u-1.tar.gz", ())
    assert all(placement.because)
    assert option.retire(host, "t").calls == ()
