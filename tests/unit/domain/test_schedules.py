"""Which texts are schedules. What is taken here, the local cloud's Scheduler must be able to read, too."""

import itertools
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from local.events.expressions import next_due
from tenantry.domain.option_settings import BatchSettings
from tenantry.domain.schedules import RIGHT, recurring

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RIGHT_ONES = [
    "cron(0 2 * * ? *)",
    "cron(0/15 8-18 ? * MON-FRI *)",
    "cron(30 6 1,15 * ? 2026-2030)",
    "cron(0 0 L * ? *)",
    "cron(0 0 15W * ? *)",
    "cron(0 12 ? JAN,jul TUE#1 *)",
    "cron(5 4 ? * 6L *)",
    "cron(5 4 ? * L *)",
    "cron(*/10 * ? 1/3 * *)",
    "rate(1 hour)",
    "rate(12 hours)",
    "rate(1 day)",
    "rate(90 minutes)",
]
WRONG = {
    "every night": "it is neither cron(...) nor rate(...)",
    "": "it is neither cron(...) nor rate(...)",
    "at(2026-12-01T02:00:00)": "it is neither cron(...) nor rate(...)",
    "CRON(0 2 * * ? *)": "it is neither cron(...) nor rate(...)",
    "cron(0 2 * * ? *) ": "it is neither cron(...) nor rate(...)",
    "0 2 * * *": "it is neither cron(...) nor rate(...)",
    "cron(0 2 * * *)": "cron has 6 fields (minutes, hours, day of the month, month, day of the week, year), and here",
    "cron(0  2 * * ? *)": "and here are 7",
    "cron(0 2 * * * *)": "one of day of the month and day of the week is ?, and the other is not",
    "cron(0 2 ? * ? *)": "one of day of the month and day of the week is ?, and the other is not",
    "cron(60 2 * * ? *)": '"60" is not what its field minutes can be (0 to 59)',
    "cron(0 24 * * ? *)": '"24" is not what its field hours can be (0 to 23)',
    "cron(0 2 32 * ? *)": '"32" is not what its field day of the month can be (1 to 31)',
    "cron(0 2 0 * ? *)": '"0" is not what its field day of the month can be',
    "cron(0 2 * 13 ? *)": '"13" is not what its field month can be (1 to 12, or JAN to DEC)',
    "cron(0 2 ? * 8 *)": '"8" is not what its field day of the week can be (1 to 7, or SUN to SAT)',
    "cron(0 2 ? * MONDAY *)": '"MONDAY" is not what its field day of the week can be',
    "cron(0 2 ? * MON#6 *)": '"MON#6" is not what',
    "cron(0 2 ? * 2#1,3#1 *)": '"2#1,3#1" is not what',
    "cron(0 2 * * ? 1969)": '"1969" is not what its field year can be (1970 to 2199)',
    "cron(? 2 * * ? *)": '"?" is not what its field minutes can be',
    "cron(0/0 2 * * ? *)": '"0/0" is not what',
    "cron(0/ 2 * * ? *)": '"0/" is not what',
    "cron(, 2 * * ? *)": '"," is not what',
    "cron(1- 2 * * ? *)": '"1-" is not what',
    "cron(٣ 2 * * ? *)": "is not what its field minutes can be",
    "rate(0 hours)": "rate takes a whole number above 0",
    "rate(1.5 hours)": "rate takes a whole number above 0",
    "rate(5 weeks)": "rate takes a whole number above 0, a space, and minutes, hours or days",
    "rate(30 seconds)": "rate takes a whole number above 0",
    "rate(1 hours)": "its unit is hour for 1",
    "rate(6 hour)": "its unit is hours for 6",
}


@pytest.mark.parametrize("expression", RIGHT_ONES)
def test_a_schedule_is_taken_and_comes_round_again(expression: str) -> None:
    assert recurring(expression) == expression
    first = next_due(expression, NOW)
    assert first is not None
    second = next_due(expression, first)
    assert second is not None
    assert second > first > NOW


@pytest.mark.parametrize(("expression", "why"), WRONG.items(), ids=[f"wrong {number}" for number in range(len(WRONG))])
def test_what_is_none_is_told_why_and_what_right_ones_look_like(expression: str, why: str) -> None:
    with pytest.raises(ValueError, match="is no schedule") as raised:
        recurring(expression)
    said = str(raised.value)
    assert (why in said, RIGHT in said) == (True, True), said


def test_the_right_ones_that_are_shown_are_right() -> None:
    shown = [part.split(" is ")[0] for part in RIGHT.split(", ")]
    assert [recurring(one) for one in shown] == ["cron(0 2 * * ? *)", "rate(6 hours)"]


def test_every_number_of_every_field_is_taken() -> None:
    bounds = {0: (0, 59), 1: (0, 23), 2: (1, 31), 3: (1, 12), 5: (1970, 2199)}
    usual = ["0", "2", "*", "*", "?", "*"]
    for field, (low, high) in bounds.items():
        for number in itertools.chain(range(low, high + 1, 7), (high,)):
            fields = [*usual[:field], str(number), *usual[field + 1 :]]
            assert recurring(f"cron({' '.join(fields)})")


def test_a_profile_says_the_schedule_and_what_jobs_run_on() -> None:
    settings = BatchSettings.model_validate({"schedule": "rate(6 hours)", "concurrency": 4, "payload_mb": 25})
    assert (settings.split, settings.instance_type, settings.instances) == ("line", "ml.m5.large", 1)
    for wrong, words in (
        ({"schedule": "rate(6 hour)"}, "is no schedule"),
        ({"concurrency": 5, "payload_mb": 25}, "is 125 MB at the same time, and SageMaker takes 100 at most"),
        ({"instance_type": "ml.c5.large"}, "transform jobs do not run on ml.c5.large"),
        ({"instance_type": "ml.t2.medium"}, "transform jobs do not run on ml.t2.medium"),
        ({"payload_mb": 0}, "payload_mb"),
        ({"instances": 0}, "instances"),
    ):
        with pytest.raises(ValidationError, match=words):
            TypeAdapter(BatchSettings).validate_python(wrong)
