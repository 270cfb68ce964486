"""EventBridge Scheduler's API.

moto stores expressions and time zones that are none, falls over a group that does not exist, and leaves a schedule
without a state when an update names none; Scheduler refuses the former and has defaults for the latter.
"""

import json
from datetime import UTC, datetime
from typing import Any

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend as Backend
from moto.scheduler.responses import EventBridgeSchedulerResponse as Response

from local.context import Context
from local.events.expressions import next_due
from local.seams.replace import replace


def install(_context: Context) -> None:
    """Check what is stored."""
    create = replace(Backend, "create_schedule", None)
    update = replace(Backend, "update_schedule", None)
    delete_group = replace(Backend, "delete_schedule_group", None)
    answer_update = replace(Response, "update_schedule", None)

    def create_checked(backend: Any, **members: Any) -> Any:
        check(members)
        backend.get_schedule_group(members["group_name"])
        return create(backend, **members)

    def update_checked(backend: Any, **members: Any) -> Any:
        check(members)
        return update(backend, **members | {"state": members["state"] or "ENABLED"})

    def update_with_completion(request: Any) -> str:
        answer = str(answer_update(request))
        asked = json.loads(request.body)
        name = request.uri.split("?")[0].split("/")[-1]
        schedule = request.scheduler_backend.get_schedule(asked.get("GroupName"), name)
        schedule.action_after_completion = asked.get("ActionAfterCompletion")
        return answer

    def delete_existing_group(backend: Any, name: str | None) -> None:
        backend.get_schedule_group(name)
        delete_group(backend, name)

    replace(Backend, "create_schedule", create_checked)
    replace(Backend, "update_schedule", update_checked)
    replace(Backend, "delete_schedule_group", delete_existing_group)
    replace(Response, "update_schedule", update_with_completion)


def check(members: dict[str, Any]) -> None:
    """The expression, its time zone and the window.

    Raises:
        ValidationException: one of them is none.

    """
    expression, zone = members["schedule_expression"], members["schedule_expression_timezone"] or "UTC"
    window = members["flexible_time_window"]
    if (window.get("Mode") == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise ValidationException("MaximumWindowInMinutes is for flexible time windows, and they need it.")
    try:
        next_due("cron(0 0 * * ? *)", datetime.now(UTC), zone)
    except (ValueError, KeyError, OSError) as error:
        raise ValidationException(f"Provided ScheduleExpressionTimezone is not valid: {zone}.") from error
    try:
        next_due(expression, datetime.now(UTC), zone)
    except ValueError as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from error
