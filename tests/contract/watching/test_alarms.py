"""Alarms that fire, minute by minute in virtual time: states, actions, notices."""

import json

from local.alarms.queries import moto_queries
from local.seams import stack_resources
from local.seams.resource_type import Place

ERRORS = {"EndpointName": "e"}


def listening(world, name="alarms"):
    """A topic with a queue that reads it."""
    queue = world.sqs.create_queue(name, {})
    topic = world.sns.create_topic(name)
    world.sns.subscribe(topic.arn, queue.queue_arn, "sqs")
    return topic.arn, queue


def heard(queue):
    """What the queue was told, oldest first: subject and the alarm's own message."""
    letters = [json.loads(message.body) for message in queue._messages]
    return [(letter["Subject"], json.loads(letter["Message"])) for letter in letters]


def test_an_alarm_fires_once_and_is_over_once(world):
    topic, queue = listening(world)
    world.alarm("errors", "Errors", 3.0, [topic], ok_actions=[topic], statistic="Sum")
    world.minutes(2, lambda: world.put("Errors", 5.0, ERRORS))
    world.minutes(2, lambda: world.put("Errors", 5.0, ERRORS))
    world.minutes(3, lambda: world.put("Errors", 0.0, ERRORS))
    subjects = [subject for subject, _ in heard(queue)]
    assert subjects == [f'{state}: "errors" in US East (N. Virginia)' for state in ("ALARM", "OK")]
    notice = heard(queue)[0][1]
    assert (notice["OldStateValue"], notice["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert notice["NewStateReason"].startswith("Threshold Crossed: 2 out of the last 2 datapoints [5.0, 5.0] were")
    assert notice["AWSAccountId"] == world.account
    assert notice["Trigger"]["Dimensions"] == [{"value": "e", "name": "EndpointName"}]
    assert (notice["Trigger"]["Statistic"], notice["Trigger"]["Threshold"]) == ("SUM", 3.0)


def test_eventbridge_is_told_of_each_change(world):
    world.alarm("errors", "Errors", 3.0, [], statistic="Sum", evaluation_periods=1)
    world.minutes(1, lambda: world.put("Errors", 5.0, ERRORS))
    world.minutes(1, lambda: world.put("Errors", 0.0, ERRORS))
    told = [event for event in world.bus.events if event["detail-type"] == "CloudWatch Alarm State Change"]
    changes = [(event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) for event in told]
    assert changes == [("INSUFFICIENT_DATA", "ALARM"), ("ALARM", "OK")]
    assert told[0]["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "Errors"
    assert json.loads(told[0]["detail"]["state"]["reasonData"])["recentDatapoints"] == [5.0]


def test_data_of_other_dimensions_is_another_metric(world):
    alarm = world.alarm("errors", "Errors", 3.0, [], evaluation_periods=1)
    world.minutes(2, lambda: world.put("Errors", 5.0, {"EndpointName": "other"}))
    assert alarm.state_value == "INSUFFICIENT_DATA"


def test_the_minute_that_has_not_ended_does_not_count(world):
    alarm = world.alarm("errors", "Errors", 3.0, [], evaluation_periods=1, treat_missing_data="notBreaching")
    world.minutes(1)
    world.now += 45
    world.put("Errors", 5.0, ERRORS)
    world.alarms.tick(world.now)
    assert alarm.state_value == "OK"
    assert world.alarms.judge_now("err", world.now) == {"errors": "ALARM"}


def test_percentiles(world):
    alarm = world.alarm("slow", "ModelLatency", 90.0, [], statistic=None, extended_statistic="p90",
                        evaluation_periods=1, comparison_operator="GreaterThanThreshold")  # fmt: skip
    world.minutes(1, lambda: [world.put("ModelLatency", float(value), ERRORS) for value in range(1, 101)])
    assert alarm.state_value == "OK"
    world.minutes(1, lambda: [world.put("ModelLatency", float(value), ERRORS) for value in range(2, 102)])
    assert alarm.state_value == "ALARM"


def test_metric_math(world):
    def series(name):
        metric = {"Namespace": "AWS/States", "MetricName": name, "Dimensions": [{"Name": "M", "Value": "m"}]}
        return {
            "Id": name.lower(),
            "ReturnData": False,
            "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"},
        }

    queries = [{"Id": "died", "Expression": "FILL(failed, 0) + FILL(late, 0)"}, series("Failed"), series("Late")]
    alarm = world.alarm("died", None, 0.0, [], namespace=None, statistic=None, period=None, dimensions=[],
                        evaluation_periods=1, comparison_operator="GreaterThanThreshold",
                        metric_data_queries=moto_queries(queries))  # fmt: skip
    world.minutes(1)
    assert alarm.state_value == "OK"
    world.minutes(1, lambda: world.put("Late", 1.0, {"M": "m"}, "AWS/States"))
    assert alarm.state_value == "ALARM"
    world.minutes(4)
    assert alarm.state_value == "ALARM"  # five minutes are one period
    world.minutes(1)
    assert alarm.state_value == "OK"


def test_an_alarm_of_a_template_keeps_all_it_says(world):
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    errors = {"Id": "errors", "MetricStat": stat, "ReturnData": False}
    properties = {
        "Metrics": [{"Id": "share", "Expression": "errors / 2"}, errors],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "EvaluationPeriods": 3, "DatapointsToAlarm": 1,
        "Threshold": 2, "TreatMissingData": "notBreaching", "ActionsEnabled": "false",
    }  # fmt: skip
    stack_resources.alarm(Place(world.account, "us-east-1"), "of-template", properties)
    [alarm] = world.alarms_there()
    world.minutes(1, lambda: world.put("Errors", 3.0, {"FunctionName": "f"}, "AWS/Lambda"))
    assert alarm.state_value == "OK"
    world.minutes(1, lambda: world.put("Errors", 4.0, {"FunctionName": "f"}, "AWS/Lambda"))
    assert (alarm.state_value, alarm.actions_enabled) == ("ALARM", False)


def test_an_alarm_that_cannot_be_judged_keeps_no_other_from_it(world):
    world.alarm("odd", "Errors", 3.0, [], statistic=None, extended_statistic="p200")
    good = world.alarm("good", "Errors", 3.0, [], evaluation_periods=1)
    world.minutes(1, lambda: world.put("Errors", 5.0, ERRORS))
    assert good.state_value == "ALARM"


def test_actions_that_are_disabled_or_fail(world):
    topic, queue = listening(world)
    world.alarm("quiet", "Errors", 3.0, [topic], evaluation_periods=1, actions_enabled=False)
    world.alarm("loud", "Errors", 3.0, [f"{topic}-gone", topic], evaluation_periods=1)
    world.minutes(1, lambda: world.put("Errors", 5.0, ERRORS))
    assert [subject.split('"')[1] for subject, _ in heard(queue)] == ["loud"]


def test_a_state_that_is_set_sets_off_its_actions_until_it_is_judged_again(world):
    topic, queue = listening(world)
    alarm = world.alarm("errors", "Errors", 3.0, [topic], evaluation_periods=1, treat_missing_data="notBreaching")
    world.minutes(1)
    alarm.update_state("a test says so", None, "ALARM")
    world.alarms.was_set(alarm, "OK")
    world.alarms.was_set(alarm, "ALARM")
    world.bus.settle()
    [(_, notice)] = heard(queue)
    assert notice["NewStateReason"] == "a test says so"
    world.minutes(1)
    assert alarm.state_value == "OK"
