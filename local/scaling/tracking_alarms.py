"""The two alarms Application Auto Scaling keeps for a target tracking policy, in CloudWatch like any other.

High: above the target three times in a row, then scale out. Low: below 90 % of it for fifteen minutes, then scale in.
"""

import uuid
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from local.alarms.queries import moto_queries
from local.scaling.metrics import NAMESPACE, PREDEFINED
from local.scaling.targets import Resource

HIGH_PERIODS = 3
LOW_SECONDS = 15 * 60
LOW_SHARE = 0.9


def create(backend: CloudWatchBackend, policy: Any, resource: Resource) -> list[Any]:
    """Put both (one, when the policy does not scale in); returns moto's alarms, which the policy shows."""
    config = policy.target_tracking_scaling_policy_configuration
    target, watched = float(config["TargetValue"]), _metric(config, resource)
    period = int(watched.get("period") or 60)
    sides = [("AlarmHigh", "GreaterThanThreshold", target, HIGH_PERIODS)]
    if not config.get("DisableScaleIn"):
        sides.append(("AlarmLow", "LessThanThreshold", target * LOW_SHARE, LOW_SECONDS // period))
    made: list[Any] = [
        backend.put_metric_alarm(
            name=f"TargetTracking-{resource.id}-{side}-{uuid.uuid4()}",
            comparison_operator=comparison,
            evaluation_periods=periods,
            threshold=threshold,
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.policy_arn}.",
            alarm_actions=[policy.policy_arn],
            **watched,
        )
        for side, comparison, threshold, periods in sides
    ]
    return made


def is_low(alarm: Any) -> bool:
    """Whether this is the alarm that scales in."""
    return alarm.name.startswith("TargetTracking-") and "-AlarmLow-" in alarm.name


def _metric(config: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """What both alarms watch, as arguments of moto's PutMetricAlarm."""
    if "PredefinedMetricSpecification" in config:
        metric = PREDEFINED[config["PredefinedMetricSpecification"]["PredefinedMetricType"]]
        dimensions = [{"Name": name, "Value": value} for name, value in sorted(resource.dimensions)]
        return _single(NAMESPACE, metric.name, metric.statistic, metric.period, dimensions)
    custom = config["CustomizedMetricSpecification"]
    if "Metrics" in custom:
        return {**_single(None, None, None, None, []), "metric_data_queries": moto_queries(custom["Metrics"])}
    return _single(custom["Namespace"], custom["MetricName"], custom["Statistic"], 60, custom.get("Dimensions", []))


def _single(namespace: Any, name: Any, statistic: Any, period: Any, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    return {"namespace": namespace, "metric_name": name, "statistic": statistic, "period": period,
            "dimensions": dimensions}  # fmt: skip
