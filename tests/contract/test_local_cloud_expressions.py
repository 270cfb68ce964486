"""The local cloud's readings of small languages: schedules, input transformers, JSONata, embedded metrics, faults."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.events.expressions import next_due
from local.events.faults import Faults
from local.events.input import target_input
from local.functions.embedded_metrics import metrics_of
from local.seams.jsonata_expressions import Undefined, evaluate

SUNDAY = datetime(2026, 11, 22, 4, 5, 30, tzinfo=UTC)
EVENT = {
    "id": "e1",
    "source": "aws.s3",
    "time": "2026-11-22T04:05:30Z",
    "resources": ["arn:one", "arn:two"],
    "detail": {"object": {"key": 'a "b".txt', "size": 3, "version-id": "v1"}, "tags": ["x"]},
}


@pytest.mark.parametrize(
    ("expression", "zone", "due"),
    [
        ("rate(1 minute)", "UTC", SUNDAY + timedelta(minutes=1)),
        ("rate(2 days)", "UTC", SUNDAY + timedelta(days=2)),
        ("cron(0 2 * * ? *)", "UTC", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("cron(0/15 * * * ? *)", "UTC", datetime(2026, 11, 22, 4, 15, tzinfo=UTC)),
        ("cron(5 4 * * ? *)", "UTC", datetime(2026, 11, 23, 4, 5, tzinfo=UTC)),
        ("cron(0 9 ? * MON-FRI *)", "UTC", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("cron(0 9 ? * 6#1 *)", "UTC", datetime(2026, 12, 4, 9, 0, tzinfo=UTC)),
        ("cron(0 0 L * ? *)", "UTC", datetime(2026, 11, 30, 0, 0, tzinfo=UTC)),
        ("cron(30 8 1 JAN ? 2027)", "UTC", datetime(2027, 1, 1, 8, 30, tzinfo=UTC)),
        ("cron(0 9 * * ? *)", "Europe/Berlin", datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        ("cron(0 0 1 1 ? 2020)", "UTC", None),
        ("at(2026-11-22T05:00:00)", "UTC", datetime(2026, 11, 22, 5, 0, tzinfo=UTC)),
        ("at(2026-11-22T04:00:00)", "UTC", None),
        ("cron(0 9 ? * SAT-MON *)", "UTC", datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
    ],
)
def test_when_a_schedule_is_due(expression, zone, due):
    assert next_due(expression, SUNDAY, zone) == due


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("every day", "no schedule expression"),
        ("cron(* * * *)", "needs six fields"),
        ("cron(0 2 * * * *)", r"needs a \?"),
        ("cron(99 2 * * ? *)", "not between 0 and 59"),
        ("rate(soon)", "whole number and a unit"),
        ("rate(0 minutes)", "whole number and a unit"),
        ("at(tomorrow)", "Invalid isoformat"),
    ],
)
def test_what_is_no_schedule(expression, why):
    with pytest.raises(ValueError, match=why):
        next_due(expression, SUNDAY)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Input": '{"a": 1}'}, '{"a": 1}'),
        ({"InputPath": "$.detail.object.size"}, "3"),
        ({"InputPath": "$.resources[1]"}, '"arn:two"'),
        ({}, json.dumps(EVENT)),
    ],
)
def test_what_a_target_gets(target, text):
    assert target_input(target, EVENT, "rule", "arn:rule") == text


def test_an_input_transformer_quotes_as_eventbridge_does():
    target = {
        "InputTransformer": {
            "InputPathsMap": {"key": "$.detail.object.key", "size": "$.detail.object.size", "none": "$.detail.none"},
            "InputTemplate": '{"key": <key>, "said": "<key> of <size>", "none": <none>,'
            ' "rule": "<aws.events.rule-name>"}',
        }
    }
    assert json.loads(target_input(target, EVENT, "rule", "arn:rule")) == {
        "key": 'a "b".txt',
        "said": 'a "b".txt of 3',
        "none": None,
        "rule": "rule",
    }


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.text", 'it said "yes"\n'),
        ("$states.input.n / 2", 5),
        ("$states.input.n / 4", 2.5),
        ("$states.input.nothing", None),
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$parse('{\"a\": [1]}').a[0]", 1),
        ("$length($uuid())", 36),
        ("{'a': $x, 'b': [$x]}", {"a": 7, "b": [7]}),
    ],
)
def test_an_expression_of_a_state_machine(expression, value):
    given = {"text": 'it said "yes"\n', "n": 10, "nothing": None}
    result = evaluate(expression, {"states": {"input": given}, "x": 7})
    assert result == value
    assert type(result) is type(value)


def test_nothing_found_is_an_error():
    with pytest.raises(Undefined, match="returned nothing"):
        evaluate("$states.input.missing", {"states": {"input": {}}})


def test_metrics_are_read_from_a_printed_line():
    line = {
        "_aws": {
            "CloudWatchMetrics": [
                {"Namespace": "N", "Dimensions": [["t"], []], "Metrics": [{"Name": "M", "Unit": "Count"}]}
            ]
        },
        "t": "acme",
        "M": [1, 2],
    }
    [(namespace, data)] = list(metrics_of(json.dumps(line)))
    assert namespace == "N"
    assert [(each["Value"], each["Dimensions"]) for each in data] == [
        (1.0, [{"Name": "t", "Value": "acme"}]),
        (2.0, [{"Name": "t", "Value": "acme"}]),
        (1.0, []),
        (2.0, []),
    ]
    assert list(metrics_of("just words")) == []


def test_faults_are_spent_one_event_at_a_time():
    faults = Faults()
    faults.write({"aws.s3": {"lose": 1, "double": 1, "delay": 2, "delay_seconds": 3}})
    assert [faults.delays("aws.s3") for _ in range(4)] == [[], [3.0, 3.0], [3.0], [0.0]]
    assert faults.delays("aws.states") == [0.0]
    with pytest.raises(ValueError, match=r"aws\.s3 has no explode"):
        faults.write({"aws.s3": {"explode": 1}})
