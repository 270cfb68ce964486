"""What AWS does unasked: alarms that fire and capacity that scales, at one pace, with their knobs."""

import os
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from local.alarms.pace import MINUTE, Pace
from local.alarms.sources import ServiceMetrics
from local.alarms.watch import Alarms
from local.context import Context
from local.knobs import Json, Panel, only
from local.scaling.capacity import Capacity
from local.scaling.engine import Scaling
from local.scaling.registry import Registry
from local.seams import alarms as alarms_seam
from local.seams import scalable_targets

SHOWN_ACTIVITIES = 50


class Watching:
    """The alarms and the scaling of one local cloud. `LOCAL_CLOUD_MINUTE_SECONDS` sets the pace they begin with."""

    def __init__(self, context: Context) -> None:
        self.pace = pace = Pace()
        pace.turn(float(os.environ.get("LOCAL_CLOUD_MINUTE_SECONDS", MINUTE)))
        capacity = Capacity(lambda: _sagemaker(context))
        self.sources = ServiceMetrics(context, pace)
        self._context = context
        self._registry = Registry(context, capacity)
        self._scaling = Scaling(context, pace, capacity)
        self._alarms = Alarms(context, pace, self._scaling, self.sources)
        self.panels: dict[str, Panel] = {
            "alarms": AlarmKnobs(self._alarms, pace),
            "scaling": ScalingKnobs(self._scaling),
        }

    def start(self) -> None:
        """Fill moto's gaps, and begin to watch."""
        alarms_seam.install(self._context, self._alarms)
        scalable_targets.install(self._context, self._scaling, self._registry)
        self._context.bus.listen(self.sources.heard)
        self._context.bus.listen(self._endpoint_changed)
        self._alarms.start()

    def close(self) -> None:
        """Judge and scale nothing more."""
        self._scaling.on = False
        self._alarms.close()

    def _endpoint_changed(self, event: dict[str, Any]) -> None:
        if event["source"] == "aws.sagemaker" and event["detail"].get("EndpointStatus") == "DELETING":
            self._registry.endpoint_gone(event["detail"]["EndpointName"])


@dataclass
class AlarmKnobs:
    """`alarms`: on or off, how fast a minute goes, the states; `alarms/judge` judges some of them now."""

    alarms: Alarms
    pace: Pace

    def read(self) -> Json:
        """What they stand at."""
        return {"on": self.alarms.on, "minute_seconds": self.pace.minute_seconds, "states": self.alarms.states()}

    def write(self, changes: Json) -> Json:
        """Turn `on` or `minute_seconds`, which is the pace of scaling too."""
        only(changes, "on", "minute_seconds")
        self.alarms.on = bool(changes.get("on", self.alarms.on))
        self.pace.turn(float(changes.get("minute_seconds", self.pace.minute_seconds)))
        return self.read()

    def act(self, path: str, body: Json) -> Json:
        """`judge` those whose names contain `name` (all, when there is none), by periods that end now."""
        if path != "judge":
            raise ValueError(f"There is nothing to do at alarms/{path}: alarms/judge.")
        return {"states": self.alarms.judge_now(str(body.get("name", "")), time.time())}


@dataclass
class ScalingKnobs:
    """`scaling`: on or off, and the last activities."""

    scaling: Scaling

    def read(self) -> Json:
        """What they stand at; activities newest first."""
        shown = [activity.shown() for activity in reversed(self.scaling.activities)]
        return {"on": self.scaling.on, "activities": shown[:SHOWN_ACTIVITIES]}

    def write(self, changes: Json) -> Json:
        """Turn `on`."""
        only(changes, "on")
        self.scaling.on = bool(changes.get("on", self.scaling.on))
        return self.read()

    def act(self, path: str, _body: Json) -> Json:
        """There is nothing to do once."""
        raise ValueError(f"There is nothing to do at scaling/{path}.")


def _sagemaker(context: Context) -> Any:
    return boto3.client(
        "sagemaker",
        endpoint_url=context.endpoint,
        region_name=context.region,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"}),
    )
