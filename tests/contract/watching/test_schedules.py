"""Schedules that fire, in virtual time: what is due, what it sends, what is left of it afterwards."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import scheduler_backends

from local.seams.schedule_api import check
from local.seams.schedules import Schedules

NOW = datetime(2030, 3, 4, 5, 59, 30, tzinfo=UTC)
OFF = {"Mode": "OFF"}


class Clockwork:
    """A queue that schedules send to, and a clock that is moved by hand."""

    def __init__(self, world):
        self.world = world
        self.backend = scheduler_backends[world.account]["us-east-1"]
        self.queue = world.sqs.create_queue("due", {})
        self.dead = world.sqs.create_queue("dead", {})
        self.schedules = Schedules(world.context)
        self.schedules.tick(NOW)

    def make(self, name, expression, *, group="default", target=None, made=NOW, **members):
        usual = {
            "description": "", "end_date": None, "flexible_time_window": OFF, "group_name": group, "kms_key_arn": None,
            "schedule_expression_timezone": None, "start_date": None, "state": "ENABLED",
            "action_after_completion": None,
        }  # fmt: skip
        wanted = {"Arn": self.queue.queue_arn, "RoleArn": "arn:aws:iam::1:role/r", "Input": name} | (target or {})
        schedule = self.backend.create_schedule(
            **usual | {"name": name, "schedule_expression": expression, "target": wanted} | members
        )
        schedule.creation_date = schedule.last_modified_date = made.timestamp()

    def at(self, moment):
        """Look at this moment; returns what was sent since, by body."""
        self.schedules.tick(moment)
        self.world.bus.settle()
        return self.sent()

    def sent(self):
        bodies, self.queue._messages = [message.body for message in self.queue._messages], []
        return bodies

    def there(self):
        return [name for group in self.backend.schedule_groups.values() for name in group.schedules]


@pytest.fixture
def clockwork(world):
    return Clockwork(world)


def test_a_cron_schedule_fires_in_its_time_zone_and_again_the_next_day(clockwork):
    clockwork.make("six", "cron(0 6 * * ? *)")
    clockwork.make("berlin", "cron(30 7 * * ? *)", schedule_expression_timezone="Europe/Berlin")
    assert clockwork.at(NOW) == []
    assert clockwork.at(NOW + timedelta(seconds=30)) == ["six"]
    assert clockwork.at(NOW + timedelta(seconds=31)) == []
    assert clockwork.at(datetime(2030, 3, 4, 6, 30, tzinfo=UTC)) == ["berlin"]
    assert sorted(clockwork.at(NOW + timedelta(days=1, hours=1))) == ["berlin", "six"]


def test_a_rate_fires_again_and_again(clockwork):
    clockwork.make("often", "rate(1 minute)")
    moments = [NOW + timedelta(seconds=seconds) for seconds in range(0, 181, 20)]
    assert [len(clockwork.at(moment)) for moment in moments] == [0, 0, 0, 1, 0, 0, 1, 0, 0, 1]


def test_a_one_time_schedule_fires_once_even_if_its_time_came_before_anyone_looked(clockwork):
    clockwork.make("once", "at(2030-03-04T05:59:31)")
    assert clockwork.at(NOW + timedelta(seconds=5)) == ["once"]
    assert clockwork.at(NOW + timedelta(seconds=6)) == []
    assert clockwork.there() == ["once"]


def test_one_that_is_done_is_deleted_if_it_asked_for_it(clockwork):
    clockwork.make("once", "at(2030-03-04T06:00:00)", action_after_completion="DELETE")
    end = datetime(2030, 3, 4, 7, 30, tzinfo=UTC).timestamp()
    clockwork.make("hourly", "cron(0 * * * ? *)", action_after_completion="DELETE", end_date=end)
    assert sorted(clockwork.at(NOW)) == []
    assert sorted(clockwork.at(datetime(2030, 3, 4, 6, tzinfo=UTC))) == ["hourly", "once"]
    assert clockwork.there() == ["hourly"]
    assert clockwork.at(datetime(2030, 3, 4, 7, tzinfo=UTC)) == ["hourly"]
    assert clockwork.there() == []


def test_disabled_ended_and_not_begun_ones_do_not_fire(clockwork):
    clockwork.make("off", "rate(1 minute)", state="DISABLED")
    clockwork.make("over", "rate(1 minute)", end_date=(NOW - timedelta(days=1)).timestamp())
    clockwork.make("later", "rate(1 minute)", start_date=(NOW + timedelta(days=1)).timestamp())
    clockwork.at(NOW)
    assert clockwork.at(NOW + timedelta(hours=1)) == []


def test_groups_keep_schedules_of_one_name_apart(clockwork):
    clockwork.backend.create_schedule_group("acme", [])
    clockwork.make("nightly", "at(2030-03-04T06:00:00)", action_after_completion="DELETE")
    clockwork.make("nightly", "at(2031-01-01T00:00:00)", group="acme", target={"Input": "of acme"})
    assert clockwork.schedules.names() == ["acme/nightly", "nightly"]
    assert clockwork.schedules.fire("acme/night") == ["acme/nightly"]
    clockwork.world.bus.settle()
    assert clockwork.sent() == ["of acme"]
    clockwork.at(NOW)
    clockwork.at(NOW + timedelta(minutes=1))
    assert clockwork.backend.schedule_groups["acme"].schedules.keys() == {"nightly"}
    assert clockwork.backend.schedule_groups["default"].schedules == {}


def test_the_target_is_told_of_the_schedule(clockwork):
    clockwork.make("plain", "at(2030-03-04T06:00:00)", target={"Input": None})
    clockwork.make("named", "at(2030-03-04T06:00:00)", target={"Input": '["<aws.scheduler.schedule-arn>"]'})
    clockwork.at(NOW)
    plain, named = map(json.loads, clockwork.at(NOW + timedelta(minutes=1)))
    arn = f"arn:aws:scheduler:us-east-1:{clockwork.world.account}:schedule/default/"
    assert (plain["source"], plain["resources"]) == ("aws.scheduler", [f"{arn}plain"])
    assert named == [f"{arn}named"]


def test_what_cannot_be_delivered_goes_to_the_dead_letters(clockwork):
    gone = {"Arn": f"{clockwork.queue.queue_arn}-gone", "DeadLetterConfig": {"Arn": clockwork.dead.queue_arn}}
    clockwork.make("lost", "at(2030-03-04T06:00:00)", target=gone)
    clockwork.at(NOW)
    clockwork.at(NOW + timedelta(minutes=1))
    [letter] = clockwork.dead._messages
    assert letter.body == "lost"
    attributes = {name: value["StringValue"] for name, value in letter.message_attributes.items()}
    assert attributes["TARGET_ARN"] == gone["Arn"]
    assert attributes["SCHEDULE_ARN"].endswith(":schedule/default/lost")


def test_one_that_cannot_be_read_keeps_no_other_from_firing(clockwork):
    clockwork.make("bad", "every day")
    clockwork.make("good", "at(2030-03-04T06:00:00)")
    clockwork.at(NOW)
    assert clockwork.at(NOW + timedelta(minutes=1)) == ["good"]


def test_switched_off_nothing_is_sent_or_deleted(clockwork):
    clockwork.make("once", "at(2030-03-04T06:00:00)", action_after_completion="DELETE")
    clockwork.schedules.on = False
    clockwork.at(NOW)
    assert clockwork.at(NOW + timedelta(minutes=1)) == []
    assert clockwork.there() == ["once"]


@pytest.mark.parametrize(
    ("members", "why"),
    [
        pytest.param({"schedule_expression": "cron(0 2 * *)"}, "Invalid Schedule Expression", id="expression"),
        pytest.param({"schedule_expression_timezone": "Mars/Olympus"}, "Timezone is not valid", id="zone"),
        pytest.param({"flexible_time_window": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes", id="window"),
    ],
)
def test_what_is_no_schedule_is_refused(members, why):
    usual = {"schedule_expression": "rate(1 day)", "schedule_expression_timezone": None, "flexible_time_window": OFF}
    check(usual)
    with pytest.raises(ValidationException, match=why):
        check(usual | members)
