"""Alarms, scaling and schedules through their APIs, on a running local cloud at a fast pace."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from local.contract import check_response

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/scaled/variant/all",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
ROLE = "arn:aws:iam::123456789012:role/any"


def checked(small, service):
    """A client whose every answer is walked through botocore's shape of it."""
    client = small.client(service)
    client.meta.events.register(f"after-call.{client.meta.service_model.service_id.hyphenize()}", walk)
    return client


def walk(http_response, parsed, model, **_):
    if http_response.status_code < 300:
        assert check_response(model.service_model.service_name, model.name, parsed) == []


@pytest.fixture
def fast(small):
    """A minute lasts half a second."""
    small.knobs("PATCH", "alarms", minute_seconds=0.5)
    yield small
    small.knobs("PATCH", "alarms", minute_seconds=60)


@pytest.fixture
def endpoint(small):
    """An endpoint of moto's SageMaker with one instance; returns how many it should have."""
    sagemaker = small.client("sagemaker")
    sagemaker.create_model(
        ModelName="scaled", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i", "ModelDataUrl": "s3://b/k"}
    )
    variant = {"VariantName": "all", "ModelName": "scaled", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1,
               "InitialVariantWeight": 1.0}  # fmt: skip
    sagemaker.create_endpoint_config(EndpointConfigName="scaled", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="scaled", EndpointConfigName="scaled")
    found = lambda: sagemaker.describe_endpoint(EndpointName="scaled")["ProductionVariants"][0]  # noqa: E731
    yield lambda: found()["DesiredInstanceCount"]
    sagemaker.delete_endpoint(EndpointName="scaled")
    sagemaker.delete_endpoint_config(EndpointConfigName="scaled")
    sagemaker.delete_model(ModelName="scaled")


def test_an_alarm_that_is_set_sends_mail_and_is_judged_again(fast, until):
    cloudwatch = fast.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="smoke", Namespace="Local", MetricName="Smoke", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        AlarmActions=[fast.outputs["TopicArn"]],
    )  # fmt: skip
    until(lambda: fast.knobs("GET", "alarms")["states"]["smoke"] == "OK")
    cloudwatch.set_alarm_state(AlarmName="smoke", StateValue="ALARM", StateReason="a test says so")
    [letter] = until(lambda: [letter for letter in fast.letters() if 'Subject: ALARM: "smoke" in US East' in letter])
    assert "a test says so" in letter
    until(lambda: cloudwatch.describe_alarms(AlarmNames=["smoke"])["MetricAlarms"][0]["StateValue"] == "OK")
    cloudwatch.delete_alarms(AlarmNames=["smoke"])


def test_metric_data_sets_off_an_alarm_and_putting_it_again_keeps_its_state(fast, until):
    cloudwatch = fast.client("cloudwatch")
    members = {
        "AlarmName": "fire", "Namespace": "Local", "MetricName": "Fire", "Statistic": "Maximum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore", "AlarmActions": [fast.outputs["TopicArn"]],
    }  # fmt: skip
    cloudwatch.put_metric_alarm(**members)
    assert fast.knobs("GET", "alarms")["states"]["fire"] == "INSUFFICIENT_DATA"

    def burning():
        """A minute that is over before it is looked at tells nothing: there is fire in every one."""
        cloudwatch.put_metric_data(Namespace="Local", MetricData=[{"MetricName": "Fire", "Value": 6}])
        return [letter for letter in fast.letters() if 'Subject: ALARM: "fire" in US East' in letter]

    until(burning)
    fast.knobs("PATCH", "alarms", on=False, minute_seconds=60)
    cloudwatch.put_metric_alarm(**members | {"Threshold": 7})
    assert fast.knobs("GET", "alarms")["states"]["fire"] == "ALARM"
    cloudwatch.put_metric_data(Namespace="Local", MetricData=[{"MetricName": "Fire", "Value": 6}])
    assert fast.knobs("POST", "alarms/judge", name="fire") == {"states": {"fire": "OK"}}
    fast.knobs("PATCH", "alarms", on=True)
    cloudwatch.delete_alarms(AlarmNames=["fire"])


def test_dead_letters_set_off_the_alarm_of_the_template(fast, until):
    def told():
        return [letter for letter in fast.letters() if "ApproximateNumberOfMessagesVisible" in letter]

    queues, url = fast.client("sqs"), fast.outputs["IntakeDeadUrl"]
    [alarm] = [name for name in fast.knobs("GET", "alarms")["states"] if name.startswith("small-Alarm")]
    until(lambda: fast.knobs("GET", "alarms")["states"][alarm] == "OK")
    before = len(told())
    queues.send_message(QueueUrl=url, MessageBody="nobody wants this")
    letter = until(lambda: told()[before:])[0]
    assert "was greater than the threshold (0.0)" in letter.replace("=\n", "")
    message = queues.receive_message(QueueUrl=url)["Messages"][0]
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_functions_and_machines_count_what_fails(fast, until):
    def total(namespace, metric, dimension, value):
        found = fast.client("cloudwatch").get_metric_statistics(
            Namespace=namespace, MetricName=metric, Dimensions=[{"Name": dimension, "Value": value}],
            StartTime=time.time() - 600, EndTime=time.time() + 60, Period=3600, Statistics=["Sum"],
        )  # fmt: skip
        return sum(point["Sum"] for point in found["Datapoints"])

    work = ("FunctionName", fast.outputs["WorkFunction"])
    machine = ("StateMachineArn", fast.outputs["ProcessDropArn"])
    before = total("AWS/Lambda", "Errors", *work)
    assert fast.invoke(do="refuse", key="k")[0] == "Unhandled"
    machines = fast.client("stepfunctions")
    arn = machines.start_execution(stateMachineArn=machine[1], input='{"key": "endless"}')["executionArn"]
    machines.stop_execution(executionArn=arn)
    until(lambda: total("AWS/Lambda", "Errors", *work) >= before + 1)
    until(lambda: total("AWS/States", "ExecutionsAborted", *machine) >= 1)
    assert total("AWS/Lambda", "Invocations", *work) >= 1


