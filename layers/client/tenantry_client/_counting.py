"""Counts per model and version: added in the call path, told off it. SageMaker publishes nothing per model."""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, NamedTuple

log = logging.getLogger("tenantry_client")


class Tally(NamedTuple):
    """What happened to one version since the last telling. Times are sums, in microseconds.

    `load_waits` calls met a model that was still loading; they waited `load_wait_us` in all, which is part of
    `latency_us`. `errors` are calls that raised. `region` is empty for the caller's own: what another region did is no
    evidence about a version in this one.
    """

    tenant: str
    model: str
    version: str
    calls: int
    errors: int
    latency_us: int
    load_waits: int
    load_wait_us: int
    region: str = ""


type Emit = Callable[[Sequence[Tally]], None]


class Counts:
    """The running sums of one version."""

    __slots__ = ("_lock", "calls", "errors", "latency_us", "load_wait_us", "load_waits")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zero()

    def add(self, seconds: float) -> None:
        """One answered call."""
        with self._lock:
            self.calls += 1
            self.latency_us += int(seconds * 1e6)

    def add_hard(self, seconds: float, *, failed: bool, waited: float) -> None:
        """One call that raised, was tried again, or waited so many seconds for its model to load."""
        with self._lock:
            self.calls += 1
            self.errors += failed
            self.latency_us += int(seconds * 1e6)
            self.load_waits += waited > 0
            self.load_wait_us += int(waited * 1e6)

    def take(self) -> tuple[int, int, int, int, int]:
        """The sums so far, which start again from zero."""
        with self._lock:
            sums = (self.calls, self.errors, self.latency_us, self.load_waits, self.load_wait_us)
            self._zero()
        return sums

    def _zero(self) -> None:
        self.calls = self.errors = self.latency_us = self.load_waits = self.load_wait_us = 0


class Meter:
    """All counts of one client, told at most once per `every` seconds by whichever call comes then."""

    def __init__(self, tenant: str, emit: Emit | None, every: float, now: float, region: str = "") -> None:
        self.due = now + every if emit else float("inf")
        self._tenant, self._region = tenant, region
        self._emit = emit
        self._every = every
        self._counts: dict[tuple[str, str], Counts] = {}
        self._telling = threading.Lock()

    def of(self, model: str, version: str) -> Counts:
        """The counts of one version; the same object every time."""
        key = (model, version)
        return self._counts.get(key) or self._counts.setdefault(key, Counts())

    def tell(self, now: float) -> None:
        """Tell what is due, unless another thread is doing so."""
        if self._telling.acquire(blocking=False):
            try:
                self.due = now + self._every
                self.flush()
            finally:
                self._telling.release()

    def flush(self) -> None:
        """Tell everything counted since the last telling. A failing `emit` costs its tallies, never a call."""
        if self._emit is None:
            return
        tallies = [
            Tally(self._tenant, *key, *sums, self._region)
            for key, counts in list(self._counts.items())
            if any(sums := counts.take())
        ]
        try:
            if tallies:
                self._emit(tallies)
        except Exception:
            log.exception("the counts of %d versions could not be told", len(tallies))


NAMESPACE = "Tenantry"
PER_CALL = 1_000
"""Metrics that one PutMetricData takes (CloudWatch API reference)."""
_UNITS = {
    "Calls": "Count",
    "Errors": "Count",
    "LatencySum": "Microseconds",
    "LoadWaits": "Count",
    "LoadWaitSum": "Microseconds",
}


def to_emf(stack: str, write: Callable[[str], object] | None = None) -> Emit:
    """Tell by CloudWatch's embedded metric format, one line per version (standard output: Lambda's log)."""
    put = write or (lambda line: print(line, file=sys.stdout, flush=True))  # noqa: T201 - EMF is read from there

    def emit(tallies: Sequence[Tally]) -> None:
        for tally in tallies:
            put(json.dumps(_line(stack, tally), separators=(",", ":")))

    return emit


def to_cloudwatch(cloudwatch: Any, stack: str) -> Emit:
    """Tell by PutMetricData, for what runs outside Lambda; `cloudwatch` is a boto3 client that may put metrics."""

    def emit(tallies: Sequence[Tally]) -> None:
        for some in batched(tallies, PER_CALL // len(_UNITS), strict=False):
            data = [datum for tally in some for datum in _data(stack, tally)]
            cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    return emit


def default_emit(stack: str, environ: Mapping[str, str] = os.environ) -> Emit | None:
    """EMF inside Lambda, silence elsewhere."""
    return to_emf(stack) if "AWS_LAMBDA_FUNCTION_NAME" in environ else None


def _line(stack: str, tally: Tally) -> dict[str, object]:
    """Sums, not means: sums of several clients add up, and LatencySum / Calls is the mean of all of them."""
    metrics = [{"Name": name, "Unit": unit} for name, unit in _UNITS.items()]
    named = _dimensions(stack, tally)
    declared = {"Namespace": NAMESPACE, "Dimensions": [[*named]], "Metrics": metrics}
    return {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [declared]},
        **named,
        **dict(zip(_UNITS, tally[3:-1], strict=True)),
    }


def _data(stack: str, tally: Tally) -> Iterator[dict[str, object]]:
    """The same, as PutMetricData takes it."""
    dimensions = [{"Name": name, "Value": value} for name, value in _dimensions(stack, tally).items()]
    for (name, unit), value in zip(_UNITS.items(), tally[3:-1], strict=True):
        yield {"MetricName": name, "Dimensions": dimensions, "Unit": unit, "Value": float(value)}


def _dimensions(stack: str, tally: Tally) -> dict[str, str]:
    named = {"Stack": stack, "Tenant": tally.tenant, "Model": tally.model, "Version": tally.version}
    return named | ({"Region": tally.region} if tally.region else {})
