"""Queues of asynchronous endpoints, on the twin and on SageMaker (emulated) alike."""

from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.options import Serving
from tenantry.ports import Address, Answer, Asked
from tenantry.serving import OPTIONS, Ground, HostSettings, Placement
from tests.contract.stage import Stage
from tests.unit.domain.test_admission import upload
from tests.unit.serving.test_asynchronous import IMAGE, QUEUES, host, profile

TARGET = "acme/churn/u-0123456789abcdef.tar.gz"
SETTINGS = HostSettings(stack="tenantry", role_arn=QUEUES.role_arn, models="s3://serving/", queues=QUEUES)
ASKED = Asked(
    inference="a" * 64,
    input="s3://serving/r1",
    content_type="text/csv",
    folder="r1",
    file="u.out",
    ttl=600,
    timeout=60,
)


def queue(stage: Stage, **model: Any) -> Placement:
    """An asynchronous endpoint in service whose model is this."""
    stage.upload(TARGET, model)
    version = upload(1, serving_key=TARGET)
    placement = OPTIONS[Serving.ASYNCHRONOUS].place(version, Ground(model=profile(), settings=SETTINGS, image=IMAGE))
    for call in placement.plan.calls:
        stage.port.carry_out(call)
    view = stage.settled(placement.endpoint)
    assert view is not None
    assert view.status == "InService"
    return placement


def sampled(stage: Stage, endpoint: str, count: int = 1) -> list[Answer]:
    address = Address(endpoint=endpoint, serving=Serving.ASYNCHRONOUS, target=TARGET, instances=1)
    return stage.port.probe(address, b"1,2", "text/csv", None, count)


def test_a_sample_goes_through_the_queue_and_comes_back(stage: Stage) -> None:
    answers = sampled(stage, queue(stage, answer="0.5").endpoint, count=3)
    assert [(one.outcome, one.body) for one in answers] == [("ok", b"0.5")] * 3


def test_a_sample_that_fails_says_why(stage: Stage) -> None:
    [answer] = sampled(stage, queue(stage, answer="", invoke_error=[400, "no number"]).endpoint)
    assert (answer.outcome, "no number" in answer.message) == ("model_error", True)


def test_there_is_no_endpoint(stage: Stage) -> None:
    [answer] = sampled(stage, "nowhere")
    assert answer.outcome == "invalid"
    with pytest.raises(ReleaseFailed):
        stage.port.enqueue("nowhere", ASKED)


def test_a_receipt_names_places_under_the_prefix_of_its_tenant(stage: Stage) -> None:
    receipt = stage.port.enqueue(queue(stage, answer="0.5").endpoint, ASKED)
    assert receipt.answer == "s3://results/results/acme/churn/requests/r1/u.out"
    assert receipt.failure.startswith("s3://results/results/acme/churn/failures/")


def test_an_alarm_wakes_what_scales_and_goes_with_it(stage: Stage, world: str, request: pytest.FixtureRequest) -> None:
    """Made and removed twice: a repeated step finds its own work."""
    model = profile(instances={"min": 0, "max": 2})
    version = upload(1, serving_key=TARGET)
    option = OPTIONS[Serving.ASYNCHRONOUS]
    placement = option.place(version, Ground(model=model, settings=SETTINGS, image=IMAGE))
    queue(stage, answer="0.5")
    for call in (*placement.plan.then, *placement.plan.then):
        stage.port.carry_out(call)
    if world == "aws":
        [alarm] = request.getfixturevalue("aws").client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert alarm["AlarmActions"][0].endswith(f"policyName/{placement.endpoint}-from-zero")
    retired = option.retire(host(placement), placement.target)
    [gone] = [call for call in retired.calls if call.operation == "DeleteAlarms"]
    stage.port.carry_out(gone)
    stage.port.carry_out(gone)
