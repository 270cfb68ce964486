"""CloudWatch metrics: gathered beside the requests, delivered by a thread of their own."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import batched, islice
from typing import Any

from local.hosting.settings import Panel

INVOCATIONS = "AWS/SageMaker"
ENDPOINTS = "/aws/sagemaker/Endpoints"
COMPONENTS = "/aws/sagemaker/InferenceComponents"
VALUES_PER_DATUM = 150
DATA_PER_CALL = 100
NOTICE_SECONDS = 1.0
"""How soon a changed interval is noticed."""

PutMetrics = Callable[[str, list[dict[str, Any]]], None]
Dimensions = tuple[tuple[str, str], ...]
"""Names and values, in the order they are sent in."""
Series = tuple[str, Dimensions, str, str]
"""namespace, dimensions, metric, unit."""
Gauge = tuple[str, Dimensions, str, str, float]
"""A series and one reading of it, of one instance or copy."""


def of_variant(endpoint: str, variant: str) -> Dimensions:
    """The dimensions of most metrics."""
    return (("EndpointName", endpoint), ("VariantName", variant))


class Metrics:
    """Values since the last delivery, counted by value."""

    def __init__(
        self,
        panel: Panel,
        put: PutMetrics,
        gauges: Callable[[], Iterable[Gauge]],
        levels: Callable[[], Iterable[Gauge]],
    ) -> None:
        """`gauges` are read once a minute, `levels` at every delivery."""
        self._panel = panel
        self._levels = levels
        self._put = put
        self._gauges = gauges
        self._lock = threading.Lock()
        self._values: defaultdict[Series, Counter[float]] = defaultdict(Counter)
        self._read_at = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._deliver_on, name="hosting-metrics", daemon=True)
        self._thread.start()

    def count(self, endpoint: str, variant: str, metric: str, value: float = 1.0) -> None:
        """A value without a unit."""
        self.add(INVOCATIONS, of_variant(endpoint, variant), metric, "None", value)

    def took(self, endpoint: str, variant: str, metric: str, seconds: float) -> None:
        """A duration; SageMaker publishes microseconds."""
        self.add(INVOCATIONS, of_variant(endpoint, variant), metric, "Microseconds", microseconds(seconds))

    def add(self, namespace: str, dimensions: Dimensions, metric: str, unit: str, value: float) -> None:
        """A value of any series."""
        with self._lock:
            self._values[namespace, dimensions, metric, unit][value] += 1

    def deliver(self) -> None:
        """Send what was gathered, and once a minute a reading of every instance."""
        self._read_instances()
        for level in self._levels():
            self.add(*level)
        with self._lock:
            gathered, self._values = self._values, defaultdict(Counter)
        for namespace in sorted({series[0] for series in gathered}):
            data = [datum for series, counts in gathered.items() for datum in _data(namespace, series, counts)]
            for chunk in batched(data, DATA_PER_CALL, strict=False):
                self._put(namespace, list(chunk))

    def close(self) -> None:
        """Stop delivering."""
        self._closed.set()
        self._thread.join(timeout=5)

    def _read_instances(self) -> None:
        minute = int(time.time() // self._panel.now.gauge_seconds)
        with self._lock:
            again, self._read_at = minute == self._read_at, minute
        if not again:
            for gauge in self._gauges():
                self.add(*gauge)

    def _deliver_on(self) -> None:
        delivered_at = time.monotonic()
        while not self._closed.wait(min(NOTICE_SECONDS, self._panel.now.metrics_seconds)):
            if time.monotonic() - delivered_at < self._panel.now.metrics_seconds:
                continue
            delivered_at = time.monotonic()
            try:
                self.deliver()
            except Exception as error:  # a lost delivery must not end the thread
                print(f"metrics were not delivered: {error}", flush=True)


def microseconds(seconds: float) -> float:
    """A duration as SageMaker publishes it."""
    return float(round(seconds * 1e6))


def _data(namespace: str, series: Series, counts: Counter[float]) -> Iterator[dict[str, Any]]:
    """MetricData without a time: CloudWatch takes that of the delivery."""
    if series[0] != namespace:
        return
    _, dimensions, metric, unit = series
    pairs = iter(sorted(counts.items()))
    while chunk := list(islice(pairs, VALUES_PER_DATUM)):
        yield {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
            "Unit": unit,
            "Values": [value for value, _ in chunk],
            "Counts": [float(count) for _, count in chunk],
        }
