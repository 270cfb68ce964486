"""Inference components, on the twin and on SageMaker (emulated) alike: made, called, scaled, removed."""

import time
from typing import Any

import pytest

from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.hosting import progress
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.ports import Address, Answer, ComponentView
from tenantry.serving import Ground, HostSettings, inference_component
from tenantry.serving.endpoints import remove_endpoint
from tests.contract.stage import Stage, memory_stage
from tests.contract.test_hosting import IMAGE, ROLE, call, carry_out, made
from tests.unit.domain.test_admission import upload

TARGET = "acme/churn/a1-0123456789abcdef.tar.gz"


@pytest.fixture
def host(stage: Stage) -> Stage:
    """A stage with an endpoint `fleet` for components, and an artifact."""
    variant = {
        "VariantName": "all",
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
        "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2},
    }
    config = {"EndpointConfigName": "fleet", "ProductionVariants": [variant], "ExecutionRoleArn": ROLE}
    carry_out(
        stage,
        [
            call("CreateEndpointConfig", **config, EnableNetworkIsolation=True),
            call("CreateEndpoint", EndpointName="fleet", EndpointConfigName="fleet"),
        ],
    )
    view = stage.settled("fleet")
    assert view is not None
    assert view.status == "InService", view.reason
    stage.upload(TARGET, {"answer": "0.25"})
    return stage


def component(name: str = "one", endpoint: str = "fleet", copies: int = 1, target: str = TARGET) -> Call:
    """The call that creates a component."""
    needs = {"MinMemoryRequiredInMb": 512, "NumberOfCpuCoresRequired": 0.5}
    container = {"Image": IMAGE, "ArtifactUrl": f"s3://serving/{target}"}
    return call(
        "CreateInferenceComponent",
        InferenceComponentName=name,
        EndpointName=endpoint,
        VariantName="all",
        Specification={"Container": container, "ComputeResourceRequirements": needs},
        RuntimeConfig={"CopyCount": copies},
        Tags=[{"Key": "tenantry:tenant", "Value": "acme"}],
    )


def gone(name: str = "one") -> Call:
    return call("DeleteInferenceComponent", InferenceComponentName=name)


def settled(stage: Stage, name: str = "one") -> ComponentView | None:
    """The component when nothing changes any more."""
    deadline = time.monotonic() + 60
    while (view := stage.port.component(name)) and view.status in {"Creating", "Updating", "Deleting"}:
        assert time.monotonic() < deadline, f"{name} stays {view.status}"
        stage.clock.sleep(0.02 if isinstance(stage.clock, SystemClock) else 10)
    return view


def probe(stage: Stage, target: str = "one") -> Answer:
    address = Address(endpoint="fleet", serving=Serving.INFERENCE_COMPONENT, target=target, instances=1)
    return stage.port.probe(address, b"1,2", "text/csv")[0]


def test_a_component_comes_into_service_and_answers(host: Stage) -> None:
    host.port.carry_out(component(copies=2))
    view = settled(host)
    assert view == ComponentView(name="one", endpoint="fleet", status="InService", copies=2, desired=2)
    answer = probe(host)
    assert (answer.outcome, answer.status, answer.body) == ("ok", 200, b"0.25")


def test_components_beside_one_another_answer_for_themselves(host: Stage) -> None:
    host.upload("acme/churn/b2.tar.gz", {"answer": "0.75"})
    carry_out(host, [component(), component("two", target="acme/churn/b2.tar.gz")])
    assert (settled(host) is not None, settled(host, "two") is not None) == (True, True)
    assert (probe(host).body, probe(host, "two").body) == (b"0.25", b"0.75")
    host.port.carry_out(gone())
    assert settled(host) is None
    assert (probe(host).outcome, probe(host, "two").body) == ("invalid", b"0.75")


def test_creating_twice_and_removing_twice_is_as_good_as_once(host: Stage) -> None:
    carry_out(host, [component()])
    settled(host)
    carry_out(host, [component(), gone(), gone()])
    assert settled(host) is None
    carry_out(host, [gone()])
    assert host.port.component("one") is None


def test_what_is_not_there_is_none_and_answers_nothing(host: Stage) -> None:
    assert host.port.component("nobody") is None
    assert probe(host, "nobody").outcome == "invalid"


def test_an_endpoint_outlives_its_components(host: Stage) -> None:
    carry_out(host, [component()])
    settled(host)
    with pytest.raises(Unavailable, match=r"Cannot delete endpoint .*inference component"):
        host.port.carry_out(call("DeleteEndpoint", EndpointName="fleet"))
    host.port.carry_out(gone())
    assert settled(host) is None
    host.port.carry_out(call("DeleteEndpoint", EndpointName="fleet"))
    assert host.settled("fleet") is None


@pytest.mark.parametrize("kind", ["no endpoint", "an endpoint with a model"])
def test_where_no_component_can_be_it_is_refused(stage: Stage, kind: str) -> None:
    words = "Could not find endpoint"
    if kind == "an endpoint with a model":
        words = "not supported in this Endpoint"
        carry_out(stage, made())
        stage.settled("fleet")
    with pytest.raises(ReleaseFailed, match=words):
        stage.port.carry_out(component())


def test_a_versions_whole_life_by_the_plans_of_the_option(stage: Stage) -> None:
    """What `serving` says is taken as it is: host, component, its removal, the host's."""
    settings = HostSettings(stack="tenantry", role_arn=ROLE, models="s3://serving/")
    fleet = FleetProfile.model_validate({"serving": "inference-component", "framework": "sklearn"})
    carry_out(stage, [*inference_component.create_host("fleet", "f", fleet, IMAGE, settings).calls])
    view = stage.settled("fleet")
    assert view is not None
    assert (view.status, view.instances, view.desired) == ("InService", 2, 2)
    version = upload(1, upload="a" * 26, serving_key=TARGET)
    stage.upload(TARGET, {"answer": "0.25"})
    host = HostRow(
        host="fleet-f",
        fleet="f",
        serving=Serving.INFERENCE_COMPONENT,
        endpoint="fleet",
        region="us-east-1",
        instances=2,
        since=stage.clock.now(),
    )
    model = {"serving": "inference-component", "fleet": "f", "sample": {"body": "1"}}
    ground = Ground(model=ModelProfile.model_validate(model), settings=settings, fleet=host, image=IMAGE)
    placement = inference_component.place(version, ground)
    carry_out(stage, [*placement.plan.calls])
    seen = settled(stage, placement.target)
    assert progress(placement.plan, {}, {placement.target: seen}).state == "settled", seen
    answers = stage.port.probe(host.address(placement.target), b"1,2", "text/csv", count=4)
    assert [one.body for one in answers] == [b"0.25"] * 4
    leaving = inference_component.retire(host, placement.target)
    carry_out(stage, [one for one in leaving.calls if one.service == "sagemaker"])
    assert progress(leaving, {}, {placement.target: settled(stage, placement.target)}).state == "settled"
    carry_out(stage, [one for one in remove_endpoint("fleet").calls if one.service == "sagemaker"])
    assert stage.settled("fleet") is None


def test_the_twin_scales_copies_and_takes_that_back(clock: MemoryClock) -> None:
    """moto's Application Auto Scaling does not know the dimension; the local cloud's own does."""
    stage = memory_stage(clock)
    copies: dict[str, Any] = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "inference-component/one",
        "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
    }
    register = {**copies, "MinCapacity": 1, "MaxCapacity": 4}
    for operation, params in (("RegisterScalableTarget", register), ("DeregisterScalableTarget", copies)):
        for _ in range(2):
            stage.port.carry_out(Call(service="application-autoscaling", operation=operation, params=params))
