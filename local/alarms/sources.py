"""The metrics SQS, Lambda and Step Functions publish of themselves, as far as alarms are set on them."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sqs.models import sqs_backends

from local.alarms.pace import MINUTE, Pace
from local.context import Context
from local.functions.outcome import Outcome
from local.functions.spec import Spec

Series = tuple[str, str, str, str]
"""Namespace, metric, the name of its one dimension, and its value."""

STATES = {
    "RUNNING": "ExecutionsStarted", "SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted",
}  # fmt: skip


class ServiceMetrics:
    """Counts as things happen, and puts the counts at each look of the alarms; depths of queues once a minute."""

    def __init__(self, context: Context, pace: Pace) -> None:
        self._context = context
        self._pace = pace
        self._counts: Counter[tuple[Series, float]] = Counter()
        self._lock = threading.Lock()
        self._minute = 0.0

    def heard(self, event: dict[str, Any]) -> None:
        """An event of Step Functions: how an execution stands."""
        if event.get("detail-type") == "Step Functions Execution Status Change":
            detail = event["detail"]
            self._count("AWS/States", STATES[detail["status"]], "StateMachineArn", detail["stateMachineArn"], 1.0)

    def ended(self, spec: Spec, outcome: Outcome) -> None:
        """An invocation of a function is over."""
        self._count("AWS/Lambda", "Invocations", "FunctionName", spec.name, 1.0)
        self._count("AWS/Lambda", "Errors", "FunctionName", spec.name, float(outcome.failed))

    def tick(self, now: float) -> None:
        """Put what was counted, and once a minute the depth of every queue."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for (series, value), count in counts.items():
            self._put(series, [value], [float(count)], now)
        minute = now // self._pace.real(MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._put_depths(minute * self._pace.real(MINUTE) - self._pace.real(1.0))

    def _put_depths(self, at: float) -> None:
        with self._context.serial:
            queues = list(sqs_backends[self._context.account][self._context.region].queues.items())
            depths = {name: float(queue.approximate_number_of_messages) for name, queue in queues}
        for name, depth in depths.items():
            self._put(("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name), [depth], [1.0], at)

    def _count(self, namespace: str, metric: str, dimension: str, which: str, value: float) -> None:
        with self._lock:
            self._counts[(namespace, metric, dimension, which), value] += 1

    def _put(self, series: Series, values: list[float], counts: list[float], at: float) -> None:
        namespace, metric, dimension, which = series
        datum = {
            "MetricName": metric,
            "Dimensions": [{"Name": dimension, "Value": which}],
            "Values": values,
            "Counts": counts,
            "Timestamp": datetime.fromtimestamp(at, UTC).replace(tzinfo=None),
        }
        with self._context.serial:
            cloudwatch_backends[self._context.account][self._context.region].put_metric_data(namespace, [datum])
