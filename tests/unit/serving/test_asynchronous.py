"""Plans of asynchronous endpoints: every call fits AWS's own model of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import policy_of
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import State
from tenantry.serving import OPTIONS, Ground, HostSettings, Placement
from tenantry.serving.placements import QueueSettings
from tests.unit.domain.test_admission import upload
from tests.walker import Walker

QUEUES = QueueSettings(
    role_arn="arn:aws:iam::123456789012:role/queues",
    results_bucket="results",
    success_topic="arn:aws:sns:us-east-1:123456789012:answers",
    error_topic="arn:aws:sns:us-east-1:123456789012:failures",
)
SETTINGS = HostSettings(
    stack="tenantry", role_arn="arn:aws:iam::123456789012:role/host", models="s3://serving/", queues=QUEUES
)
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
VERSION = upload(1, state=State.REGISTERED, serving_key="acme/churn/u-1.tar.gz")
CREATED = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
TRACKED = ["RegisterScalableTarget", "PutScalingPolicy"]


def profile(**more: Any) -> ModelProfile:
    known = {"serving": "asynchronous", "framework": "sklearn", "sample": {"body": "1"}}
    return ModelProfile.model_validate(known | more)


def placed(capacity: int = 0, **more: Any) -> Placement:
    ground = Ground(model=profile(**more), settings=SETTINGS, image=IMAGE, capacity=capacity)
    return OPTIONS[Serving.ASYNCHRONOUS].place(VERSION, ground)


def host(placement: Placement) -> HostRow:
    return HostRow(
        host=placement.host,
        fleet="",
        serving=Serving.ASYNCHRONOUS,
        endpoint=placement.endpoint,
        region="r",
        instances=1,
        since=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("instances", "then"),
    [
        ({"min": 1}, []),
        ({"min": 1, "max": 3}, TRACKED),
        ({"min": 0, "max": 3}, [*TRACKED, "PutScalingPolicy", "PutMetricAlarm"]),
        ({"min": 0}, [*TRACKED, "PutScalingPolicy", "PutMetricAlarm"]),
    ],
    ids=["one", "up to three", "from zero", "none or one"],
)
def test_what_is_made_and_what_scales_it(instances: dict[str, int], then: list[str]) -> None:
    plan = placed(instances=instances).plan
    assert [call.operation for call in plan.calls] == CREATED
    assert [call.operation for call in plan.then] == then
    walker = Walker()
    walker.calls((*plan.calls, *plan.then))
    walker.verdict()


def test_its_answers_go_under_its_tenants_prefix_and_its_messages_to_the_stacks_topics() -> None:
    [_, config, _] = placed(asynchronous={"concurrency": 7}).plan.calls
    asynchronous = config.params["AsyncInferenceConfig"]
    assert asynchronous["OutputConfig"]["S3OutputPath"] == "s3://results/results/acme/churn/requests/"
    assert asynchronous["OutputConfig"]["S3FailurePath"] == "s3://results/results/acme/churn/failures/"
    assert asynchronous["OutputConfig"]["NotificationConfig"] == {
        "SuccessTopic": QUEUES.success_topic,
        "ErrorTopic": QUEUES.error_topic,
    }
    assert asynchronous["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 7}


def test_it_runs_as_the_role_that_may_read_requests_and_is_isolated() -> None:
    model = placed().plan.calls[0].params
    assert (model["ExecutionRoleArn"], model["EnableNetworkIsolation"]) == (QUEUES.role_arn, True)


@pytest.mark.parametrize(
    ("capacity", "instances", "count"),
    [(0, {"min": 0, "max": 3}, 1), (2, {"min": 0, "max": 3}, 2), (5, {"min": 0, "max": 3}, 3), (0, {"min": 2}, 2)],
    ids=["at zero", "as the old one", "no more than it may", "as asked for"],
)
def test_it_starts_with_an_instance_to_be_proven_on(capacity: int, instances: dict[str, int], count: int) -> None:
    [_, config, _] = placed(capacity, instances=instances).plan.calls
    assert config.params["ProductionVariants"][0]["InitialInstanceCount"] == count


def test_the_alarm_acts_on_the_step_policy_and_goes_before_the_endpoint() -> None:
    placement = placed(instances={"min": 0, "max": 2})
    tracking, stepping, alarm = placement.plan.then[1:]
    assert tracking.params["PolicyType"] == "TargetTrackingScaling"
    metric = tracking.params["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    assert metric["MetricName"] == "ApproximateBacklogSizePerInstance"
    assert (alarm.params["MetricName"], alarm.params["EvaluationPeriods"]) == ("HasBacklogWithoutCapacity", 2)
    [action] = alarm.params["AlarmActions"]
    assert policy_of(action) == (stepping.params["ResourceId"], stepping.params["PolicyName"])
    plan = OPTIONS[Serving.ASYNCHRONOUS].retire(host(placement), placement.target)
    assert plan.calls[0].params == {"AlarmNames": [alarm.params["AlarmName"]]}
    assert [call.operation for call in plan.calls] == [
        "DeleteAlarms",
        "DeregisterScalableTarget",
        "DeleteEndpoint",
        "DeleteEndpointConfig",
        "DeleteModel",
    ]
    walker = Walker()
    walker.calls(plan.calls)
    walker.verdict()


def test_an_arn_is_no_name_of_a_policy() -> None:
    assert policy_of("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x") is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"serving": "real-time", "instances": {"min": 0, "max": 2}}, "has one instance at least"),
        ({"serving": "real-time", "asynchronous": {"ttl": 600}}, "asynchronous: that belongs to serving asynchronous"),
        ({"serverless": {"memory": 2048}}, "serverless: that belongs to serving serverless"),
        ({"fleet": "sklearn"}, "leave fleet out"),
        ({"asynchronous": {"ttl": 59}}, "greater than or equal to 60"),
        ({"asynchronous": {"timeout": 3601}}, "less than or equal to 3600"),
    ],
    ids=["zero", "settings elsewhere", "settings of another", "a fleet", "ttl", "timeout"],
)
def test_what_a_profile_cannot_ask_for(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        profile(**settings)


@pytest.mark.parametrize(("least", "hours"), [(0, 24), (1, 1)])
def test_standing_by_costs_nothing_at_zero_only(least: int, hours: int) -> None:
    assert profile(instances={"min": least, "max": 1}).kept_hours == hours
