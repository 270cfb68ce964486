"""Schedules that fire: EventBridge rules with an expression, and EventBridge Scheduler.

moto stores both and fires neither. A ticker looks once a second; a knob fires any schedule at once.
"""

import json
import logging
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from local.context import Context
from local.events.bus import now_iso
from local.events.expressions import next_due
from local.seams.event_rules import send, send_to_targets

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One schedule as it stands now."""

    key: str  # ARN
    name: str
    expression: str
    zone: str
    source: Any  # moto's rule or schedule

    @property
    def is_rule(self) -> bool:
        """Whether it is a rule of a bus rather than a schedule of Scheduler."""
        return hasattr(self.source, "targets")


class Schedules:
    """Fires what is due. `on` is a knob: background sweeps can get in the way of a test."""

    def __init__(self, context: Context) -> None:
        self.on = True
        self._context = context
        self._due: dict[tuple[str, str], datetime | None] = {}
        self._ending = threading.Event()
        threading.Thread(target=self._run, name="schedules", daemon=True).start()

    def fire(self, name: str) -> list[str]:
        """Fire every enabled schedule whose name contains `name` now; returns the names of those fired."""
        chosen = [entry for entry in self._entries() if name in entry.name]
        for entry in chosen:
            self._fire(entry)
        return [entry.name for entry in chosen]

    def names(self) -> list[str]:
        """Every enabled schedule."""
        return sorted(entry.name for entry in self._entries())

    def close(self) -> None:
        """Fire nothing more."""
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.wait(1.0):
            try:
                self._tick(datetime.now(UTC))
            except Exception:
                log.exception("schedules could not be looked at")

    def _tick(self, now: datetime) -> None:
        for entry in self._entries():
            key = (entry.key, entry.expression)
            if key not in self._due:
                self._due[key] = next_due(entry.expression, now, entry.zone)
            due = self._due[key]
            if due is not None and due <= now:
                self._due[key] = next_due(entry.expression, now, entry.zone)
                if self.on:
                    self._fire(entry)

    def _entries(self) -> list[Entry]:
        with self._context.serial:
            return [*self._rules(), *self._schedules()]

    def _rules(self) -> Iterator[Entry]:
        bus = events_backends[self._context.account][self._context.region].event_buses["default"]
        for rule in bus.rules.values():
            if rule.scheduled_expression and rule.state == "ENABLED":
                yield Entry(rule.arn, rule.name, rule.scheduled_expression, "UTC", rule)

    def _schedules(self) -> Iterator[Entry]:
        now = datetime.now(UTC)
        for group in scheduler_backends[self._context.account][self._context.region].schedule_groups.values():
            for schedule in group.schedules.values():
                if schedule.state == "ENABLED" and _open(schedule, now):
                    yield Entry(
                        schedule.arn, schedule.name, schedule.schedule_expression,
                        schedule.schedule_expression_timezone, schedule,
                    )  # fmt: skip

    def _fire(self, entry: Entry) -> None:
        context = self._context
        if entry.is_rule:
            event = _scheduled_event(context, entry.key, "aws.events")
            context.bus.later(0.0, lambda: send_to_targets(context, entry.source, event))
            return
        target = entry.source.target
        event = _scheduled_event(context, entry.key, "aws.scheduler")
        text = _filled(target.get("Input") or json.dumps(event), entry)
        context.bus.later(0.0, lambda: send(context, target, text))
        if entry.expression.startswith("at(") and entry.source.action_after_completion == "DELETE":
            with context.serial:
                backend = scheduler_backends[context.account][context.region]
                backend.delete_schedule(entry.source.group_name, entry.name)


def _open(schedule: Any, now: datetime) -> bool:
    """Whether now lies between the schedule's start and end."""
    start, end = _moment(schedule.start_date), _moment(schedule.end_date)
    return (start is None or start <= now) and (end is None or now < end)


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _scheduled_event(context: Context, arn: str, source: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": context.account,
        "time": now_iso(),
        "region": context.region,
        "resources": [arn],
        "detail": {},
    }


def _filled(text: str, entry: Entry) -> str:
    """Scheduler's context attributes, filled in as it does."""
    values = {
        "<aws.scheduler.schedule-arn>": entry.key,
        "<aws.scheduler.scheduled-time>": now_iso(),
        "<aws.scheduler.execution-id>": str(uuid.uuid4()),
        "<aws.scheduler.attempt-number>": "1",
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text
