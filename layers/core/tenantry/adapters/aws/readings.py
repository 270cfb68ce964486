"""What CloudWatch has of an endpoint from the last minutes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from tenantry.adapters.aws.failures import translated
from tenantry.domain.errors import Unavailable
from tenantry.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_RECENT, _PERIOD = timedelta(minutes=3), timedelta(minutes=1)
"""SageMaker publishes once a minute and instance. The end of a query is excluded, so it lies a period ahead."""


class Readings:
    """Reads single values; never waits for one."""

    def __init__(self, client: "CloudWatchClient", clock: Clock) -> None:
        self._client, self._clock = client, clock

    def newest(self, namespace: str, name: str, statistic: Literal["Maximum", "Sum"], **dimensions: str) -> int | None:
        """The newest value of the last three minutes; `None` when there is none, or CloudWatch does not answer."""
        now = self._clock.now()
        try:
            with translated():
                answer = self._client.get_metric_statistics(
                    Namespace=namespace,
                    MetricName=name,
                    Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
                    StartTime=now - _RECENT,
                    EndTime=now + _PERIOD,
                    Period=round(_PERIOD.total_seconds()),
                    Statistics=[statistic],
                )
        except Unavailable:
            return None
        newest = max(answer["Datapoints"], key=lambda point: point["Timestamp"], default=None)
        return None if newest is None else round(newest[statistic])
