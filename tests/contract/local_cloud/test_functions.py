"""Functions as Lambda runs them: errors in its words, timeouts, limits, concurrency, retries, metrics."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")


def test_a_handlers_exception_is_reported(small):
    error, payload = small.invoke(do="refuse", key="k")
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("Refused", '"k" is refused')
    assert payload["stackTrace"]


def test_a_function_is_stopped_at_its_timeout(small):
    error, payload = small.invoke("ImpatientFunction", do="sleep", seconds=600)
    assert error == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")


def test_a_process_that_exits_is_reported_and_replaced(small):
    error, payload = small.invoke(do="leave")
    assert (error, payload["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert payload["errorMessage"].endswith("Runtime exited with error: exit status 7")
    assert small.invoke(do="echo") == (None, {"do": "echo"})


def test_six_megabytes_are_the_most(small):
    with pytest.raises(ClientError, match="byte payload is too large for the RequestResponse invocation type"):
        small.invoke(do="echo", text="x" * 6_291_456)


def test_an_unknown_function(small):
    with pytest.raises(ClientError) as refused:
        small.client("lambda").invoke(FunctionName="nobody")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_events_of_one_function_run_side_by_side(small):
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: small.invoke(do="meet", row="four", many=4), range(4)))
    assert answers == [(None, "met")] * 4


def test_a_warm_invocation_costs_little(small, until):
    """On a machine with other work it often costs more; a delay of the local cloud's own would be in every one."""
    client = small.client("lambda")

    def seconds():
        began = time.perf_counter()
        client.invoke(FunctionName=small.outputs["WorkFunction"], Payload=b'{"do": "echo"}')["Payload"].read()
        return time.perf_counter() - began

    until(lambda: seconds() < 0.030)


def test_an_event_left_behind_is_tried_again(small, until):
    small.knobs("PATCH", "functions", async_retry_seconds=[0.1, 0.1])
    answer = small.client("lambda").invoke(
        FunctionName=small.outputs["WorkFunction"],
        InvocationType="Event",
        Payload=json.dumps({"do": "third_time", "row": "third"}).encode(),
    )
    assert answer["StatusCode"] == 202
    assert until(lambda: small.row("note", "third"))["text"] == "3 tries"


def test_printed_metrics_reach_cloudwatch(small, until):
    small.invoke(do="count")
    metrics = small.client("cloudwatch")
    now = time.time()

    def found():
        return metrics.get_metric_statistics(
            Namespace="Local",
            MetricName="Calls",
            Dimensions=[{"Name": "tenant", "Value": "acme"}],
            StartTime=now - 300,
            EndTime=now + 300,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]

    assert until(found)[0]["Sum"] == 3


def test_only_lambdas_own_packages_are_there(small):
    assert small.invoke(do="imports", name="boto3")[1] is True
    assert small.invoke(do="imports", name="moto")[1] is False
