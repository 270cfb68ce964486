"""Hosting, on the twin and on SageMaker (emulated) alike: calls, endpoints, probes."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.ports import Address, Answer
from tests.contract.stage import Stage, memory_stage

ROLE = "arn:aws:iam::123456789012:role/host"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
TARGET = "acme/churn/a1-0123456789abcdef.tar.gz"
SCALABLE = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/fleet/variant/all",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def made(name: str = "fleet", instances: int = 2) -> list[Call]:
    """The calls that create a host."""
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://serving/"}
    variant = {
        "VariantName": "all",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
        "InitialVariantWeight": 1.0,
    }
    return [
        call("CreateModel", ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE),
        call("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=[variant]),
        call("CreateEndpoint", EndpointName=name, EndpointConfigName=name),
    ]


def removed(name: str = "fleet") -> list[Call]:
    """The calls that remove it."""
    return [
        Call(service="application-autoscaling", operation="DeregisterScalableTarget", params=SCALABLE),
        call("DeleteEndpoint", EndpointName=name),
        call("DeleteEndpointConfig", EndpointConfigName=name),
        call("DeleteModel", ModelName=name),
    ]


def call(operation: str, **params: Any) -> Call:
    return Call(operation=operation, params=params)


def capacity(name: str, instances: int) -> Call:
    wanted = [{"VariantName": "all", "DesiredInstanceCount": instances}]
    return call("UpdateEndpointWeightsAndCapacities", EndpointName=name, DesiredWeightsAndCapacities=wanted)


@pytest.fixture
def host(stage: Stage) -> Stage:
    """A stage with an endpoint `fleet` of two instances in service."""
    carry_out(stage, made())
    view = stage.settled("fleet")
    assert view is not None
    assert (view.status, view.instances, view.desired) == ("InService", 2, 2)
    return stage


def carry_out(stage: Stage, calls: list[Call]) -> None:
    for one in calls:
        stage.port.carry_out(one)


def probe(stage: Stage, target: str = TARGET, count: int = 1) -> list[Answer]:
    address = Address(endpoint="fleet", serving=Serving.MULTI_MODEL, target=target, instances=1)
    return stage.port.probe(address, b"1,2", "text/csv", "text/csv", count)


def test_a_host_is_created_and_shown(host: Stage) -> None:
    view = host.port.endpoint("fleet")
    assert view is not None
    assert (view.name, view.config, view.reason) == ("fleet", "fleet", "")


def test_what_is_not_there_is_none(stage: Stage) -> None:
    assert stage.port.endpoint("fleet") is None


def test_endpoints_are_found_by_name_and_age_and_tell_their_tags(host: Stage) -> None:
    *_, create = made("another")
    tags = [{"Key": "tenantry:stack", "Value": "tenantry"}]
    carry_out(host, [*made("another")[:2], call("CreateEndpoint", **create.params, Tags=tags)])
    soon = host.clock.now() + timedelta(minutes=1)
    found = host.port.endpoints("other", soon)
    assert [one.name for one in found] == ["another"]
    assert abs(found[0].created_at - host.clock.now()) < timedelta(minutes=1)
    assert host.port.tags(found[0].arn) == {"tenantry:stack": "tenantry"}
    assert {one.name for one in host.port.endpoints("e", soon)} == {"another", "fleet"}
    assert host.port.endpoints("e", soon - timedelta(hours=1)) == []


def test_what_is_gone_has_no_tags(host: Stage) -> None:
    soon = host.clock.now() + timedelta(minutes=1)
    [found] = host.port.endpoints("fleet", soon)
    carry_out(host, removed())
    assert host.settled("fleet") is None
    assert (host.port.endpoints("fleet", soon), host.port.tags(found.arn)) == ([], {})


def test_creating_twice_and_removing_twice_is_as_good_as_once(host: Stage) -> None:
    carry_out(host, made())
    carry_out(host, removed())
    assert host.settled("fleet") is None
    carry_out(host, removed())
    assert host.port.endpoint("fleet") is None


def test_capacity_changes_in_place(host: Stage) -> None:
    host.port.carry_out(capacity("fleet", 3))
    view = host.settled("fleet")
    assert view is not None
    assert (view.instances, view.desired) == (3, 3)


def test_scaling_can_be_asked_for_and_taken_back(host: Stage) -> None:
    register = {**SCALABLE, "MinCapacity": 2, "MaxCapacity": 4}
    for operation, params in (("RegisterScalableTarget", register), ("DeregisterScalableTarget", SCALABLE)):
        for _ in range(2):
            host.port.carry_out(Call(service="application-autoscaling", operation=operation, params=params))


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (call("CreateEndpoint", EndpointName="e", EndpointConfigName="c"), "Could not find endpoint configuration"),
        (made()[1], "Could not find model"),
        (capacity("nobody", 3), "Could not find endpoint"),
    ],
    ids=["no-config", "no-model", "no-endpoint"],
)
def test_a_call_that_cannot_be_is_refused_in_sagemakers_words(stage: Stage, refused: Call, words: str) -> None:
    with pytest.raises(ReleaseFailed, match=words):
        stage.port.carry_out(refused)


@pytest.mark.parametrize("how", [{"lasting": True}])
def test_a_change_while_another_goes_on_is_unavailable(stage: Stage) -> None:
    carry_out(stage, made())
    view = stage.port.endpoint("fleet")
    assert view is not None
    assert view.status == "Creating"
    with pytest.raises(Unavailable, match="in-progress"):
        stage.port.carry_out(capacity("fleet", 3))


def test_a_probe_brings_the_models_answer(host: Stage) -> None:
    host.upload(TARGET, {"answer": "0.25"})
    (answer,) = probe(host)
    assert (answer.outcome, answer.status, answer.body) == ("ok", 200, b"0.25")
    assert answer.content_type.startswith("text/plain")


def test_a_burst_brings_as_many_answers_and_spreads_over_the_instances(host: Stage) -> None:
    host.upload(TARGET, {"answer": "0.25", "invoke_seconds": 2})
    answers = probe(host, count=16)
    assert [one.outcome for one in answers] == ["ok"] * 16
    host.publish()
    assert host.port.loaded_models("fleet") == 2


def test_no_metric_yet_is_none(stage: Stage) -> None:
    assert stage.port.loaded_models("fleet") is None


def test_a_target_that_does_not_exist_is_invalid(host: Stage) -> None:
    (answer,) = probe(host)
    assert (answer.outcome, answer.status) == ("invalid", 400)
    assert "Failed to download model data" in answer.message


def test_an_endpoint_that_does_not_exist_is_invalid(stage: Stage) -> None:
    (answer,) = probe(stage)
    assert (answer.outcome, answer.status) == ("invalid", 400)
    assert "not found" in answer.message


def test_a_model_that_breaks_on_loading_says_why(host: Stage) -> None:
    host.upload(TARGET, {"load_error": "no module named churn"})
    (answer,) = probe(host)
    assert (answer.outcome, answer.status) == ("model_error", 500)
    assert "no module named churn" in answer.message


def test_a_model_that_dislikes_the_request_says_so(host: Stage) -> None:
    host.upload(TARGET, {"answer": "", "invoke_error": [415, "text/csv only"]})
    (answer,) = probe(host)
    assert (answer.outcome, answer.status, answer.message) == ("model_error", 415, "text/csv only")


@pytest.mark.parametrize("how", [{"slow": True}])
def test_a_model_that_loads_longer_than_a_call_may_take_is_not_ready_until_it_is(host: Stage) -> None:
    host.upload(TARGET, {"answer": "0.25", "load_seconds": 2})
    (first,) = probe(host)
    assert (first.outcome, first.status) == ("not_ready", 429)
    host.turn({"invocation_limit": 60})
    tries = 0
    while probe(host)[0].outcome == "not_ready":
        tries += 1
        assert tries < 50
    assert probe(host)[0].body == b"0.25"


def test_a_loaded_model_answers_after_its_object_is_gone(host: Stage) -> None:
    host.upload(TARGET, {"answer": "0.25"})
    probe(host)
    host.remove(TARGET)
    assert probe(host)[0].body == b"0.25"


# What only the twin can be told.


@pytest.fixture
def twin(clock: MemoryClock) -> Stage:
    stage = memory_stage(clock)
    carry_out(stage, made())
    stage.settled("fleet")
    return stage


def hosting(stage: Stage) -> MemoryHosting:
    assert isinstance(stage.port, MemoryHosting)
    return stage.port


def test_calls_stick_to_the_instance_that_has_the_model(twin: Stage) -> None:
    twin.upload(TARGET, {"answer": "1"})
    for _ in range(5):
        probe(twin)
    assert hosting(twin).loads == [("fleet", TARGET)]
    assert sorted(map(len, hosting(twin).loaded("fleet"))) == [0, 1]


def test_a_replaced_instance_comes_up_empty(twin: Stage) -> None:
    twin.upload(TARGET, {"answer": "1"})
    probe(twin, count=2)
    hosting(twin).replace_instance("fleet", 0)
    assert hosting(twin).loaded("fleet") == [set(), {TARGET}]


def test_the_least_recently_used_model_goes_when_there_is_no_room(clock: MemoryClock) -> None:
    stage = memory_stage(clock)
    hosting(stage).control._room = 2
    carry_out(stage, made(instances=1))
    stage.settled("fleet")
    for target in ("a", "b", "c"):
        stage.upload(target, {"answer": target})
    for target in ("a", "b", "a", "c"):
        probe(stage, target)
    assert hosting(stage).loaded("fleet") == [{"a", "c"}]


def test_loading_takes_virtual_time_and_warm_calls_do_not(twin: Stage) -> None:
    twin.upload(TARGET, {"answer": "1"})
    began = twin.clock.now()
    (cold,) = probe(twin)
    assert cold.took_ms == 2020
    assert twin.clock.now() - began == timedelta(milliseconds=2020)
    assert probe(twin)[0].took_ms == 20


def test_an_endpoint_can_be_doomed(clock: MemoryClock) -> None:
    stage = memory_stage(clock)
    hosting(stage).control.doom("fleet", "no capacity")
    carry_out(stage, made())
    view = stage.settled("fleet")
    assert view is not None
    assert (view.status, view.reason) == ("Failed", "no capacity")
    stage.port.carry_out(call("DeleteEndpoint", EndpointName="fleet"))
    assert stage.settled("fleet") is None


@pytest.mark.parametrize(("after", "there"), [(False, False), (True, True)])
def test_a_call_can_fail_before_or_after_it_was_carried_out(clock: MemoryClock, after: bool, there: bool) -> None:
    stage = memory_stage(clock)
    hosting(stage).faults.fail_next("CreateModel", Unavailable("told to"), after=after)
    with pytest.raises(Unavailable, match="told to"):
        stage.port.carry_out(made()[0])
    assert ("fleet" in hosting(stage).control.models) is there
    stage.port.carry_out(made()[0])


def test_an_operation_the_twin_does_not_know_is_no_silent_success(twin: Stage) -> None:
    with pytest.raises(NotImplementedError, match="CreateProcessingJob"):
        twin.port.carry_out(call("CreateProcessingJob", ProcessingJobName="t"))


def test_a_twin_warns_inside_lambda(clock: MemoryClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "receive-drop")
    with pytest.warns(UserWarning, match="MemoryClock keeps everything in memory"):
        MemoryClock()