def test_what_is_not_there_cannot_be_registered(small):
    scaling = small.client("application-autoscaling")
    with pytest.raises(ClientError, match="Could not find endpoint") as refused:
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="No scalable target registered for service namespace: sagemaker") as refused:
        scaling.put_scaling_policy(
            **TARGET, PolicyName="p", PolicyType="StepScaling", StepScalingPolicyConfiguration={}
        )
    assert refused.value.response["Error"]["Code"] == "ObjectNotFoundException"
    with pytest.raises(ClientError, match="No scalable target found") as refused:
        scaling.deregister_scalable_target(**TARGET)
    assert refused.value.response["Error"]["Code"] == "ObjectNotFoundException"


def test_an_endpoint_scales_with_its_calls(fast, endpoint, until):
    scaling, cloudwatch = checked(fast, "application-autoscaling"), checked(fast, "cloudwatch")
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    until(lambda: endpoint() == 2)
    policy = scaling.put_scaling_policy(
        **TARGET, PolicyName="by-calls", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 1.0, "ScaleInCooldown": 0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    )  # fmt: skip
    assert [alarm["AlarmName"].split("-")[-6] for alarm in policy["Alarms"]] == ["AlarmHigh", "AlarmLow"]
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="TargetTracking-endpoint/scaled")["MetricAlarms"]
    assert [alarm["AlarmActions"] for alarm in alarms] == [[policy["PolicyARN"]]] * 2
    [target] = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 4)
    dimensions = [{"Name": "EndpointName", "Value": "scaled"}, {"Name": "VariantName", "Value": "all"}]

    def called():
        datum = {"MetricName": "InvocationsPerInstance", "Dimensions": dimensions, "Value": 1000.0}
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])
        return endpoint() == 4

    until(called)
    until(lambda: endpoint() == 2)  # nobody calls any more

    def told():
        """Each is written down after its change."""
        found = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
        return found if len(found) >= 3 else None

    activities = until(told)
    assert [each["Description"].split()[-1] for each in activities] == ["2.", "4.", "2."]
    assert {each["StatusCode"] for each in activities} == {"Successful"}
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    assert not [name for name in fast.knobs("GET", "alarms")["states"] if name.startswith("TargetTracking-")]


def test_a_schedule_of_the_api_fires_and_is_gone(small, until):
    scheduler, queues = checked(small, "scheduler"), small.client("sqs")
    url = queues.create_queue(QueueName="due")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    scheduler.create_schedule_group(Name="acme")
    soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 10))
    target = {"Arn": arn["Attributes"]["QueueArn"], "RoleArn": ROLE, "Input": json.dumps({"batch": "nightly"})}
    members = {"Name": "nightly", "GroupName": "acme", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    scheduler.create_schedule(**members, ScheduleExpression=f"at({soon})", ActionAfterCompletion="DELETE")
    assert "acme/nightly" in small.knobs("GET", "schedules")["names"]
    received = until(lambda: queues.receive_message(QueueUrl=url).get("Messages"))
    assert [json.loads(message["Body"]) for message in received] == [{"batch": "nightly"}]
    until(lambda: scheduler.list_schedules(GroupName="acme")["Schedules"] == [])
    with pytest.raises(ClientError, match="Invalid Schedule Expression") as refused:
        scheduler.create_schedule(**members, ScheduleExpression="cron(0 2 * * * *)")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Schedule group nobody does not exist"):
        scheduler.create_schedule(**members | {"GroupName": "nobody"}, ScheduleExpression="rate(1 day)")


def test_an_updated_schedule_is_enabled_and_fires_in_its_time_zone(small):
    scheduler = small.client("scheduler")
    target = {"Arn": small.outputs["ProcessDropArn"], "RoleArn": ROLE, "Input": '{"key": "bad, by schedule"}'}
    members = {"Name": "updated", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    scheduler.create_schedule(**members, ScheduleExpression="rate(1 day)", State="DISABLED")
    assert small.knobs("POST", "schedules/fire", name="updated") == {"fired": []}
    scheduler.update_schedule(
        **members, ScheduleExpression="cron(0 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin"
    )
    assert small.knobs("POST", "schedules/fire", name="updated") == {"fired": ["updated"]}
    scheduler.delete_schedule(Name="updated")
