"""Metric data as time series, and statistics over equal stretches of time."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Points = list[float | None]
"""One value per period, oldest first; None where there was no data."""


@dataclass(frozen=True)
class Metric:
    """What identifies a metric: a metric with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Sample:
    """One value, or a set of them of which only the statistics are known. `at` is in seconds since the epoch."""

    at: float
    total: float
    least: float
    most: float
    count: float = 1.0

    @classmethod
    def of(cls, at: float, value: float) -> "Sample":
        """A single value."""
        return cls(at, value, value, value)


def points(samples: Iterable[Sample], statistic: str, end: float, period: float, count: int) -> Points:
    """The statistic of the last `count` periods before `end`, all in seconds.

    Raises:
        ValueError: there is no such statistic here.

    """
    start = end - period * count
    stretches: list[list[Sample]] = [[] for _ in range(count)]
    for sample in samples:
        if start <= sample.at < end:
            stretches[min(int((sample.at - start) / period), count - 1)].append(sample)
    return [summed_up(statistic, stretch) if stretch else None for stretch in stretches]


def summed_up(statistic: str, samples: Sequence[Sample]) -> float | None:
    """One statistic of at least one sample; a percentile of samples that are sets is None, as on CloudWatch."""
    match statistic:
        case "Sum":
            return sum(sample.total for sample in samples)
        case "SampleCount":
            return sum(sample.count for sample in samples)
        case "Average":
            return sum(sample.total for sample in samples) / sum(sample.count for sample in samples)
        case "Minimum":
            return min(sample.least for sample in samples)
        case "Maximum":
            return max(sample.most for sample in samples)
    return _percentile(statistic, samples)


def _percentile(statistic: str, samples: Sequence[Sample]) -> float | None:
    try:
        share = float(statistic.removeprefix("p")) / 100
    except ValueError:
        share = -1.0
    if not statistic.startswith("p") or not 0 <= share <= 1:
        raise ValueError(f"The local cloud has no statistic {statistic!r}: Sum, Average, Minimum, Maximum, "
                         "SampleCount or a percentile such as p90.")  # fmt: skip
    if any(sample.least != sample.most for sample in samples):
        return None
    values = sorted(sample.most for sample in samples for _ in range(int(sample.count)))
    return values[max(0, math.ceil(share * len(values)) - 1)]
