"""Metric data queries of the API's shape, as moto keeps them."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat


def moto_queries(queries: Iterable[Mapping[str, Any]]) -> list[MetricDataQuery]:
    """Each with its metric, or its expression over the others; a metric without a period has one of a minute."""
    return [
        MetricDataQuery(
            each["Id"],
            each.get("Label", ""),
            each.get("Period", ""),
            each.get("ReturnData", True),
            each.get("Expression"),
            _stat(each["MetricStat"]) if "MetricStat" in each else None,
        )
        for each in queries
    ]


def _stat(stat: Mapping[str, Any]) -> MetricStat:
    found = stat["Metric"]
    dimensions = [Dimension(each["Name"], each["Value"]) for each in found.get("Dimensions", [])]
    metric = Metric(found["MetricName"], found["Namespace"], dimensions)
    return MetricStat(metric, str(stat.get("Period", 60)), stat["Stat"], stat.get("Unit", ""))
