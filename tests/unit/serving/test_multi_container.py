"""Plans of multi-container endpoints: every call fits AWS's own model of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tenantry.domain.compositions import Composition, Container
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import State, Upload
from tenantry.serving import FLEETS, OPTIONS, Ground, HostSettings, Placement
from tenantry.serving import multi_container as option
from tenantry.serving.placements import NewHost
from tests.unit.domain.test_admission import upload
from tests.walker import Walker

SETTINGS = HostSettings(stack="tenantry", role_arn="arn:aws:iam::123456789012:role/host", models="s3://serving/")
IN_VPC = SETTINGS.model_copy(update={"subnets": ("subnet-1",), "security_groups": ("sg-1",)})
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
UPLOAD = "a" * 26
HOSTNAME = f"acme-{UPLOAD}"
HOST = HostRow(
    host="fleet-f",
    fleet="f",
    serving=Serving.MULTI_CONTAINER,
    endpoint="tenantry-f-0",
    region="r",
    instances=2,
    since=NOW,
)


def version() -> Upload:
    return upload(1, upload=UPLOAD, state=State.REGISTERED, serving_key=f"acme/churn/{UPLOAD}-0.tar.gz")


def container(number: int) -> Container:
    name = f"{number:026}".replace("0", "a").replace("1", "b")
    return Container(tenant="acme", model="churn", upload=name, key=f"acme/churn/{name}.tar.gz", since=NOW)


def fleet(**settings: Any) -> FleetProfile:
    return FleetProfile.model_validate({"serving": "multi-container", "framework": "sklearn"} | settings)


def composed(versions: int, settings: HostSettings = SETTINGS, count: int = 2, **profile: Any) -> Plan:
    """The plan for so many versions and instances, each of its calls checked."""
    given = {"endpoint": "tenantry-f-1", "fleet": "f", "image": IMAGE, "settings": settings, "instances": count}
    new = NewHost.model_validate(given | {"profile": fleet(**profile)})
    plan = option.compose([container(number) for number in range(versions)], new)
    walker = Walker()
    walker.calls((*plan.calls, *plan.then))
    walker.verdict()
    return plan


def placed(composition: Composition | None, host: HostRow | None = HOST) -> Placement:
    model = ModelProfile.model_validate({"serving": "multi-container", "fleet": "f", "sample": {"body": "1"}})
    ground = Ground(model=model, settings=SETTINGS, fleet=host, image=IMAGE, composition=composition)
    return option.place(version(), ground)


def composition(**more: Any) -> Composition:
    return Composition.model_validate({"host": "fleet-f", "fleet": "f"} | more)


@pytest.mark.parametrize("settings", [SETTINGS, IN_VPC], ids=["as it comes", "in a VPC"])
@pytest.mark.parametrize("count", [2, 15])
def test_an_endpoint_has_a_container_for_each_version(count: int, settings: HostSettings) -> None:
    plan = composed(count, settings)
    assert [call.operation for call in plan.calls] == ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    model = plan.calls[0].params
    assert (model["InferenceExecutionConfig"], model["EnableNetworkIsolation"]) == ({"Mode": "Direct"}, True)
    assert len({one["ContainerHostname"] for one in model["Containers"]}) == count
    assert ("VpcConfig" in model) == (settings is IN_VPC)
    assert all(one["Mode"] == "SingleModel" and one["Image"] == IMAGE for one in model["Containers"])
    for one, known in zip(model["Containers"], map(container, range(count)), strict=True):
        assert (one["ContainerHostname"], one["ModelDataUrl"]) == (known.hostname, f"s3://serving/{known.key}")
    assert (plan.in_service, plan.then) == (("tenantry-f-1",), ())


def test_one_version_alone_stands_there_twice_and_the_second_is_called_by_nobody() -> None:
    one, twin = composed(1).calls[0].params["Containers"]
    assert twin == one | {"ContainerHostname": f"{one['ContainerHostname']}-2"}


def test_it_begins_with_as_many_instances_as_the_one_before_has_and_scales_before_it_takes_traffic() -> None:
    plan = composed(2, count=3, instances={"min": 1, "max": 4})
    assert plan.calls[1].params["ProductionVariants"][0]["InitialInstanceCount"] == 3
    assert [call.operation for call in plan.then] == ["RegisterScalableTarget", "PutScalingPolicy"]


def test_a_version_waits_until_an_endpoint_with_its_container_stands_there() -> None:
    wanted = Container(tenant="acme", model="churn", upload=UPLOAD, key="k", since=NOW)
    first = placed(composition(wanted=(wanted,)), host=None)
    assert (first.host, first.endpoint, first.target) == ("fleet-f", "", HOSTNAME)
    assert first.not_yet.startswith("it waits for the next endpoint of fleet f")
    waits = placed(composition(wanted=(wanted,), made={"tenantry-f-0": (), "next": (wanted,)}, serves="tenantry-f-0"))
    assert waits.not_yet
    stands = placed(composition(wanted=(wanted,), made={"tenantry-f-0": (wanted,)}, serves="tenantry-f-0"))
    assert (stands.not_yet, stands.endpoint, stands.plan.calls) == ("", "tenantry-f-0", ())


def test_one_that_failed_alone_fails_with_what_was_said_of_it() -> None:
    with pytest.raises(ReleaseFailed, match="no ping"):
        placed(composition(bad={HOSTNAME: "no ping"}))


def test_a_fleet_needs_no_endpoint_before_its_first_version_and_none_is_changed_when_one_goes() -> None:
    plan = FLEETS[Serving.MULTI_CONTAINER].create_host("e", "f", fleet(), IMAGE, SETTINGS)
    assert (plan.calls, plan.reason) == ((), "fleet f gets its endpoint with its first version")
    assert OPTIONS[Serving.MULTI_CONTAINER].retire(HOST, HOSTNAME).calls == ()


@pytest.mark.parametrize("kind", ["ml.g4dn.xlarge", "ml.p3.2xlarge", "ml.inf1.xlarge"])
def test_it_runs_on_processors_only(kind: str) -> None:
    with pytest.raises(ValidationError, match="runs on CPUs only"):
        fleet(instance_type=kind)
