"""What moto's CloudWatch holds, found by metric.

moto keeps all data of all metrics in one list, in the order they were put; each datum is indexed here once.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

from local.alarms.series import Metric, Sample

LATE_SECONDS = 120.0
"""How far back in time a datum may lie behind one that was put before it and still be seen."""


class Store:
    """Reads one CloudWatch backend; its caller holds the lock."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._read = 0
        self._data: defaultdict[Metric, list[Any]] = defaultdict(list)

    def samples(self, metric: Metric, since: float) -> list[Sample]:
        """All samples of a metric from a time on, newest first."""
        self._index()
        return list(self._newest(metric, since))

    def _newest(self, metric: Metric, since: float) -> Iterator[Sample]:
        for datum in reversed(self._data.get(metric, [])):
            at = _seconds(datum.timestamp)
            if at < since - LATE_SECONDS:
                return
            if at >= since:
                yield _sample(datum, at)

    def _index(self) -> None:
        data = self._backend.metric_data
        if len(data) < self._read:  # moto was reset
            self._read = 0
            self._data.clear()
        for datum in data[self._read :]:
            dimensions = frozenset((each.name, each.value) for each in datum.dimensions)
            self._data[Metric(datum.namespace, datum.name, dimensions)].append(datum)
        self._read = len(data)


def _sample(datum: Any, at: float) -> Sample:
    if isinstance(datum, MetricAggregatedDatum):
        return Sample(at, datum.sum, datum.min, datum.max, datum.sample_count)
    return Sample.of(at, datum.value)


def _seconds(moment: datetime) -> float:
    """Moto keeps UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
