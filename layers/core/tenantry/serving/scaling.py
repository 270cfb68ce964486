"""Scaling as calls: how many instances, or how much provisioned concurrency, an endpoint has by itself."""

from typing import Any

from tenantry.domain.plans import Call, policy_action

VARIANT = "all"
"""The one variant of every endpoint: versions are told apart by routes, never by variants."""
CALLS_PER_MINUTE = 1_000.0
"""Per instance; scaling out begins above it. A start value: `docs/operations.md` says how to find one's own."""
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
COPIES = "sagemaker:inference-component:DesiredCopyCount"


def by_calls(endpoint: str, least: int, most: int) -> tuple[Call, Call]:
    """So many instances that each gets about `CALLS_PER_MINUTE`."""
    return _by_calls(of(endpoint), endpoint, "SageMakerVariantInvocationsPerInstance", least, most)


def copies_by_calls(component: str, least: int, most: int) -> tuple[Call, ...]:
    """So many copies of an inference component that each gets about `CALLS_PER_MINUTE`; `least` may be zero.

    Without copies every call fails, and the first such failure brings one back (SageMaker guide,
    endpoint-auto-scaling-zero-instances).
    """
    what = copies_of(component)
    metric = {
        "MetricName": "NoCapacityInvocationFailures",
        "Namespace": "AWS/SageMaker",
        "Dimensions": [{"Name": "InferenceComponentName", "Value": component}],
        "Statistic": "Maximum",
    }
    why = "The component is called, and has no copies"
    return (
        *_by_calls(what, component, "SageMakerInferenceComponentInvocationsPerCopy", least, most),
        *(_from_zero(what, component, metric, why, looks=1) if least == 0 else ()),
    )


def by_backlog(endpoint: str, least: int, most: int, backlog: float) -> tuple[Call, ...]:
    """So many instances that about `backlog` requests wait for each; `least` may be zero.

    With no instances nothing waits "per instance", so a policy of its own brings the first one back as soon as anything
    waits at all (SageMaker guide, async-inference-autoscale).
    """
    waiting, why = _metric("HasBacklogWithoutCapacity", endpoint), "Requests wait, and the endpoint has no instances"
    queued = {
        "TargetValue": backlog,
        "CustomizedMetricSpecification": _metric("ApproximateBacklogSizePerInstance", endpoint),
    }
    return (
        *_tracked(of(endpoint), endpoint, queued, least, most),
        *(_from_zero(of(endpoint), endpoint, waiting, why, looks=2) if least == 0 else ()),
    )


def no_alarm(name: str) -> Call:
    """Nothing brings instances (or copies) back to this endpoint (or component) any more."""
    return Call(service="cloudwatch", operation="DeleteAlarms", params={"AlarmNames": [_waking(name)]})


def none(what: dict[str, Any]) -> Call:
    """No scaling of this, as `of` or `copies_of` name it, and none of its policies any more."""
    return Call(service="application-autoscaling", operation="DeregisterScalableTarget", params=what)


def of(endpoint: str) -> dict[str, Any]:
    """The endpoint's one variant, as Application Auto Scaling names it."""
    resource = f"endpoint/{endpoint}/variant/{VARIANT}"
    return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": INSTANCES}


def copies_of(component: str) -> dict[str, Any]:
    """The copies of an inference component, as Application Auto Scaling names them."""
    resource = f"inference-component/{component}"
    return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": COPIES}


def _by_calls(what: dict[str, Any], name: str, metric: str, least: int, most: int) -> tuple[Call, Call]:
    called = {"TargetValue": CALLS_PER_MINUTE, "PredefinedMetricSpecification": {"PredefinedMetricType": metric}}
    return _tracked(what, name, called, least, most)


def _tracked(what: dict[str, Any], name: str, tracking: dict[str, Any], least: int, most: int) -> tuple[Call, Call]:
    """Within its limits, so many that the metric stays about where this tracking wants it."""
    target = what | {"MinCapacity": least, "MaxCapacity": most}
    policy = what | {
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": tracking,
    }
    return (
        Call(service="application-autoscaling", operation="RegisterScalableTarget", params=target),
        Call(service="application-autoscaling", operation="PutScalingPolicy", params=policy),
    )


def _from_zero(what: dict[str, Any], name: str, metric: dict[str, Any], why: str, looks: int) -> tuple[Call, Call]:
    """The first one comes back when the metric was 1 at so many looks, a minute apart."""
    policy = what | {
        "PolicyName": _waking(name),
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": metric["Statistic"],
            "Cooldown": 300,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    }
    alarm = metric | {
        "AlarmName": _waking(name),
        "AlarmDescription": why,
        "Period": 60,
        "EvaluationPeriods": looks,
        "DatapointsToAlarm": looks,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": [policy_action(policy["ResourceId"], policy["PolicyName"])],
    }
    return (
        Call(service="application-autoscaling", operation="PutScalingPolicy", params=policy),
        Call(service="cloudwatch", operation="PutMetricAlarm", params=alarm),
    )


def _waking(name: str) -> str:
    """Policy and alarm that bring the first one back."""
    return f"{name}-from-zero"


def _metric(name: str, endpoint: str) -> dict[str, Any]:
    """What SageMaker publishes about the queue of an asynchronous endpoint (its guide, async-inference-monitor)."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}]
    return {"MetricName": name, "Namespace": "AWS/SageMaker", "Dimensions": dimensions, "Statistic": "Average"}
