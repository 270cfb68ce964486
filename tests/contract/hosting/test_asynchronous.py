"""Asynchronous endpoints: the queue, who takes from it, where answers and errors go, who is told; over stand-ins."""

import base64
import json
import threading
import time
from functools import partial
from typing import Any

import pytest

from .conftest import (
    ACCOUNT,
    BUCKET,
    CONTAINER,
    IMAGE,
    REGION,
    ROLE,
    Gated,
    World,
    code_of,
    error_of,
    variant,
    wait_until,
)

SINGLE = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"}
SUCCESS = f"arn:aws:sns:{REGION}:{ACCOUNT}:success"
ERROR = f"arn:aws:sns:{REGION}:{ACCOUNT}:error"
TOPICS = {"SuccessTopic": SUCCESS, "ErrorTopic": ERROR}
BOTH = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
OUTPUT = {"S3OutputPath": "s3://results/out", "S3FailurePath": "s3://results/bad", "NotificationConfig": TOPICS}


def declare(world: World, instances: int = 1, output: dict[str, Any] | None = None, **client: int) -> None:
    world.sagemaker.create_model(ModelName="lone", ExecutionRoleArn=ROLE, PrimaryContainer=SINGLE)
    world.sagemaker.create_endpoint_config(
        EndpointConfigName="lone",
        ProductionVariants=[variant("lone", instances)],
        AsyncInferenceConfig={"OutputConfig": OUTPUT if output is None else output, "ClientConfig": client},
    )


def host(world: World, instances: int = 1, output: dict[str, Any] | None = None, **client: int) -> None:
    """An asynchronous endpoint in service, whose model answers the request's lines."""
    if f"/{BUCKET}/one.tar.gz" not in world.front.objects:
        world.upload("one.tar.gz", by_line=True)
    declare(world, instances, output, **client)
    world.sagemaker.create_endpoint(EndpointName="lone", EndpointConfigName="lone")
    world.await_status("lone", "InService")


def scale(world: World, instances: int) -> None:
    change = {"VariantName": "all", "DesiredInstanceCount": instances}
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName="lone", DesiredWeightsAndCapacities=[change])
    world.await_status("lone", "InService")


def ask(world: World, **members: Any) -> dict[str, Any]:
    """What one call answers."""
    world.put("in.csv", b"1,2\n3,4\n")
    members = members if "Body" in members else {"InputLocation": f"s3://{BUCKET}/in.csv"} | members
    return dict(world.runtime.invoke_endpoint_async(EndpointName="lone", ContentType="text/csv", **members))


def stored(world: World, location: str) -> str | None:
    """The object at an S3 URI."""
    body = world.front.objects.get(location.removeprefix("s3:/"))
    return None if body is None else body.decode()


def await_notices(world: World, count: int) -> list[tuple[str, dict[str, Any]]]:
    wait_until(lambda: len(world.front.notices) >= count)
    return world.front.notices


def queue(world: World) -> tuple[int, int]:
    """How many wait and how many are in flight."""
    (row,) = world.state["queues"]
    return row["waiting"], row["in_flight"]


def readings(world: World) -> dict[str, list[float]]:
    """Values by metric, each as often as it was counted."""
    world.app.knobs.act("metrics/deliver", {})
    found: dict[str, list[float]] = {}
    for _, datum in world.metrics:
        for value, count in zip(datum["Values"], datum["Counts"], strict=True):
            found.setdefault(datum["MetricName"], []).extend([value] * int(count))
    return found


