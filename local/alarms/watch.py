"""The watch over all alarms: judges each as its minute ends, and sets off what a change of state asks for."""

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, Protocol

from moto.cloudwatch.models import cloudwatch_backends
from moto.sns.models import sns_backends

from local.alarms.alarm import watched
from local.alarms.change import Change, event, message, reason_data, subject, values_in
from local.alarms.judgement import judge
from local.alarms.pace import Pace
from local.alarms.store import Store
from local.context import Context

log = logging.getLogger(__name__)

LOOKS_PER_MINUTE = 12


class Source(Protocol):
    """Whoever has metrics to put before alarms are judged."""

    def tick(self, now: float) -> None:
        """The time is `now`, in seconds since the epoch."""


class Policies(Source, Protocol):
    """Whoever carries out scaling policies."""

    def scale(self, arn: str, change: Change) -> None:
        """Carry out the policy of this ARN, as an alarm in ALARM asks for it."""


class Alarms:
    """Judges metric alarms. `on` is a knob: alarms can get in the way of a test."""

    def __init__(self, context: Context, pace: Pace, policies: Policies, *sources: Source) -> None:
        self.on = True
        self._context = context
        self._pace = pace
        self._policies = policies
        self._sources = (policies, *sources)
        self._backend: Any = cloudwatch_backends[context.account][context.region]
        self._store = Store(self._backend)
        self._judged: dict[str, float] = {}
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin to look at the alarms, twelve times a minute."""
        threading.Thread(target=self._run, name="alarms", daemon=True).start()

    def close(self) -> None:
        """Judge nothing more."""
        self._ending.set()

    def states(self) -> dict[str, str]:
        """The state of every alarm by name."""
        with self._context.serial:
            return {alarm.name: alarm.state_value for alarm in self._backend.describe_alarms()}

    def tick(self, now: float) -> None:
        """Judge every alarm whose minute has ended since it was judged last."""
        for source in self._sources:
            source.tick(now)
        with self._context.serial:
            changes = [self._judge(alarm, end, now) for alarm, end in self._due(now)]
        for change in filter(None, changes):
            self.act(change)

    def judge_now(self, name: str, now: float) -> dict[str, str]:
        """Judge the alarms whose names contain `name` by periods that end now; returns their states by name."""
        with self._context.serial:
            chosen = [alarm for alarm in self._metric_alarms() if name in alarm.name]
            changes = [self._judge(alarm, now, now) for alarm in chosen]
        for change in filter(None, changes):
            self.act(change)
        return {alarm.name: alarm.state_value for alarm in chosen}

    def was_set(self, alarm: Any, before: Any) -> None:
        """SetAlarmState: what a new state asks for is done as if it had been judged."""
        change = Change(alarm, before, alarm.state_value, alarm.state_reason,
                        values_in(alarm.state_reason_data), time.time())  # fmt: skip
        if change.new:
            self._context.bus.later(0.0, lambda: self.act(change))

    def act(self, change: Change) -> None:
        """Tell EventBridge, and carry out the actions; one that fails does not keep the others from theirs."""
        if change.new:
            self._context.bus.emit(event(change, self._context.account))
        for arn in change.actions:
            try:
                self._carry_out(arn, change)
            except Exception as error:
                log.warning("alarm %s could not reach %s: %s", change.alarm.name, arn, error)

    def _carry_out(self, arn: str, change: Change) -> None:
        match arn.split(":")[2]:
            case "autoscaling":
                self._policies.scale(arn, change)
            case "sns" if change.new:
                self._publish(arn, change)
            case "lambda" if change.new:
                self._context.functions.leave(arn, {"source": "aws.cloudwatch", "alarmArn": change.alarm.alarm_arn,
                                                    **event(change, self._context.account)})  # fmt: skip

    def _publish(self, arn: str, change: Change) -> None:
        with self._context.serial:
            topics = sns_backends[self._context.account][self._context.region]
            topics.publish(message(change, self._context.account), arn=arn, subject=subject(change))

    def _metric_alarms(self) -> list[Any]:
        return [alarm for alarm in self._backend.describe_alarms() if not alarm.rule]

    def _due(self, now: float) -> Iterator[tuple[Any, float]]:
        """The alarms of which another minute has ended, and when it did."""
        for alarm in self._metric_alarms():
            end = watched(alarm).boundary(now, self._pace)
            if self._judged.get(alarm.name) != end:
                self._judged[alarm.name] = end
                yield alarm, end

    def _judge(self, alarm: Any, end: float, now: float) -> Change | None:
        """The state the alarm is in; moto is told when it is another one. None when it cannot be judged here."""
        found = watched(alarm)
        try:
            points = found.points(self._store.samples, end, self._pace)
        except (ValueError, KeyError, StopIteration) as error:
            log.warning("alarm %s cannot be judged: %s", alarm.name, error)
            return None
        before = alarm.state_value
        judgement = judge(found.condition, points, before)
        data = reason_data(alarm, judgement, now)
        if judgement.state != before:
            alarm.update_state(judgement.reason, data, judgement.state)
        alarm.state_reason_data = data  # fresh while the state lasts: several policies weigh by their data points
        return Change(alarm, before, judgement.state, judgement.reason, judgement.values, now)

    def _run(self) -> None:
        while not self._ending.wait(min(1.0, self._pace.minute_seconds / LOOKS_PER_MINUTE)):
            try:
                if self.on:
                    self.tick(time.time())
            except Exception:
                log.exception("alarms could not be looked at")
