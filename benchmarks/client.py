"""The client library against bare boto3: both arms call by call in one process, thread CPU time, counts at the stub.

Ratios and counts are the result; the microseconds only say on what machine.
"""

import io
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from benchmarks.report import finish, record
from tenantry_client import Clients, Tenantry
from tenantry_client._clients import invoke_config

BODY = b"0.1,0.2,0.3,0.4," * 64
ROUNDS, CALLS = 9, 450
NULL_CALLS = 20_000
THREADS, BURST = 32, 20


class OneRoute:
    """A route table with one route, which counts its reads."""

    def __init__(self, endpoint: str = "fast") -> None:
        self.reads = 0
        self._items = {
            "MODEL#churn": {
                "host": {"S": "sklearn"},
                "target": {"S": "acme/churn/abcdefghijklmnopqrstuvwxyz-0123456789abcdef.tar.gz"},
                "version": {"S": "1"},
                "revision": {"N": "1"},
                "since": {"S": "2026-01-01T00:00:00Z"},
            },
            "HOST": {"endpoint": {"S": endpoint}},
        }

    def get_item(self, **request: Any) -> dict[str, Any]:
        """As DynamoDB answers."""
        self.reads += 1
        return {"Item": self._items[request["Key"]["sk"]["S"]]}


class NoTransport:
    """Answers without sending anything."""

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        """As SageMaker answers."""
        return {"Body": io.BytesIO(b"0.9"), "ContentType": "text/csv"}


def measure() -> None:
    """Record everything about the client."""
    _null_transport()
    _remote_reads()
    with _stub() as url:
        _end_to_end(url)
        _connections(url)


def _null_transport() -> None:
    client = _tenantry(NoTransport(), OneRoute())
    empty = _quantiles(_cpu(lambda: None, NULL_CALLS))
    client.invoke("churn", BODY)
    took = _quantiles(_cpu(lambda: client.invoke("churn", BODY, content_type="text/csv"), NULL_CALLS))
    record("client.resolve_and_count_p50", took[0], "µs of thread CPU", bound=15)
    record("client.resolve_and_count_p99", took[1], "µs of thread CPU", bound=40)
    record("client.the_measuring_itself_p50", empty[0], "µs of thread CPU")


def _remote_reads() -> None:
    """A thousand calls a second for twenty seconds of virtual time: what is left are the reads of staleness."""
    table, ticks = OneRoute(), itertools.count()
    client = _tenantry(NoTransport(), table, clock=lambda: next(ticks) / 2000)
    for _ in range(NULL_CALLS):
        client.invoke("churn", BODY)
    record("client.remote_reads_per_call", table.reads / NULL_CALLS, "at 1,000 calls a second", bound=0.001)


def _end_to_end(url: str) -> None:
    runtime = _runtime(url)
    client = _tenantry(_runtime(url), OneRoute())
    target = "acme/churn/abcdefghijklmnopqrstuvwxyz-0123456789abcdef.tar.gz"

    def bare() -> None:
        runtime.invoke_endpoint(EndpointName="fast", TargetModel=target, Body=BODY, ContentType="text/csv")[
            "Body"
        ].read()

    def ours() -> None:
        client.invoke("churn", BODY, content_type="text/csv")

    ratios, tails, medians = [], [], []
    for _ in range(ROUNDS):
        (bare_50, bare_99), (ours_50, ours_99) = map(_quantiles, _alternated(bare, ours, CALLS))
        ratios.append(ours_50 / bare_50)
        tails.append(ours_99 / bare_99)
        medians.append(bare_50)
    record("client.end_to_end_p50", statistics.median(ratios), "ratio to bare boto3", bound=1.03)
    record("client.end_to_end_p50_worst_round", max(ratios), "ratio to bare boto3")
    record("client.end_to_end_p99", statistics.median(tails), "ratio to bare boto3")
    record("client.bare_boto3_p50", statistics.median(medians), "µs of thread CPU")


def _connections(url: str) -> None:
    client = _tenantry(_runtime(url), OneRoute("slow"))
    _counts(url)
    gate = threading.Barrier(THREADS)

    def burst() -> None:
        gate.wait(30)
        for _ in range(BURST):
            client.invoke("churn", BODY, content_type="text/csv")

    threads = [threading.Thread(target=burst) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = _counts(url)
    record("client.connections", counts["connections"], "connections")
    record("client.peak_in_flight", counts["peak"], "calls")
    record("client.connections_per_peak", counts["connections"] / counts["peak"], "ratio", bound=1.05)


def _tenantry(runtime: Any, table: OneRoute, clock: Callable[[], float] = time.monotonic) -> Tenantry:
    clients = Clients(runtime, table)
    return Tenantry("acme", stack="s", routes_table="t", clients=clients, emit=lambda _: None, clock=clock)


def _runtime(url: str) -> Any:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    return session.client("sagemaker-runtime", endpoint_url=url, config=invoke_config())


def _alternated(one: Callable[[], None], other: Callable[[], None], calls: int) -> tuple[list[float], list[float]]:
    """Thread CPU microseconds of both, called in turns; which goes first changes every time."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(calls):
        for arm in ((0, 1), (1, 0))[number % 2]:
            took[arm].extend(_cpu((one, other)[arm], 1))
    return took


def _cpu(call: Callable[[], object], calls: int) -> list[float]:
    took = []
    for _ in range(calls):
        started = time.thread_time_ns()
        call()
        took.append((time.thread_time_ns() - started) / 1000)
    return took


def _quantiles(took: list[float]) -> tuple[float, float]:
    ordered = sorted(took)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def _counts(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/counts") as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


@contextmanager
def _stub() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.stub"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


if __name__ == "__main__":
    measure()
    sys.exit(finish())