class TestAnswers:
    def test_an_input_in_s3_is_answered_under_the_output_path_and_the_success_topic_is_told(self, world: World) -> None:
        host(world)
        called = ask(world, InferenceId="i-1", Accept="text/csv")
        assert called["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert called["InferenceId"] == "i-1"
        assert called["OutputLocation"].startswith("s3://results/out/")
        assert called["FailureLocation"].startswith("s3://results/bad/")
        ((topic, message),) = await_notices(world, 1)
        assert stored(world, called["OutputLocation"]) == "1,2\n3,4\n"
        assert topic == SUCCESS
        assert message.pop("receivedTime") <= message.pop("eventTime")
        assert message == {
            "awsRegion": REGION,
            "invocationStatus": "Completed",
            "requestParameters": {
                "contentType": "text/csv",
                "accept": "text/csv",
                "endpointName": "lone",
                "inputLocation": f"s3://{BUCKET}/in.csv",
            },
            "responseParameters": {"contentType": "text/plain", "outputLocation": called["OutputLocation"]},
            "inferenceId": "i-1",
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        wait_until(lambda: queue(world) == (0, 0))

    def test_an_input_in_the_call_needs_no_s3_and_gets_an_id(self, world: World) -> None:
        host(world)
        called = ask(world, Body=b"5,6\n")
        ((_, message),) = await_notices(world, 1)
        assert stored(world, called["OutputLocation"]) == "5,6\n"
        assert message["inferenceId"] == called["InferenceId"]
        assert "inputLocation" not in message["requestParameters"]

    def test_the_answer_goes_where_the_call_says_under_the_output_path(self, world: World) -> None:
        host(world)
        called = ask(world, S3OutputPathExtension="acme/churn", Filename="r-1.csv")
        assert called["OutputLocation"] == "s3://results/out/acme/churn/r-1.csv"
        await_notices(world, 1)
        assert stored(world, called["OutputLocation"]) == "1,2\n3,4\n"

    @pytest.mark.parametrize(("bytes_", "included"), [(8, True), (131_073, False)], ids=["small", "over 128 KB"])
    def test_a_notice_includes_the_response_when_told_to_and_it_is_small(
        self, world: World, bytes_: int, included: bool
    ) -> None:
        told = {"NotificationConfig": TOPICS | {"IncludeInferenceResponseIn": BOTH}}
        host(world, output=told)
        called = ask(world, Body=b"in\n") if included else self.ask_much(world, bytes_)
        assert "OutputLocation" not in called
        ((_, message),) = await_notices(world, 1)
        assert "outputLocation" not in message["responseParameters"]
        assert ("content" in message["responseBody"]) is included
        if included:
            assert message["responseBody"]["encoding"] == "BASE64"
            assert base64.b64decode(message["responseBody"]["content"]) == b"in\n"

    def ask_much(self, world: World, size: int) -> dict[str, Any]:
        world.put("much.csv", b"x" * size)
        return ask(world, InputLocation=f"s3://{BUCKET}/much.csv")

    def test_without_topics_nobody_is_told(self, world: World) -> None:
        host(world, output={"S3OutputPath": "s3://results/out"})
        called = ask(world)
        assert "FailureLocation" not in called
        wait_until(lambda: stored(world, called["OutputLocation"]) is not None)
        assert world.front.notices == []


class TestFailures:
    def failed(self, world: World, **members: Any) -> tuple[dict[str, Any], str | None]:
        """The message to the error topic, and what lies at the failure location."""
        called = ask(world, **members)
        ((topic, message),) = await_notices(world, 1)
        assert (topic, message["invocationStatus"]) == (ERROR, "Failed")
        assert "responseParameters" not in message
        assert message["failureLocation"] == called["FailureLocation"]
        assert stored(world, called["OutputLocation"]) is None
        wait_until(lambda: queue(world) == (0, 0))
        return message, stored(world, called["FailureLocation"])

    @pytest.mark.parametrize(("status", "side"), [(400, "client"), (503, "server")])
    def test_the_containers_error_goes_to_the_failure_path_and_its_topic(
        self, world: World, status: int, side: str
    ) -> None:
        world.upload("one.tar.gz", invoke_error=[status, "no such column"])
        host(world)
        message, body = self.failed(world)
        assert message["failureReason"] == (
            f"ClientError: Received {side} error ({status}) from model. "
            "See the SageMaker Endpoint logs in your account for more information."
        )
        assert body == "no such column"
        values = readings(world)
        assert (values["InvocationFailures"], values["InvocationsProcesssed"]) == ([1], [1])
        assert values["Invocation5XXErrors" if status > 500 else "Invocation4XXErrors"] == [1]

    def test_an_input_that_is_not_there(self, world: World) -> None:
        host(world)
        message, body = self.failed(world, InputLocation=f"s3://{BUCKET}/none.csv")
        assert f"Failed to download the input s3://{BUCKET}/none.csv" in message["failureReason"]
        assert body == message["failureReason"]
        assert readings(world)["RequestDownloadFailures"] == [1]

    def test_an_answer_that_cannot_be_written(self, world: World) -> None:
        host(world, output=OUTPUT | {"S3OutputPath": "s3://none/out"})
        message, body = self.failed(world)
        assert "Failed to upload the response to s3://none/out/" in message["failureReason"]
        assert body == message["failureReason"]
        assert readings(world)["ResponseUploadFailures"] == [1]

    def test_a_topic_that_is_not_there_costs_the_notice_and_not_the_answer(self, world: World) -> None:
        host(world, output=OUTPUT | {"NotificationConfig": {"SuccessTopic": SUCCESS.replace("success", "none")}})
        called = ask(world)
        wait_until(lambda: queue(world) == (0, 0))
        assert stored(world, called["OutputLocation"]) == "1,2\n3,4\n"
        assert (world.front.notices, readings(world)["NotificationFailures"]) == ([], [1])

    def test_an_input_over_the_limit(self, world: World) -> None:
        world.app.knobs.write({"asynchronous": {"payload_limit": 7}})
        host(world)
        message, _ = self.failed(world)
        assert "too large" in message["failureReason"]

    @pytest.mark.parametrize("container", [Gated])
    def test_a_container_that_takes_longer_than_the_call_allows(self, world: World) -> None:
        world.app.knobs.write({"asynchronous": {"pace": 0.1}})
        host(world)
        message, _ = self.failed(world, InvocationTimeoutSeconds=1)
        assert "timed out while waiting" in message["failureReason"]

    def test_a_container_that_is_told_to_fail(self, world: World) -> None:
        host(world)
        world.app.knobs.act("faults/container", {"endpoint": "lone", "status": 500, "message": "out of luck"})
        _, body = self.failed(world)
        assert body == "out of luck"

    @pytest.mark.parametrize("container", [Gated])
    def test_a_request_that_waits_for_longer_than_it_may_expires(self, world: World) -> None:
        host(world)
        scale(world, 0)
        world.app.knobs.write({"asynchronous": {"pace": 0.005}})
        message, _ = self.failed(world, RequestTTLSeconds=60)
        assert "in the queue for longer than its 60 seconds" in message["failureReason"]
        assert readings(world)["ExpiredRequests"] == [1]

    def test_an_error_notice_includes_the_response_when_told_to(self, world: World) -> None:
        told = TOPICS | {"IncludeInferenceResponseIn": BOTH}
        host(world, output=OUTPUT | {"NotificationConfig": told})
        world.app.knobs.act("faults/container", {"status": 400, "message": "no such column"})
        message, _ = self.failed(world)
        assert base64.b64decode(message["responseBody"]["content"]) == b"no such column"


class TestQueue:
    @pytest.mark.parametrize("container", [Gated])
    def test_each_instance_takes_as_many_as_its_config_says_and_the_rest_waits(self, world: World) -> None:
        host(world, instances=2, MaxConcurrentInvocationsPerInstance=2)
        for _ in range(7):
            ask(world)
        wait_until(lambda: (queue(world), world.in_flight("lone")) == ((3, 4), [2, 2]))
        Gated.gate.set()
        assert len(await_notices(world, 7)) == 7
        wait_until(lambda: queue(world) == (0, 0))

    def test_with_no_instance_requests_wait_for_one_and_are_answered_in_order(self, world: World) -> None:
        host(world, MaxConcurrentInvocationsPerInstance=1)
        scale(world, 0)
        assert world.instances("lone") == []
        ids = [ask(world, InferenceId=f"i-{number}")["InferenceId"] for number in range(4)]
        assert queue(world) == (4, 0)
        scale(world, 1)
        await_notices(world, 4)
        assert [message["inferenceId"] for _, message in world.front.notices] == ids

    @pytest.mark.parametrize("container", [Gated])
    def test_a_request_whose_instance_dies_is_given_to_the_next_one(self, world: World) -> None:
        host(world)
        called = ask(world)
        wait_until(lambda: queue(world) == (0, 1))
        world.app.knobs.act("instances/kill", {"endpoint": "lone"})
        Gated.gate.set()
        ((topic, _),) = await_notices(world, 1)
        assert (topic, stored(world, called["OutputLocation"])) == (SUCCESS, "1,2\n3,4\n")

    @pytest.mark.parametrize("container", [Gated])
    def test_a_deleted_endpoint_loses_its_queue(self, world: World) -> None:
        host(world, MaxConcurrentInvocationsPerInstance=1)
        for _ in range(3):
            ask(world, RequestTTLSeconds=60)
        wait_until(lambda: queue(world) == (2, 1))
        world.sagemaker.delete_endpoint(EndpointName="lone")
        world.await_gone("lone")
        Gated.gate.set()
        world.app.knobs.write({"asynchronous": {"pace": 0.001}})
        world.sagemaker.create_endpoint(EndpointName="lone", EndpointConfigName="lone")
        world.await_status("lone", "InService")
        assert queue(world) == (0, 0)
        wait_until(lambda: not any(thread.name == "async-queue" for thread in threading.enumerate()))
        ask(world, InferenceId="after")
        ((_, message),) = await_notices(world, 1)
        assert message["inferenceId"] == "after", "those that were queued do not even expire"


class TestNotices:
    def test_they_can_be_doubled_late_and_lost(self, world: World) -> None:
        host(world)
        world.app.knobs.act("faults/notices", {"double": 1})
        ask(world, InferenceId="twice")
        assert [message["inferenceId"] for _, message in await_notices(world, 2)] == ["twice", "twice"]
        world.app.knobs.act("faults/notices", {"delay": 1, "delay_seconds": 1.0})
        began = time.monotonic()
        ask(world, InferenceId="late")
        assert [message["inferenceId"] for _, message in await_notices(world, 3)[2:]] == ["late"]
        assert time.monotonic() - began >= 1
        world.app.knobs.act("faults/notices", {"lose": 1})
        called = ask(world, InferenceId="lost")
        wait_until(lambda: world.state["faults"]["notices"]["lose"] == 0)
        assert stored(world, called["OutputLocation"]) == "1,2\n3,4\n"
        ask(world, InferenceId="last")
        assert [message["inferenceId"] for _, message in await_notices(world, 4)[3:]] == ["last"]


class TestMetrics:
    @pytest.mark.parametrize("container", [Gated])
    def test_the_backlog_is_published_by_endpoint_name_alone(self, world: World) -> None:
        host(world, instances=2, MaxConcurrentInvocationsPerInstance=1)
        for _ in range(4):
            ask(world)
        wait_until(lambda: queue(world) == (2, 2))
        values = readings(world)
        assert (values["ApproximateBacklogSize"], values["ApproximateBacklogSizePerInstance"]) == ([4], [2])
        assert (values["HasBacklogWithoutCapacity"], values["ApproximateAgeOfOldestRequest"][0] > 0) == ([0], True)
        named = [row["Dimensions"] for _, row in world.metrics if row["MetricName"].startswith(("Approximate", "Has"))]
        assert named == [[{"Name": "EndpointName", "Value": "lone"}]] * 4
        Gated.gate.set()
        await_notices(world, 4)

    def test_a_backlog_without_capacity_is_told_at_every_delivery(self, world: World) -> None:
        host(world)
        scale(world, 0)
        assert readings(world)["HasBacklogWithoutCapacity"] == [0]
        ask(world)
        world.metrics.clear()
        values = readings(world)
        assert (values["HasBacklogWithoutCapacity"], values["ApproximateBacklogSizePerInstance"]) == ([1], [1])

    def test_what_sagemaker_publishes_for_asynchronous_endpoints_and_nothing_else(self, world: World) -> None:
        host(world)
        ask(world)
        await_notices(world, 1)
        wait_until(lambda: queue(world) == (0, 0))
        assert set(readings(world)) == {
            "ApproximateBacklogSize",
            "ApproximateBacklogSizePerInstance",
            "ApproximateAgeOfOldestRequest",
            "HasBacklogWithoutCapacity",
            "TimeInBacklog",
            "TotalProcessingTime",
            "RequestDownloadLatency",
            "ResponseUploadLatency",
            "ModelLatency",
            "InvocationsProcesssed",
            "Invocation4XXErrors",
            "Invocation5XXErrors",
            "MemoryUtilization",
            "DiskUtilization",
        }


class TestCalls:
    def test_it_describes_its_configuration(self, world: World) -> None:
        host(world, MaxConcurrentInvocationsPerInstance=3)
        given = {"OutputConfig": OUTPUT, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 3}}
        described = world.sagemaker.describe_endpoint(EndpointName="lone")
        assert described["AsyncInferenceConfig"] == given
        assert world.sagemaker.describe_endpoint_config(EndpointConfigName="lone")["AsyncInferenceConfig"] == given

    def test_a_call_of_the_other_kind_is_refused(self, world: World) -> None:
        host(world)
        world.host("fleet", instances=1)
        wrong = partial(world.runtime.invoke_endpoint, EndpointName="lone", Body=b"1")
        error = error_of(wrong)
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)
        assert "call InvokeEndpointAsync" in error["Error"]["Message"]
        error = error_of(lambda: world.runtime.invoke_endpoint_async(EndpointName="fleet", InputLocation="s3://b/k"))
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)
        assert "has no AsyncInferenceConfig" in error["Error"]["Message"]

    @pytest.mark.parametrize(
        ("members", "words"),
        [
            ({}, "Exactly one of InputLocation and Body"),
            ({"Body": b"1", "InputLocation": "s3://b/k"}, "Exactly one of InputLocation and Body"),
            ({"Body": b"x" * 128_001}, "less than or equal to 128000"),
            ({"InputLocation": "b/k"}, "regular expression"),
            ({"InputLocation": "https://b/k"}, "use s3://bucket/key"),
            ({"Body": b"1", "InferenceId": "x" * 65}, "less than or equal to 64"),
            ({"Body": b"1", "RequestTTLSeconds": 59}, "greater than or equal to 60"),
            ({"Body": b"1", "InvocationTimeoutSeconds": 3601}, "less than or equal to 3600"),
            ({"Body": b"1", "Filename": "a.b.c"}, "regular expression"),
            ({"Body": b"1", "EndpointName": "none"}, "not found"),
        ],
        ids=[
            "no input", "two inputs", "too long inline", "no uri", "an https uri", "a long id", "a short ttl",
            "a long timeout", "two dots", "no endpoint",
        ],
    )  # fmt: skip
    def test_a_bad_call_is_refused(self, world: World, members: dict[str, Any], words: str) -> None:
        host(world)
        error = error_of(lambda: world.runtime.invoke_endpoint_async(**{"EndpointName": "lone"} | members))["Error"]
        assert (error["Code"], words in error["Message"]) == ("ValidationError", True), error
        wait_until(lambda: queue(world) == (0, 0))

    def test_rates_faults_and_counters_know_the_call(self, world: World) -> None:
        host(world)
        world.app.knobs.act("faults/fail", {"operation": "InvokeEndpointAsync", "when": "after"})
        assert code_of(lambda: ask(world)) == "InternalFailure"
        await_notices(world, 1)
        world.app.knobs.write({"rates": {"InvokeEndpointAsync": 0.001}})
        ask(world)
        assert code_of(lambda: ask(world)) == "ThrottlingException"
        assert world.state["counters"]["calls"]["InvokeEndpointAsync"] == 3

    def test_an_update_must_stay_with_or_without_a_queue(self, world: World) -> None:
        host(world)
        world.sagemaker.create_endpoint_config(EndpointConfigName="plain", ProductionVariants=[variant("lone", 1)])
        update = partial(world.sagemaker.update_endpoint, EndpointName="lone")
        assert code_of(lambda: update(EndpointConfigName="plain")) == "ValidationException"
        other = {"OutputConfig": OUTPUT | {"S3OutputPath": "s3://results/other"}}
        world.sagemaker.create_endpoint_config(
            EndpointConfigName="other", ProductionVariants=[variant("lone", 1)], AsyncInferenceConfig=other
        )
        update(EndpointConfigName="other")
        world.await_status("lone", "InService")
        assert ask(world)["OutputLocation"].startswith("s3://results/other/")
        await_notices(world, 1)


