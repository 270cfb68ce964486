"""What SQS, Lambda and Step Functions count of themselves."""

from types import SimpleNamespace

from local.alarms.series import Metric, summed_up
from local.alarms.sources import ServiceMetrics
from local.alarms.store import Store
from local.functions.outcome import Outcome

WORK = SimpleNamespace(name="work")


def of(world, namespace, metric, dimension, value):
    """All samples of one metric."""
    return Store(world.cloudwatch).samples(Metric(namespace, metric, frozenset({(dimension, value)})), 0.0)


def told(status, machine="arn:m"):
    return {"detail-type": "Step Functions Execution Status Change",
            "detail": {"status": status, "stateMachineArn": machine}}  # fmt: skip


def test_invocations_and_errors_by_function(world):
    sources = ServiceMetrics(world.context, world.pace)
    for outcome in (Outcome(b""), Outcome(b"", "Unhandled"), Outcome(b"")):
        sources.ended(WORK, outcome)
    sources.tick(world.now)
    sources.tick(world.now + 1)
    assert summed_up("Sum", of(world, "AWS/Lambda", "Invocations", "FunctionName", "work")) == 3
    assert summed_up("Average", of(world, "AWS/Lambda", "Errors", "FunctionName", "work")) == 1 / 3


def test_executions_by_machine_and_end(world):
    sources = ServiceMetrics(world.context, world.pace)
    for status in ("RUNNING", "FAILED", "RUNNING", "TIMED_OUT"):
        sources.heard(told(status))
    sources.heard({"detail-type": "Object Created", "detail": {}})
    sources.tick(world.now)
    ends = ("ExecutionsStarted", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    assert [len(of(world, "AWS/States", end, "StateMachineArn", "arn:m")) for end in ends] == [2, 1, 1, 0]


def test_the_depth_of_a_queue_once_a_minute(world):
    sources = ServiceMetrics(world.context, world.pace)
    world.sqs.create_queue("dead", {})
    world.sqs.send_message("dead", "x")
    for seconds in range(0, 121, 10):
        sources.tick(world.now + seconds)
    depths = of(world, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "dead")
    assert [sample.most for sample in depths] == [1.0, 1.0, 1.0]
    assert [round((world.now + 120 - sample.at) // 60) for sample in depths] == [0, 1, 2]
