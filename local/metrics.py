"""Metrics that do not come through CloudWatch's own API: from functions' printed lines and from the emulation."""

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from local.context import ACCOUNT
from local.functions.embedded_metrics import metrics_of
from local.functions.spec import Spec
from local.serial import Serial


class Metrics:
    """Puts metric data into moto's CloudWatch."""

    def __init__(self, serial: Serial, region: str) -> None:
        self._serial, self._region = serial, region

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        """Store entries of the shape of PutMetricData."""
        with self._serial:
            cloudwatch_backends[ACCOUNT][self._region].put_metric_data(namespace, data)

    def printed(self, _spec: Spec, line: str) -> None:
        """Store the metrics in a line a function printed, if it is in embedded metric format."""
        for namespace, data in metrics_of(line):
            self.put(namespace, data)
