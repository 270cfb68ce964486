"""Metrics that functions print: CloudWatch turns lines in embedded metric format into metrics."""

import json
from collections.abc import Iterator
from typing import Any


def metrics_of(line: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(namespace, PutMetricData entries) of one printed line; nothing when it is no embedded metric."""
    if '"_aws"' not in line:
        return
    try:
        record = json.loads(line)
        declared = record["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for group in declared:
        yield group["Namespace"], list(_entries(record, group))


def _entries(record: dict[str, Any], group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for names in group.get("Dimensions") or [[]]:
        dimensions = [{"Name": name, "Value": str(record[name])} for name in names if name in record]
        for metric in group["Metrics"]:
            values = record.get(metric["Name"], [])
            for value in values if isinstance(values, list) else [values]:
                yield {
                    "MetricName": metric["Name"],
                    "Dimensions": dimensions,
                    "Value": float(value),
                    "Unit": metric.get("Unit", "None"),
                }
