"""A change of an alarm's state, and how CloudWatch tells of it: to SNS and to EventBridge."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.alarms.judgement import Judgement, State

REGION_NAMES = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)"}


@dataclass(frozen=True)
class Change:
    """An alarm that is in a state, and was in another one before. `values` are the data points it rests on."""

    alarm: Any  # moto's
    before: State
    state: State
    reason: str
    values: tuple[float, ...]
    at: float  # seconds since the epoch

    @property
    def new(self) -> bool:
        """Whether it is in this state only now; scaling policies are asked again for as long as it stays."""
        return self.before != self.state

    @property
    def actions(self) -> list[str]:
        """The ARNs its alarm has for this state."""
        if not self.alarm.actions_enabled:
            return []
        by_state = {
            "OK": self.alarm.ok_actions, "ALARM": self.alarm.alarm_actions,
            "INSUFFICIENT_DATA": self.alarm.insufficient_data_actions,
        }  # fmt: skip
        return list(by_state[self.state] or [])


def reason_data(alarm: Any, judgement: Judgement, at: float) -> str:
    """`StateReasonData`; scaling policies read the data points from it."""
    data = {
        "version": "1.0",
        "queryDate": _stamp(at),
        "statistic": alarm.statistic or alarm.extended_statistic,
        "period": alarm.period,
        "recentDatapoints": list(judgement.values),
        "threshold": alarm.threshold,
    }
    return json.dumps({name: value for name, value in data.items() if value is not None})


def values_in(text: str | None) -> tuple[float, ...]:
    """The data points in a `StateReasonData`, whoever wrote it; none when it has none."""
    try:
        data = json.loads(text or "{}")
        return tuple(float(value) for value in data.get("recentDatapoints", []) if value is not None)
    except (ValueError, TypeError, AttributeError):
        return ()


def subject(change: Change) -> str:
    """The subject of the mail; SNS takes 100 characters at most."""
    return f'{change.state}: "{change.alarm.name}" in {_region(change.alarm)}'[:100]


def message(change: Change, account: str) -> str:
    """The JSON text CloudWatch publishes to a topic."""
    alarm = change.alarm
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description or None,
            "AWSAccountId": account,
            "AlarmConfigurationUpdatedTimestamp": _stamp(alarm.configuration_updated_timestamp),
            "NewStateValue": change.state,
            "NewStateReason": change.reason,
            "StateChangeTime": _stamp(change.at),
            "Region": _region(alarm),
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": change.before,
            "OKActions": list(alarm.ok_actions or []),
            "AlarmActions": list(alarm.alarm_actions or []),
            "InsufficientDataActions": list(alarm.insufficient_data_actions or []),
            "Trigger": _trigger(alarm),
        }
    )


def event(change: Change, account: str) -> dict[str, Any]:
    """`CloudWatch Alarm State Change`."""
    alarm = change.alarm
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": datetime.fromtimestamp(change.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": alarm.region_name,
        "resources": [alarm.alarm_arn],
        "detail": {
            "alarmName": alarm.name,
            "state": {"value": change.state, "reason": change.reason, "reasonData": alarm.state_reason_data,
                      "timestamp": _stamp(change.at)},
            "previousState": {"value": change.before},
            "configuration": {"description": alarm.description or "", "metrics": _metrics(alarm)},
        },
    }  # fmt: skip


def _trigger(alarm: Any) -> dict[str, Any]:
    how = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        return {**how, "Metrics": _metrics(alarm)}
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic" if alarm.statistic else "ExtendedStatistic",
        "Statistic": (alarm.statistic or alarm.extended_statistic or "").upper(),
        "Unit": alarm.unit,
        "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
        **how,
    }


def _metrics(alarm: Any) -> list[dict[str, Any]]:
    if not alarm.metric_data_queries:
        return [_metric("own", alarm, alarm.statistic or alarm.extended_statistic, alarm.period)]
    return [
        {"id": query.id, "expression": query.expression, "returnData": query.return_data}
        if query.metric_stat is None
        else _metric(query.id, query.metric_stat.metric, query.metric_stat.stat, query.metric_stat.period)
        for query in alarm.metric_data_queries
    ]


def _metric(name: str, metric: Any, statistic: str, period: Any) -> dict[str, Any]:
    which = {
        "namespace": metric.namespace, "name": metric.metric_name,
        "dimensions": {each.name: each.value for each in metric.dimensions},
    }  # fmt: skip
    return {"id": name, "metricStat": {"metric": which, "period": period, "stat": statistic}, "returnData": True}


def _region(alarm: Any) -> str:
    return REGION_NAMES.get(alarm.region_name, str(alarm.region_name))


def _stamp(moment: Any) -> str:
    found = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int | float) else moment
    return str(found.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]) + "+0000"
