"""The Schedules port, in EventBridge Scheduler and in its twin."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import boto3
import pytest

from tenantry.adapters.aws.scheduler import SchedulerSchedules
from tenantry.adapters.memory.schedules import MemorySchedules
from tenantry.ports import Schedules
from tests.contract.conftest import ACCOUNT, MACHINES, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/tenantry-ScheduleRole"
DEAD = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"


class Put(NamedTuple):
    """A schedule as it stands."""

    expression: str
    payload: dict[str, Any]
    enabled: bool


class Timetable(NamedTuple):
    """The port, and a look at what it did."""

    port: Schedules
    look: Callable[[str], Put]


@pytest.fixture
def timetable(world: str, request: pytest.FixtureRequest) -> Timetable:
    if world == "memory":
        twin = MemorySchedules()
        return Timetable(twin, lambda name: Put(*vars(twin.all[name]).values()))
    client = request.getfixturevalue("aws").client("scheduler")
    client.create_schedule_group(Name="tenantry")
    return Timetable(made(client), lambda name: looked(client, name))


def made(client: Any) -> SchedulerSchedules:
    return SchedulerSchedules(
        client, group="tenantry", machine_arn=f"{MACHINES}run-batch", role_arn=ROLE, dead_letters=DEAD
    )


def looked(client: Any, name: str) -> Put:
    found = client.get_schedule(GroupName="tenantry", Name=name)
    assert (found["FlexibleTimeWindow"], found["ScheduleExpressionTimezone"]) == ({"Mode": "OFF"}, "UTC")
    return Put(found["ScheduleExpression"], json.loads(found["Target"]["Input"]), found["State"] == "ENABLED")


def test_a_schedule_is_made_and_brought_after_what_is_wanted(timetable: Timetable) -> None:
    timetable.port.put("acme.churn", "rate(1 day)", {"tenant": "acme"})
    assert timetable.look("acme.churn") == Put("rate(1 day)", {"tenant": "acme"}, True)
    timetable.port.put("acme.churn", "cron(0 2 * * ? *)", {"tenant": "acme"}, enabled=False)
    assert timetable.look("acme.churn") == Put("cron(0 2 * * ? *)", {"tenant": "acme"}, False)


def test_names_are_those_that_begin_so(timetable: Timetable) -> None:
    for name in ("acme.churn", "acme.risk", "acme-eu.churn", "a.churn"):
        timetable.port.put(name, "rate(1 day)", {})
    assert sorted(timetable.port.names("acme.")) == ["acme.churn", "acme.risk"]


def test_removing_what_is_gone_is_success(timetable: Timetable) -> None:
    timetable.port.put("acme.churn", "rate(1 day)", {})
    for _ in range(2):
        timetable.port.remove("acme.churn")
    assert timetable.port.names("acme.") == []


def test_a_schedule_starts_the_machine_with_its_role_and_buries_what_it_cannot(aws: boto3.Session) -> None:
    client = aws.client("scheduler")
    client.create_schedule_group(Name="tenantry")
    made(client).put("acme.churn", "rate(1 day)", {})
    target = client.get_schedule(GroupName="tenantry", Name="acme.churn")["Target"]
    assert (target["Arn"], target["RoleArn"]) == (f"{MACHINES}run-batch", ROLE)
    assert target["DeadLetterConfig"] == {"Arn": DEAD}
