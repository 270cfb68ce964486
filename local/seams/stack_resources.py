"""Resource types moto's CloudFormation does not know and would leave out with a warning.

Each is one function from properties to a physical id, over moto's own backend of the service.
"""

import json
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.s3.models import s3_backends
from moto.scheduler.models import scheduler_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.alarms.queries import moto_queries
from local.context import Context
from local.seams.resource_type import Apply, Place, Properties, Remove, define


def install(_context: Context) -> None:
    """Teach CloudFormation the types of the table below."""
    for kind, (apply, remove) in TYPES.items():
        define(kind, apply, remove)


def bucket_policy(place: Place, _name: str, properties: Properties) -> str:
    """`AWS::S3::BucketPolicy`."""
    policy = json.dumps(properties["PolicyDocument"]).encode()
    s3_backends[place.account]["aws"].put_bucket_policy(properties["Bucket"], policy)
    return str(properties["Bucket"])


def queue_policy(place: Place, name: str, properties: Properties) -> str:
    """`AWS::SQS::QueuePolicy`."""
    for url in properties["Queues"]:
        queue = sqs_backends[place.account][place.region].get_queue(url.rsplit("/", 1)[-1])
        queue.policy = json.dumps(properties["PolicyDocument"])
    return name


def topic_policy(place: Place, name: str, properties: Properties) -> str:
    """`AWS::SNS::TopicPolicy`."""
    for arn in properties["Topics"]:
        sns_backends[place.account][place.region].get_topic(arn).policy = json.dumps(properties["PolicyDocument"])
    return name


def subscription(place: Place, _name: str, properties: Properties) -> str:
    """`AWS::SNS::Subscription`."""
    backend = sns_backends[place.account][place.region]
    made = backend.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
    for key in ("FilterPolicyScope", "FilterPolicy", "RedrivePolicy"):
        if key in properties:
            value = properties[key]
            text = value if isinstance(value, str) else json.dumps(value)
            backend.set_subscription_attributes(made.arn, key, text)
    if str(properties.get("RawMessageDelivery", "")).lower() == "true":
        backend.set_subscription_attributes(made.arn, "RawMessageDelivery", "true")
    return str(made.arn)


def unsubscribe(place: Place, arn: str) -> None:
    """The removal of `AWS::SNS::Subscription`."""
    sns_backends[place.account][place.region].unsubscribe(arn)


def schedule(place: Place, name: str, properties: Properties) -> str:
    """`AWS::Scheduler::Schedule`."""
    backend: Any = scheduler_backends[place.account][place.region]
    group = properties.get("GroupName") or "default"
    backend.schedule_groups[group].schedules.pop(name, None)
    backend.create_schedule(
        description=properties.get("Description", ""),
        end_date=properties.get("EndDate"),
        flexible_time_window=properties["FlexibleTimeWindow"],
        group_name=group,
        kms_key_arn=properties.get("KmsKeyArn"),
        name=name,
        schedule_expression=properties["ScheduleExpression"],
        schedule_expression_timezone=properties.get("ScheduleExpressionTimezone"),
        start_date=properties.get("StartDate"),
        state=properties.get("State"),
        target=properties["Target"],
        action_after_completion=properties.get("ActionAfterCompletion"),
    )
    return name


def unschedule(place: Place, name: str) -> None:
    """The removal of `AWS::Scheduler::Schedule`."""
    for group in scheduler_backends[place.account][place.region].schedule_groups.values():
        group.schedules.pop(name, None)


def schedule_group(place: Place, name: str, properties: Properties) -> str:
    """`AWS::Scheduler::ScheduleGroup`."""
    backend = scheduler_backends[place.account][place.region]
    if name not in backend.schedule_groups:
        backend.create_schedule_group(name, properties.get("Tags", []))
    return name


def event_invoke_config(place: Place, name: str, properties: Properties) -> str:
    """`AWS::Lambda::EventInvokeConfig`."""
    function: Any = lambda_backends[place.account][place.region].get_function(properties["FunctionName"])
    function.invoke_config = properties  # read by the Lambda seam
    return name


def alarm(place: Place, name: str, properties: Properties) -> str:
    """`AWS::CloudWatch::Alarm`."""
    backend: Any = cloudwatch_backends[place.account][place.region]
    backend.put_metric_alarm(
        name=name,
        namespace=properties.get("Namespace"),
        metric_name=properties.get("MetricName"),
        comparison_operator=properties["ComparisonOperator"],
        evaluation_periods=int(properties["EvaluationPeriods"]),
        period=int(properties.get("Period", 60)),
        threshold=float(properties.get("Threshold", 0)),
        statistic=properties.get("Statistic"),
        description=properties.get("AlarmDescription", ""),
        dimensions=properties.get("Dimensions", []),
        alarm_actions=properties.get("AlarmActions", []),
        ok_actions=properties.get("OKActions", []),
        extended_statistic=properties.get("ExtendedStatistic"),
        treat_missing_data=properties.get("TreatMissingData"),
        insufficient_data_actions=properties.get("InsufficientDataActions", []),
        actions_enabled=str(properties.get("ActionsEnabled", True)).lower() == "true",
        datapoints_to_alarm=properties.get("DatapointsToAlarm"),
        metric_data_queries=moto_queries(properties.get("Metrics", [])),
    )
    return name


def remove_alarm(place: Place, name: str) -> None:
    """The removal of `AWS::CloudWatch::Alarm`."""
    cloudwatch_backends[place.account][place.region].delete_alarms([name])


def _nothing(_place: Place, _physical_id: str) -> None:
    """What needs no removal of its own: it goes with the resource it belongs to."""


TYPES: dict[str, tuple[Apply, Remove]] = {
    "AWS::CloudWatch::Alarm": (alarm, remove_alarm),
    "AWS::Lambda::EventInvokeConfig": (event_invoke_config, _nothing),
    "AWS::S3::BucketPolicy": (bucket_policy, _nothing),
    "AWS::SNS::Subscription": (subscription, unsubscribe),
    "AWS::SNS::TopicPolicy": (topic_policy, _nothing),
    "AWS::SQS::QueuePolicy": (queue_policy, _nothing),
    "AWS::Scheduler::Schedule": (schedule, unschedule),
    "AWS::Scheduler::ScheduleGroup": (schedule_group, _nothing),
}
