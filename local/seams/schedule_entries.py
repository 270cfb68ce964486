"""What there is to fire: the enabled rules and schedules that moto stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from local.context import Context


@dataclass(frozen=True)
class Entry:
    """One schedule as it stands now."""

    key: str  # ARN
    name: str
    expression: str
    zone: str
    source: Any  # moto's rule or schedule

    @property
    def due_by(self) -> tuple[str, str, str]:
        """What its next time depends on."""
        return self.key, self.expression, self.zone

    @property
    def since(self) -> datetime | None:
        """When a one-time schedule was made: its time may have come before it is looked at first."""
        if not self.expression.startswith("at(") or self.is_rule:
            return None
        return datetime.fromtimestamp(self.source.last_modified_date, UTC)

    @property
    def is_rule(self) -> bool:
        """Whether it is a rule of a bus rather than a schedule of Scheduler."""
        return hasattr(self.source, "targets")


def entries(context: Context, now: datetime) -> list[Entry]:
    """Every enabled rule with an expression, and every enabled schedule whose time has begun and not ended."""
    with context.serial:
        return [*_rules(context), *_schedules(context, now)]


def is_open(schedule: Any, now: datetime) -> bool:
    """Whether now lies between the schedule's start and end, which one-time schedules and rules do not have."""
    if getattr(schedule, "schedule_expression", "at(").startswith("at("):
        return True
    start, end = _moment(schedule.start_date), _moment(schedule.end_date)
    return (start is None or start <= now) and (end is None or now < end)


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rules(context: Context) -> Iterator[Entry]:
    for rule in events_backends[context.account][context.region].event_buses["default"].rules.values():
        if rule.scheduled_expression and rule.state == "ENABLED":
            yield Entry(rule.arn, rule.name, rule.scheduled_expression, "UTC", rule)


def _schedules(context: Context, now: datetime) -> Iterator[Entry]:
    for group in scheduler_backends[context.account][context.region].schedule_groups.values():
        for each in group.schedules.values():
            if each.state == "ENABLED" and is_open(each, now):
                name = each.name if group.name == "default" else f"{group.name}/{each.name}"
                zone = each.schedule_expression_timezone
                yield Entry(each.arn, name, each.schedule_expression, zone, each)
