"""The Metrics port: sums over whole minutes, and the states of alarms, in CloudWatch and in its twin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from local.functions.embedded_metrics import metrics_of
from tenantry.adapters.aws.cloudwatch import CloudWatchMetrics
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.metrics import MemoryMetrics
from tenantry.domain.series import counted, of_clients
from tenantry.ports import Metrics, Series
from tenantry_client import Tally, to_cloudwatch
from tenantry_client._counting import to_emf

NOW = datetime.now(UTC).replace(second=30, microsecond=0)
TRIO = of_clients("tenantry", "acme", "churn", "2")
OTHERS = of_clients("tenantry", "acme", "churn", "1")


class Cloud:
    """The port, and what others do to CloudWatch."""

    def __init__(self, metrics: Metrics, publish: Callable[[datetime, Series, float], None], alarm: Any) -> None:
        self.metrics, self.publish, self.alarm = metrics, publish, alarm


def in_memory() -> Cloud:
    clock = MemoryClock(NOW - timedelta(hours=1))
    made = MemoryMetrics(clock)

    def publish(at: datetime, series: Series, value: float) -> None:
        clock.advance_to(at)
        made.publish(series, value)

    return Cloud(made, publish, made.states.__setitem__)


def on_aws(aws: boto3.Session) -> Cloud:
    client = aws.client("cloudwatch")

    def publish(at: datetime, series: Series, value: float) -> None:
        dimensions = [{"Name": name, "Value": one} for name, one in series.dimensions.items()]
        datum: Any = {"MetricName": series.name, "Dimensions": dimensions, "Timestamp": at, "Value": value}
        client.put_metric_data(Namespace=series.namespace, MetricData=[datum])

    def alarm(name: str, state: Any) -> None:
        client.put_metric_alarm(
            AlarmName=name, MetricName="Errors", Namespace="Tenantry", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    return Cloud(CloudWatchMetrics(client), publish, alarm)


@pytest.fixture
def cloud(world: str, request: pytest.FixtureRequest) -> Cloud:
    return in_memory() if world == "memory" else on_aws(request.getfixturevalue("aws"))


def test_a_sum_begins_with_the_minute_of_its_beginning_and_has_the_newest(cloud: Cloud) -> None:
    calls = TRIO[0]
    for minutes, value in ((10, 1000.0), (5, 2.0), (1, 3.0), (0, 5.0)):
        cloud.publish(NOW - timedelta(minutes=minutes), calls, value)
    since = NOW - timedelta(minutes=5) + timedelta(seconds=20)
    assert cloud.metrics.sums([calls], since, NOW) == [10.0]


def test_each_series_has_its_own_sum_and_what_was_never_published_is_nothing(cloud: Cloud) -> None:
    for series, value in zip((*TRIO, OTHERS[0]), (7.0, 1.0, 9_000.0, 70.0), strict=True):
        cloud.publish(NOW, series, value)
    assert cloud.metrics.sums([*TRIO, *OTHERS], NOW, NOW) == [7.0, 1.0, 9_000.0, 70.0, 0.0, 0.0]


def test_alarms_are_found_by_name_and_one_that_is_not_there_is_left_out(cloud: Cloud) -> None:
    cloud.alarm("quiet", "OK")
    cloud.alarm("loud", "ALARM")
    cloud.alarm("other", "OK")
    assert cloud.metrics.alarms(["quiet", "loud", "missing"]) == {"quiet": "OK", "loud": "ALARM"}


def test_what_the_client_puts_is_what_is_summed(aws: boto3.Session) -> None:
    """More versions than one call takes are all told."""
    client = aws.client("cloudwatch")
    tallies = [Tally("acme", f"m{number}", "2", 40, 4, 800_000, 0, 0) for number in range(201)]
    to_cloudwatch(client, "tenantry")(tallies)
    trio = of_clients("tenantry", "acme", "m200", "2")
    now = datetime.now(UTC)
    assert CloudWatchMetrics(client).sums(trio, now - timedelta(minutes=1), now) == [40, 4, 800_000]


def test_what_the_client_tells_is_what_is_looked_for() -> None:
    """The namespace, names and dimensions of its embedded metric format are those of the series."""
    lines: list[str] = []
    to_emf("tenantry", lines.append)([Tally("acme", "churn", "2", 40, 4, 800_000, 0, 0)])
    found = {series.name: value for series, value in _embedded(lines[0]) if series in TRIO}
    sums = [found[series.name] for series in TRIO]
    assert str(counted(*sums)) == "40 calls, 4 failed (10.0%), 20.0 ms"


def _embedded(line: str) -> list[tuple[Series, float]]:
    """As CloudWatch reads a line, and as the local cloud does."""
    return [
        (
            Series(
                namespace=namespace,
                name=entry["MetricName"],
                dimensions={one["Name"]: one["Value"] for one in entry["Dimensions"]},
            ),
            entry["Value"],
        )
        for namespace, entries in metrics_of(line)
        for entry in entries
    ]
