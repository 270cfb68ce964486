"""An alarm as it is judged: its condition, and the series it watches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.alarms.expressions import evaluate
from local.alarms.judgement import EXTRA_PERIODS, Condition
from local.alarms.pace import Pace
from local.alarms.series import Metric, Points, Sample, points

SamplesOf = Callable[[Metric, float], list[Sample]]

PER_MINUTE = frozenset({"InvocationsPerInstance", "InvocationsPerCopy"})
"""Sums that mean a rate: a fast minute is a sample of a whole one, so that a target fits the traffic at any pace."""


@dataclass(frozen=True)
class Query:
    """One series: a statistic of a metric, or an expression over the series before it."""

    id: str
    metric: Metric | None
    statistic: str
    expression: str | None
    returned: bool

    @property
    def rate(self) -> bool:
        """Whether it stands for so many a minute."""
        return self.statistic == "Sum" and self.metric is not None and self.metric.name in PER_MINUTE


@dataclass(frozen=True)
class Watched:
    """A metric alarm. `period` is in AWS's seconds."""

    name: str
    condition: Condition
    period: float
    queries: tuple[Query, ...]

    def boundary(self, now: float, pace: Pace) -> float:
        """The end of the last whole minute (of the last period, if that is shorter)."""
        step = pace.real(min(self.period, 60.0))
        return now // step * step

    def points(self, samples_of: SamplesOf, end: float, pace: Pace) -> Points:
        """The watched series up to `end`, as far back as it is looked at.

        Raises:
            ValueError: it uses a statistic or an expression the local cloud does not know.

        """
        period, length = pace.real(self.period), self.condition.periods + EXTRA_PERIODS
        series: dict[str, Points] = {}
        for query in sorted(self.queries, key=lambda query: query.metric is None):
            if query.metric is None:
                series[query.id] = evaluate(query.expression or "", series, length)
            else:
                samples = samples_of(query.metric, end - period * length)
                found = points(samples, query.statistic, end, period, length)
                share = period / self.period if query.rate else 1.0
                series[query.id] = [None if value is None else value / share for value in found]
        return series[next(query.id for query in self.queries if query.returned)]


def watched(alarm: Any) -> Watched:
    """One of moto's metric alarms."""
    return Watched(
        name=alarm.name,
        condition=Condition(
            comparison=alarm.comparison_operator,
            threshold=float(alarm.threshold),
            periods=int(alarm.evaluation_periods),
            datapoints=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            missing=alarm.treat_missing_data or "missing",
        ),
        period=_period(alarm),
        queries=tuple(_query(each) for each in alarm.metric_data_queries) or (_own(alarm),),
    )


def _own(alarm: Any) -> Query:
    metric = Metric(alarm.namespace, alarm.metric_name, _dimensions(alarm.dimensions))
    return Query("own", metric, alarm.statistic or alarm.extended_statistic, None, returned=True)


def _query(query: Any) -> Query:
    returned = str(query.return_data).lower() not in ("false", "none") or query.return_data is None
    if query.metric_stat is None:
        return Query(query.id, None, "", query.expression, returned)
    found = query.metric_stat.metric
    metric = Metric(found.namespace, found.metric_name, _dimensions(found.dimensions))
    return Query(query.id, metric, query.metric_stat.stat, None, returned)


def _period(alarm: Any) -> float:
    stats = [query.metric_stat for query in alarm.metric_data_queries if query.metric_stat is not None]
    return float(max((int(stat.period) for stat in stats), default=0) or alarm.period or 60)


def _dimensions(dimensions: Any) -> frozenset[tuple[str, str]]:
    return frozenset((each.name, each.value) for each in dimensions)
