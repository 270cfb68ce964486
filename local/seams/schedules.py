"""Schedules that fire: EventBridge rules with an expression, and EventBridge Scheduler.

moto stores both and fires neither. A ticker looks once a second; a knob fires any schedule at once. What Scheduler
cannot deliver goes to the target's dead letters at once: the hours of retries before it are left out.
"""

import json
import logging
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

from local.context import Context
from local.events.bus import now_iso
from local.events.expressions import next_due
from local.seams.event_rules import send, send_to_targets
from local.seams.schedule_entries import Entry, entries, is_open

log = logging.getLogger(__name__)


class Schedules:
    """Fires what is due. `on` is a knob: background sweeps can get in the way of a test."""

    def __init__(self, context: Context) -> None:
        self.on = True
        self._context = context
        self._due: dict[tuple[str, str, str], datetime | None] = {}
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin to look once a second."""
        threading.Thread(target=self._run, name="schedules", daemon=True).start()

    def fire(self, name: str) -> list[str]:
        """Fire every enabled schedule whose name contains `name` now; returns the names of those fired.

        The name of a schedule in a group other than `default` is `group/name`.
        """
        chosen = [entry for entry in entries(self._context, datetime.now(UTC)) if name in entry.name]
        for entry in chosen:
            self._fire(entry)
            if entry.expression.startswith("at("):
                self._complete(entry)
        return [entry.name for entry in chosen]

    def names(self) -> list[str]:
        """Every enabled schedule."""
        return sorted(entry.name for entry in entries(self._context, datetime.now(UTC)))

    def close(self) -> None:
        """Fire nothing more."""
        self._ending.set()

    def tick(self, now: datetime) -> None:
        """Fire what is due; one that cannot be read keeps no other from firing."""
        found = entries(self._context, now)
        there = {entry.due_by for entry in found}
        self._due = {key: due for key, due in self._due.items() if key in there}
        for entry in found:
            try:
                self._look_at(entry, now)
            except Exception:
                log.exception("schedule %s could not be looked at", entry.name)

    def _run(self) -> None:
        while not self._ending.wait(1.0):
            try:
                self.tick(datetime.now(UTC))
            except Exception:
                log.exception("schedules could not be looked at")

    def _look_at(self, entry: Entry, now: datetime) -> None:
        if entry.due_by not in self._due:
            self._due[entry.due_by] = next_due(entry.expression, entry.since or now, entry.zone)
        due = self._due[entry.due_by]
        if due is None or due > now:
            return
        self._due[entry.due_by] = following = next_due(entry.expression, now, entry.zone)
        if not self.on:
            return
        self._fire(entry)
        if following is None or not is_open(entry.source, following):
            self._complete(entry)

    def _fire(self, entry: Entry) -> None:
        context = self._context
        if entry.is_rule:
            event = _scheduled_event(context, entry.key, "aws.events")
            context.bus.later(0.0, lambda: send_to_targets(context, entry.source, event))
            return
        event = _scheduled_event(context, entry.key, "aws.scheduler")
        text = _filled(entry.source.target.get("Input") or json.dumps(event), entry)
        context.bus.later(0.0, lambda: self._deliver(entry, text))

    def _deliver(self, entry: Entry, text: str) -> None:
        target = entry.source.target
        try:
            send(self._context, target, text)
        except Exception as error:
            log.warning("schedule %s could not reach %s: %s", entry.name, target["Arn"], error)
            queue = target.get("DeadLetterConfig", {}).get("Arn")
            if queue:
                self._bury(queue, entry, text, error)

    def _bury(self, queue: str, entry: Entry, text: str, error: Exception) -> None:
        facts = {"SCHEDULE_ARN": entry.key, "TARGET_ARN": entry.source.target["Arn"],
                 "ERROR_CODE": type(error).__name__, "ERROR_MESSAGE": str(error) or "-",
                 "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}  # fmt: skip
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
        with self._context.serial:
            queues = sqs_backends[self._context.account][self._context.region]
            queues.send_message(queue.rsplit(":", 1)[-1], text, message_attributes=attributes)

    def _complete(self, entry: Entry) -> None:
        """A schedule that will not fire again is deleted if it asked for it."""
        if entry.is_rule or entry.source.action_after_completion != "DELETE":
            return
        with self._context.serial:
            backend = scheduler_backends[self._context.account][self._context.region]
            group: Any = backend.schedule_groups.get(entry.source.group_name)
            if group is not None and group.schedules.get(entry.source.name) is entry.source:
                group.delete_schedule(entry.source.name)


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
