"""Schedules in EventBridge Scheduler, in the stack's own group. Scheduler retries for a day, then buries the event."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, message, translated
from tenantry.domain.errors import ReleaseFailed, Unavailable


class SchedulerSchedules:
    """The `Schedules` port. `client` is Scheduler's; with `role_arn` it starts the machine and fills `dead_letters`."""

    def __init__(self, client: Any, *, group: str, machine_arn: str, role_arn: str, dead_letters: str) -> None:
        self._client, self._group = client, group
        self._machine, self._role, self._dead_letters = machine_arn, role_arn, dead_letters

    @translated()
    def put(self, name: str, expression: str, payload: dict[str, Any], *, enabled: bool = True) -> None:
        wanted: Any = {
            "Name": name,
            "GroupName": self._group,
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED" if enabled else "DISABLED",
            "Target": {
                "Arn": self._machine,
                "RoleArn": self._role,
                "Input": json.dumps(payload, sort_keys=True),
                "DeadLetterConfig": {"Arn": self._dead_letters},
                "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
            },
        }
        try:
            self._put(wanted)
        except ClientError as error:
            if code(error) == "ValidationException":
                raise ReleaseFailed(f"schedule {expression}: {message(error)}") from error
            if code(error) == "ConflictException":
                raise Unavailable(message(error)) from error
            raise

    @translated()
    def remove(self, name: str) -> None:
        try:
            self._client.delete_schedule(GroupName=self._group, Name=name)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise

    @translated()
    def names(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_schedules").paginate(GroupName=self._group, NamePrefix=prefix)
        return [one["Name"] for page in pages for one in page["Schedules"]]

    def _put(self, wanted: Any) -> None:
        """One of this name is there as a rule: the profile was dropped before."""
        try:
            self._client.update_schedule(**wanted)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            self._client.create_schedule(**wanted)