CAPTURE = {"InitialSamplingPercentage": 1, "DestinationS3Uri": "s3://b/c", "CaptureOptions": [{"CaptureMode": "Input"}]}
PAIR = [{"Image": IMAGE, "ContainerHostname": name} for name in ("first", "second")]
EXCLUDED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    # the model, the config, what the sentence says
    ({"PrimaryContainer": CONTAINER}, {}, "MultiModel mode"),
    ({"Containers": PAIR}, {}, "pipeline"),
    ({"Containers": PAIR, "InferenceExecutionConfig": {"Mode": "Direct"}}, {}, "AsyncInferenceConfig is not supported"),
    ({"PrimaryContainer": SINGLE}, {"DataCaptureConfig": CAPTURE}, "DataCaptureConfig"),
    ({"PrimaryContainer": SINGLE}, {"ShadowProductionVariants": [variant("lone", 1)]}, "ShadowProductionVariants"),
    (
        {"PrimaryContainer": SINGLE},
        {"ProductionVariants": [variant("lone", 1), variant("lone", 1, VariantName="b")]},
        "production variant",
    ),
    (
        {"PrimaryContainer": SINGLE},
        {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "https://results/out"}}},
        "S3OutputPath",
    ),
]


def test_what_sagemaker_does_not_combine_with_asynchronous_is_refused(world: World) -> None:
    otherwise = []
    for number, (model, config, words) in enumerate(EXCLUDED):
        name = f"m{number}"
        world.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **model)
        whole = {
            "ProductionVariants": [variant(name, 1)],
            "AsyncInferenceConfig": {"OutputConfig": OUTPUT},
        } | json.loads(json.dumps(config).replace('"lone"', f'"{name}"'))
        create = partial(world.sagemaker.create_endpoint_config, EndpointConfigName=name, **whole)
        error = error_of(create)["Error"]
        if error["Code"] != "ValidationException" or words not in error["Message"]:
            otherwise.append((words, error))
    assert otherwise == []
