"""Endpoints of several containers, on the twin and on SageMaker (emulated) alike: made by our plans, called by name."""

from datetime import UTC, datetime
from typing import Any

from tenantry.domain.compositions import Container
from tenantry.domain.names import twin_name
from tenantry.domain.options import Serving
from tenantry.domain.profiles import FleetProfile
from tenantry.ports import Address, Answer
from tenantry.serving import HostSettings, multi_container
from tenantry.serving.placements import NewHost
from tests.contract.stage import Stage
from tests.contract.test_hosting import IMAGE, ROLE, carry_out

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NEW = {"endpoint": "tenantry-f-1", "fleet": "f", "image": IMAGE, "instances": 1}


def container(tenant: str, letter: str) -> Container:
    known = {"tenant": tenant, "model": "churn", "upload": letter * 26, "since": SINCE}
    return Container.model_validate(known | {"key": f"{tenant}/churn/{letter * 26}-0123456789abcdef.tar.gz"})


def standing(stage: Stage, models: dict[Container, dict[str, Any]]) -> str:
    """The status of an endpoint with these containers, made by the plan of the option."""
    for one, model in models.items():
        stage.upload(one.key, model)
    profile = FleetProfile.model_validate({"serving": "multi-container", "framework": "sklearn"})
    settings = HostSettings(stack="tenantry", role_arn=ROLE, models="s3://serving/")
    plan = multi_container.compose(list(models), NewHost(profile=profile, settings=settings, **NEW))
    carry_out(stage, list(plan.calls))
    view = stage.settled("tenantry-f-1")
    assert view is not None
    return view.status


def probe(stage: Stage, hostname: str) -> Answer:
    address = Address(endpoint="tenantry-f-1", serving=Serving.MULTI_CONTAINER, target=hostname, instances=1)
    return stage.port.probe(address, b"1,2", "text/csv")[0]


def test_each_container_answers_by_its_hostname_and_no_other_name_does(stage: Stage) -> None:
    one, other = container("acme", "a"), container("globex", "b")
    assert standing(stage, {one: {"answer": "0.25"}, other: {"answer": "0.75"}}) == "InService"
    assert [probe(stage, each.hostname).body for each in (one, other)] == [b"0.25", b"0.75"]
    assert probe(stage, container("acme", "b").hostname).outcome == "invalid"


def test_one_version_alone_stands_there_twice(stage: Stage) -> None:
    alone = container("acme", "a")
    assert standing(stage, {alone: {"answer": "0.25"}}) == "InService"
    assert [probe(stage, name).body for name in (alone.hostname, twin_name(alone.hostname))] == [b"0.25", b"0.25"]


def test_a_container_whose_model_does_not_load_fails_the_endpoint(stage: Stage) -> None:
    models: dict[Container, dict[str, Any]] = {container("acme", "a"): {"answer": "1"}}
    models[container("globex", "b")] = {"answer": "1", "load_error": "no such module"}
    assert standing(stage, models) == "Failed"
