"""Endpoints that scale, minute by minute in virtual time: what traffic and backlogs make of their capacity."""

import pytest
from moto.core.exceptions import JsonRESTError

from local.scaling.targets import CONCURRENCY, COPIES

VARIANT = "endpoint/e/variant/all"
BACKLOG = {
    "MetricName": "ApproximateBacklogSizePerInstance",
    "Namespace": "AWS/SageMaker",
    "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
    "Statistic": "Average",
}


def test_traffic_above_the_target_scales_out_after_three_minutes(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    world.track(1000.0)
    world.minutes(2, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 1
    world.minutes(1, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 3
    world.minutes(10, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 3
    [activity] = world.scaling.activities
    assert (activity.before, activity.count) == (1, 3)
    assert activity.cause.endswith("triggered policy p: 3000 is above the target 1000")


def test_traffic_that_ends_scales_in_after_fifteen_minutes_to_the_minimum(world):
    world.sagemaker.endpoint("e", 6)
    world.register(least=2, most=8)
    world.track(1000.0)
    world.minutes(3, lambda: world.calls(6000))
    world.minutes(14)  # nobody calls: SageMaker sends zeros
    assert world.sagemaker.count("e") == 6
    world.minutes(1)
    assert world.sagemaker.count("e") == 2
    assert world.states() == {"AlarmHigh": "OK", "AlarmLow": "ALARM"}


def test_less_traffic_scales_in_step_by_step_with_a_cooldown_between(world):
    world.sagemaker.endpoint("e", 8)
    world.register(most=8)
    world.track(1000.0, ScaleInCooldown=300)
    world.minutes(15, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 3
    world.minutes(4, lambda: world.calls(1500))  # 500 each: low, and the cooldown lasts
    assert world.sagemaker.count("e") == 3
    world.minutes(1, lambda: world.calls(1500))
    assert world.sagemaker.count("e") == 2


def test_the_bounds_are_kept_and_the_maximum_is_told_of(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=4)
    world.track(1000.0)
    world.minutes(3, lambda: world.calls(50_000))
    assert world.sagemaker.count("e") == 4
    told = [event for event in world.bus.events if event["source"] == "aws.application-autoscaling"]
    [detail] = [event["detail"] for event in told]
    assert (detail["oldDesiredCapacity"], detail["newDesiredCapacity"], detail["scaledToMax"]) == (1, 4, True)
    assert (detail["resourceId"], detail["direction"]) == (VARIANT, "scale-out")


def test_an_endpoint_that_is_updating_is_left_alone_until_it_is_in_service(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    world.track(1000.0)
    world.sagemaker.endpoints["e"]["status"] = "Updating"
    world.minutes(5, lambda: world.calls(3000))
    assert world.sagemaker.calls == []
    world.sagemaker.endpoints["e"]["status"] = "InService"
    world.minutes(1, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 3


def test_a_count_outside_the_bounds_is_moved_inside_as_soon_as_it_can_be(world):
    world.sagemaker.endpoint("e", 1)
    world.register(least=2, most=4)
    assert world.sagemaker.count("e") == 2
    world.sagemaker.endpoints["e"]["status"] = "Updating"
    world.register(least=3, most=4)
    assert world.sagemaker.count("e") == 2
    world.sagemaker.endpoints["e"]["status"] = "InService"
    world.minutes(1)
    assert world.sagemaker.count("e") == 3
    world.register(least=1, most=2)
    assert world.sagemaker.count("e") == 2
    causes = [activity.cause for activity in world.scaling.activities]
    assert causes == [f"{side} capacity was set to {count}" for side, count in
                      (("minimum", 2), ("minimum", 3), ("maximum", 2))]  # fmt: skip


def test_an_asynchronous_endpoint_goes_to_zero_and_comes_back(world):
    world.sagemaker.endpoint("e", 1)
    world.register(least=0, most=4)
    world.track(5.0, BACKLOG, ScaleInCooldown=60)
    steps = {"AdjustmentType": "ChangeInCapacity", "Cooldown": 300,
             "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}  # fmt: skip
    wake = world.policy("wake", "StepScaling", steps)
    world.alarm("wake", "HasBacklogWithoutCapacity", 1.0, [wake.policy_arn])

    def backlog(size):
        count = world.sagemaker.count("e")
        world.put("ApproximateBacklogSizePerInstance", size / max(1, count), {"EndpointName": "e"})
        world.put("HasBacklogWithoutCapacity", float(size > 0 and count == 0), {"EndpointName": "e"})

    world.minutes(15, lambda: backlog(0))
    assert world.sagemaker.count("e") == 0
    world.minutes(1, lambda: backlog(1))
    assert world.sagemaker.count("e") == 0
    world.minutes(1, lambda: backlog(1))
    assert world.sagemaker.count("e") == 1  # one request is less than the target: the step woke it
    world.minutes(3, lambda: backlog(20))
    assert world.sagemaker.count("e") == 4


def test_a_backlog_above_the_target_wakes_it_without_the_step(world):
    world.sagemaker.endpoint("e", 0)
    world.register(least=0, most=4)
    world.track(5.0, BACKLOG)
    world.minutes(3, lambda: world.put("ApproximateBacklogSizePerInstance", 20.0, {"EndpointName": "e"}))
    assert world.sagemaker.count("e") == 1


def test_a_policy_is_asked_once_a_minute_for_as_long_as_its_alarm_lasts(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    steps = {"AdjustmentType": "ChangeInCapacity", "Cooldown": 0,
             "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}  # fmt: skip
    more = world.policy("more", "StepScaling", steps)
    world.alarm("busy", "CPUUtilization", 80.0, [more.policy_arn], evaluation_periods=1)

    def busy():
        world.put("CPUUtilization", 90.0, {"EndpointName": "e"})
        for seconds in range(0, 60, 5):  # as often as the alarms are looked at
            world.alarms.tick(world.now + seconds)

    world.minutes(3, busy)
    assert world.sagemaker.count("e") == 4


def test_an_alarm_that_is_set_by_hand_carries_out_its_policy(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 3},
    ]}  # fmt: skip
    more = world.policy("more", "StepScaling", steps)
    alarm = world.alarm("busy", "CPUUtilization", 80.0, [more.policy_arn])
    alarm.update_state("a test says so", '{"recentDatapoints": [95]}', "ALARM")
    world.alarms.was_set(alarm, "OK")
    world.bus.settle()
    assert world.sagemaker.count("e") == 4


def test_provisioned_concurrency_follows_its_utilization(world):
    world.sagemaker.serverless("e", 2, most=20)
    world.register(dimension=CONCURRENCY, least=1, most=10)
    world.track(0.7, "SageMakerVariantProvisionedConcurrencyUtilization")
    at = {"EndpointName": "e", "VariantName": "all"}
    world.minutes(3, lambda: world.put("ServerlessProvisionedConcurrencyUtilization", 1.4, at))
    [change] = world.sagemaker.calls
    assert change["ServerlessUpdateConfig"] == {"MaxConcurrency": 20, "ProvisionedConcurrency": 4}


def test_copies_of_a_component_follow_its_calls(world):
    world.sagemaker.component("c", 1)
    world.register("inference-component/c", dimension=COPIES, least=1, most=4)
    world.track(100.0, "SageMakerInferenceComponentInvocationsPerCopy")
    world.minutes(3, lambda: world.put("InvocationsPerCopy", 190.0, {"InferenceComponentName": "c"}))
    assert world.sagemaker.components["c"]["copies"] == 2


def test_two_policies_scale_in_only_together_and_by_the_smaller_step(world):
    world.sagemaker.endpoint("e", 8)
    world.register(most=8)
    world.track(1000.0)
    world.track(10.0, BACKLOG, name="backlog")

    def quiet(backlog):
        world.calls(800)
        world.put("ApproximateBacklogSizePerInstance", backlog, {"EndpointName": "e"})

    world.minutes(16, lambda: quiet(9.5))  # by calls alone one instance would do
    assert world.sagemaker.count("e") == 8
    world.minutes(16, lambda: quiet(5.0))
    assert world.sagemaker.count("e") == 4


def test_a_suspended_direction_stands_still(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8, suspended={"DynamicScalingOutSuspended": True})
    world.track(1000.0)
    world.minutes(5, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 1


def test_a_fast_minute_changes_nothing_but_the_waiting(world):
    world.pace.turn(0.5)
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    world.track(1000.0)
    began = world.now
    world.minutes(3, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 3
    assert world.now - began == pytest.approx(1.5)


@pytest.mark.parametrize("minute", [0, -1, 61])
def test_a_minute_is_a_minute_at_most(world, minute):
    turned = []
    world.pace.follow(turned.append)
    world.pace.turn(6)
    with pytest.raises(ValueError, match="at most 60"):
        world.pace.turn(minute)
    assert (world.pace.minute_seconds, turned) == (6, [60, 6])


def test_scaling_can_be_switched_off(world):
    world.sagemaker.endpoint("e", 1)
    world.register(most=8)
    world.track(1000.0)
    world.scaling.on = False
    world.minutes(5, lambda: world.calls(3000))
    assert world.sagemaker.count("e") == 1
    assert world.states()["AlarmHigh"] == "ALARM"


@pytest.mark.parametrize(
    ("status", "kind", "resource_id", "why"),
    [
        pytest.param(None, "", VARIANT, "Could not find endpoint", id="no-endpoint"),
        pytest.param("Creating", "ml.m5.large", VARIANT, "wait until it is InService", id="creating"),
        pytest.param("Updating", "ml.m5.large", VARIANT, "wait until it is InService", id="updating"),
        pytest.param("Failed", "ml.m5.large", VARIANT, "wait until it is InService", id="failed"),
        pytest.param("InService", "ml.t2.medium", VARIANT, "Burstable", id="burstable"),
        pytest.param("InService", "ml.m5.large", "endpoint/e/variant/other", "Could not find variant", id="variant"),
        pytest.param("InService", "ml.m5.large", "endpoint/e", "Unsupported service namespace", id="no-variant"),
    ],
)
def test_what_cannot_be_registered(world, status, kind, resource_id, why):
    if status:
        world.sagemaker.endpoint("e", 1, status=status, kind=kind)
    with pytest.raises(JsonRESTError, match=why) as refused:
        world.register(resource_id)
    assert refused.value.error_type == "ValidationException"


def test_an_endpoint_whose_config_is_gone_can_be_registered(world):
    world.sagemaker.endpoint("e", 1)
    world.sagemaker.configs = {}
    world.register(least=2)
    assert world.sagemaker.count("e") == 2


def test_a_dimension_tracks_its_own_metrics_only(world):
    world.sagemaker.serverless("e", 2)
    world.register(dimension=CONCURRENCY, least=1, most=4)
    with pytest.raises(JsonRESTError, match=r"only supports .*: SageMakerVariantProvisionedConcurrencyUtilization\""):
        world.track(10.0, "SageMakerVariantInvocationsPerInstance")
    with pytest.raises(JsonRESTError, match="no instances to scale"):
        world.register()


def test_a_policy_needs_a_registered_target(world):
    with pytest.raises(JsonRESTError, match=f"No scalable target registered for .*{VARIANT}") as refused:
        world.policy("p", "StepScaling", {}, VARIANT, "sagemaker:variant:DesiredInstanceCount")
    assert refused.value.error_type == "ObjectNotFoundException"


def test_a_policy_that_is_put_again_keeps_its_arn_and_gets_new_alarms(world):
    world.sagemaker.endpoint("e", 1)
    world.register()
    first = world.track(1000.0)
    second = world.track(500.0, DisableScaleIn=True)
    assert second.policy_arn == first.policy_arn
    [alarm] = world.alarms_there()
    assert (alarm.threshold, alarm.alarm_actions) == (500.0, [first.policy_arn])


def test_a_deleted_endpoint_takes_its_targets_policies_and_alarms_along(world):
    world.sagemaker.endpoint("e", 1)
    world.sagemaker.endpoint("other", 1)
    world.register("endpoint/other/variant/all")
    world.register()
    world.policy("p", "TargetTrackingScaling", {
        "TargetValue": 5.0, "CustomizedMetricSpecification": BACKLOG,
    }, VARIANT, "sagemaker:variant:DesiredInstanceCount")  # fmt: skip
    world.registry.endpoint_gone("e")
    assert list(world.store.targets["sagemaker:variant:DesiredInstanceCount"]) == ["endpoint/other/variant/all"]
    assert (world.alarms_there(), world.store.policies) == ([], {})
