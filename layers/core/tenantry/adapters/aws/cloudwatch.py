"""CloudWatch: sums of metrics, and the states of alarms."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tenantry.adapters.aws.failures import translated
from tenantry.ports import Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_PERIOD = timedelta(minutes=1)
"""What is counted is published once a minute. The end of a query is excluded, so it lies a period ahead."""
_KINDS: Any = ["MetricAlarm", "CompositeAlarm"]
"""Without this, composite alarms are left out (CloudWatch API reference, DescribeAlarms)."""


class CloudWatchMetrics:
    """The `Metrics` port."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    @translated()
    def sums(self, series: Sequence[Series], since: datetime, until: datetime) -> list[float]:
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(number, one) for number, one in enumerate(series)],
            StartTime=since.replace(second=0, microsecond=0),
            EndTime=until + _PERIOD,
        )
        found = [0.0] * len(series)
        for result in (one for page in pages for one in page["MetricDataResults"]):
            found[int(result["Id"].removeprefix("s"))] += sum(result["Values"])
        return found

    @translated()
    def alarms(self, names: Sequence[str]) -> dict[str, str]:
        answer = self._client.describe_alarms(AlarmNames=[*names], AlarmTypes=_KINDS)
        found: list[Any] = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def _query(number: int, series: Series) -> "MetricDataQueryTypeDef":
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions.items()]
    metric: Any = {"Namespace": series.namespace, "MetricName": series.name, "Dimensions": dimensions}
    stat: Any = {"Metric": metric, "Period": round(_PERIOD.total_seconds()), "Stat": "Sum"}
    return {"Id": f"s{number}", "MetricStat": stat, "ReturnData": True}
