"""States, routing, caching, errors, faults and metrics of the hosting emulation, over stand-in containers."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from local.hosting.container import ContainerFailed
from local.hosting.stand_in import StandIn

from .conftest import ACCOUNT, BUCKET, IMAGE, Gated, World, code_of, error_of, packed, variant, wait_until


class Unstartable(StandIn):
    """A container whose image does not run."""

    def start(self) -> int:
        raise ContainerFailed("the image has no model server")


def in_background(world: World, target: str, count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=world.invoke, args=(target,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def in_flight(world: World, target: str) -> list[int]:
    """Requests for a target by instance."""
    return [
        sum(row["in_flight"] for row in instance["targets"] if row["target"] == target)
        for instance in world.instances()
    ]


def loads(world: World, target: str) -> list[int]:
    """How often each instance that loaded a target did so."""
    return [row["count"] for row in world.state["counters"]["loads"] if row["target"] == target]


class TestStates:
    def test_an_endpoint_goes_through_its_states_and_says_so(self, world: World) -> None:
        world.app.knobs.write({"durations": {"creating": 600, "deleting": 600}})
        world.declare("fleet")
        world.sagemaker.create_endpoint(EndpointName="fleet", EndpointConfigName="fleet")
        assert world.status() == "Creating"
        assert code_of(lambda: world.invoke("x")) == "ValidationError"
        assert (
            "in-progress" in error_of(lambda: world.sagemaker.delete_endpoint(EndpointName="fleet"))["Error"]["Message"]
        )
        world.app.knobs.write({"durations": {"creating": 0}})
        world.await_status("fleet", "InService")
        world.sagemaker.delete_endpoint(EndpointName="fleet")
        assert world.status() == "Deleting"
        assert code_of(lambda: world.sagemaker.delete_endpoint(EndpointName="fleet")) == "ValidationException"
        world.app.knobs.write({"durations": {"deleting": 0}})
        world.await_gone("fleet")
        wait_until(lambda: world.statuses() == ["CREATING", "IN_SERVICE", "DELETING"])

    def test_an_event_has_the_members_and_the_times_that_sagemaker_sends(self, world: World) -> None:
        world.host()
        wait_until(lambda: len(world.events) == 2)
        event, detail = world.events[1], world.events[1]["detail"]
        described = world.sagemaker.describe_endpoint(EndpointName="fleet")
        assert (event["source"], event["account"]) == ("aws.sagemaker", ACCOUNT)
        assert event["resources"] == [described["EndpointArn"]]
        assert detail["EndpointConfigName"] == "fleet"
        assert detail["ProductionVariants"] == [{"DesiredWeight": 1.0, "DesiredInstanceCount": 2.0}]
        assert detail["LastModifiedTime"] == pytest.approx(described["LastModifiedTime"].timestamp() * 1000, abs=1)

    @pytest.mark.parametrize("container", [Unstartable])
    def test_a_container_that_does_not_start_fails_the_endpoint_which_can_only_be_deleted(self, world: World) -> None:
        world.declare("fleet")
        world.sagemaker.create_endpoint(EndpointName="fleet", EndpointConfigName="fleet")
        wait_until(lambda: world.status() == "Failed")
        assert (
            world.sagemaker.describe_endpoint(EndpointName="fleet")["FailureReason"] == "the image has no model server"
        )
        scale = partial(world.sagemaker.update_endpoint, EndpointName="fleet", EndpointConfigName="fleet")
        assert code_of(scale) == "ValidationException"
        world.sagemaker.delete_endpoint(EndpointName="fleet")
        world.await_gone("fleet")

    @pytest.mark.parametrize("container", [Unstartable])
    def test_stand_ins_are_a_knob_for_what_starts_from_then_on(self, world: World) -> None:
        world.app.knobs.write({"stand_in": True})
        world.upload("a.tar.gz", answer="light")
        world.host()
        assert world.invoke("a.tar.gz") == "light"
        world.app.knobs.write({"stand_in": False})
        world.declare("other")
        world.sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="other")
        wait_until(lambda: world.status("other") == "Failed")

    def test_a_scale_out_shows_as_updating_and_the_new_instance_is_empty(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=1)
        world.invoke("x")
        world.app.knobs.write({"durations": {"updating": 600}})
        world.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="fleet", DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 3}]
        )
        (told,) = world.sagemaker.describe_endpoint(EndpointName="fleet")["ProductionVariants"]
        assert (world.status(), told["DesiredInstanceCount"]) == ("Updating", 3)
        assert world.invoke("x") == "one", "it serves all the while"
        world.app.knobs.write({"durations": {"updating": 0}})
        world.await_status("fleet", "InService")
        assert sorted(map(len, world.loaded())) == [0, 0, 1]
        wait_until(lambda: world.statuses()[-2:] == ["UPDATING", "IN_SERVICE"])
        (deployment,) = [event for event in world.events if "Deployment" in event["detail-type"]]
        (row,) = deployment["detail"]["ProductionVariants"]
        assert (row["CurrentInstanceCount"], row["DesiredInstanceCount"]) == (1, 3)
        assert row["VariantStatus"][0]["StatusMessage"] == "Scaling out desired instance count to 3."

    @pytest.mark.parametrize("container", [Gated])
    def test_a_scale_in_waits_for_what_is_in_flight(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=2)
        requests = in_background(world, "x", 6)
        wait_until(lambda: min(in_flight(world, "x")) > 0)
        world.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="fleet", DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 1}]
        )
        wait_until(lambda: len(world.instances()) == 1)
        assert world.status() == "Updating"
        Gated.gate.set()
        for request in requests:
            request.join()
        world.await_status("fleet", "InService")
        world.app.knobs.act("metrics/deliver", {})
        failures = [datum for _, datum in world.metrics if datum["MetricName"] == "InvocationModelErrors"]
        assert [datum["Values"] for datum in failures] == [[0.0]]

    def test_an_update_replaces_the_instances_and_so_forgets_every_model(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        world.invoke("x")
        world.declare("other", instances=1)
        world.sagemaker.update_endpoint(EndpointName="fleet", EndpointConfigName="other")
        world.await_status("fleet", "InService")
        described = world.sagemaker.describe_endpoint(EndpointName="fleet")
        assert (described["EndpointConfigName"], world.loaded()) == ("other", [set()])

    def test_an_update_that_fails_ends_in_service_with_the_old_config(self, world: World) -> None:
        world.host(instances=1)
        world.declare("single", container={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/missing.tar.gz"})
        world.sagemaker.update_endpoint(EndpointName="fleet", EndpointConfigName="single")
        world.await_status("fleet", "InService")
        described = world.sagemaker.describe_endpoint(EndpointName="fleet")
        assert described["EndpointConfigName"] == "fleet"
        assert "missing.tar.gz" in described["FailureReason"]

    def test_maintenance_shows_as_system_updating_and_leaves_empty_instances(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=1)
        world.invoke("x")
        before = world.instances()[0]["instance"]
        world.app.knobs.write({"durations": {"updating": 600}})
        world.app.knobs.act("endpoints/maintain", {"endpoint": "fleet"})
        assert world.status() == "SystemUpdating"
        world.app.knobs.write({"durations": {"updating": 0}})
        world.await_status("fleet", "InService")
        assert (world.instances()[0]["instance"] != before, world.loaded()) == (True, [set()])

    def test_a_single_model_endpoint_loads_its_model_before_it_is_in_service(self, world: World) -> None:
        world.upload("one.tar.gz", answer="single")
        world.host("lone", container={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"})
        answer = world.runtime.invoke_endpoint(EndpointName="lone", Body=b"1")
        assert answer["Body"].read() == b"single"
        assert "not a multi-model" in error_of(lambda: world.invoke("one.tar.gz", "lone"))["Error"]["Message"]

    def test_a_second_variant_takes_its_share_by_weight_or_by_name(self, world: World) -> None:
        world.upload("x", answer="one")
        world.declare("fleet")
        variants = [variant("fleet", 1), variant("fleet", 1, VariantName="canary", InitialVariantWeight=0)]
        world.sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants)
        world.sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="two")
        world.await_status("two", "InService")
        call = partial(world.runtime.invoke_endpoint, EndpointName="two", TargetModel="x", Body=b"1")
        assert {call()["InvokedProductionVariant"] for _ in range(10)} == {"all"}
        assert call(TargetVariant="canary")["InvokedProductionVariant"] == "canary"


class TestRouting:
    def test_calls_stick_to_the_instance_that_has_the_target(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        for _ in range(20):
            world.invoke("x")
        assert (loads(world, "x"), world.waits("x")) == ([1], 1)

    @pytest.mark.parametrize("container", [Gated])
    def test_a_burst_spills_to_an_instance_that_then_loads_it_too(self, world: World) -> None:
        world.app.knobs.write({"spill_after": 3})
        world.upload("x", answer="one")
        world.host()
        requests = in_background(world, "x", 3)
        wait_until(lambda: sorted(in_flight(world, "x")) == [0, 3])
        requests += in_background(world, "x", 1)
        wait_until(lambda: sorted(in_flight(world, "x")) == [1, 3])
        Gated.gate.set()
        for request in requests:
            request.join()
        assert world.loaded() == [{"x"}, {"x"}]
        assert loads(world, "x") == [1, 1]

    def test_cold_targets_spread_over_the_instances(self, world: World) -> None:
        world.host()
        for number in range(6):
            world.upload(f"m{number}", answer=str(number))
            world.invoke(f"m{number}")
        assert [len(targets) for targets in world.loaded()] == [3, 3]

    @pytest.mark.parametrize("container", [Gated])
    def test_a_warm_target_makes_nobody_wait(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        requests = in_background(world, "x", 16)
        wait_until(lambda: world.loaded() == [{"x"}, {"x"}])
        Gated.gate.set()
        for request in requests:
            request.join()
        world.app.knobs.act("counters/reset", {})
        world.burst("x", 16)
        counters = world.state["counters"]
        assert counters["waits"] == []
        assert counters["invocations"] == [{"endpoint": "fleet", "target": "x", "count": 16}]

    def test_a_killed_instance_is_replaced_by_an_empty_one_and_the_other_serves(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        world.burst("x", 16)
        before = {instance["instance"] for instance in world.instances()}
        world.app.knobs.act("instances/kill", {"endpoint": "fleet"})
        assert world.invoke("x") == "one"
        wait_until(lambda: len(world.instances()) == 2)
        assert len({instance["instance"] for instance in world.instances()} & before) == 1
        assert sorted(map(len, world.loaded())) == [0, 1]

    def test_an_instance_can_be_added(self, world: World) -> None:
        world.host(instances=1)
        world.app.knobs.act("instances/add", {"endpoint": "fleet"})
        world.await_status("fleet", "InService")
        assert len(world.instances()) == 2


class TestCaching:
    def fill(self, world: World, *targets: str, mb: float = 1.0) -> None:
        for target in targets:
            world.upload(target, answer=target, mb=mb)
            world.invoke(target)

    def downloads(self, world: World) -> int:
        world.app.knobs.act("metrics/deliver", {})
        data = [datum for _, datum in world.metrics if datum["MetricName"] == "ModelDownloadingTime"]
        return int(sum(sum(datum["Counts"]) for datum in data))

    def test_full_memory_unloads_the_least_recently_used_which_comes_back_from_disk(self, world: World) -> None:
        world.app.knobs.write({"instance": {"memory_mb": 2.5}})
        world.host(instances=1)
        self.fill(world, "a", "b")
        world.invoke("a")
        self.fill(world, "c")
        assert world.loaded() == [{"a", "c"}]
        assert world.invoke("b") == "b"
        assert world.loaded() == [{"b", "c"}]
        assert (loads(world, "b"), self.downloads(world)) == ([2], 3)

    def test_a_full_disk_loses_the_least_recently_used_file_that_is_not_in_memory(self, world: World) -> None:
        world.app.knobs.write({"instance": {"memory_mb": 1.5, "disk_mb": 0.00001}})
        world.host(instances=1)
        self.fill(world, "a", "b", "c")
        assert world.instances()[0]["on_disk"] == ["b", "c"], "b was in memory when c came"
        world.invoke("a")
        assert self.downloads(world) == 4

    @pytest.mark.parametrize("container", [partial(StandIn, room_mb=2.5)])
    def test_a_507_of_the_container_unloads_others_and_tries_again(self, world: World) -> None:
        world.host(instances=1)
        self.fill(world, "a", "b", "c")
        assert world.loaded() == [{"b", "c"}]

    def test_a_model_larger_than_the_instance_is_a_model_error(self, world: World) -> None:
        world.app.knobs.write({"instance": {"memory_mb": 5}})
        world.host(instances=1)
        self.fill(world, "a")
        world.upload("big", mb=200)
        error = error_of(lambda: world.invoke("big"))
        assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (507, "The model takes 200 MB of 5 MB.")
        assert "big" not in world.loaded()[0]

    @pytest.mark.parametrize("container", [partial(StandIn, room_mb=5)])
    def test_a_507_with_nothing_left_to_unload_is_a_model_error(self, world: World) -> None:
        world.host(instances=1)
        world.upload("big", mb=200)
        error = error_of(lambda: world.invoke("big"))
        assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (507, "insufficient memory")
        assert world.loaded() == [set()]

    @pytest.mark.parametrize("container", [Gated])
    def test_a_load_waits_for_memory_that_is_in_use(self, world: World) -> None:
        world.app.knobs.write({"instance": {"memory_mb": 1.5}})
        world.host(instances=1)
        for target in ("a", "b"):
            world.upload(target, answer=target)
        first = in_background(world, "a", 1)
        wait_until(lambda: world.loaded() == [{"a"}])
        second = in_background(world, "b", 1)
        wait_until(lambda: loads(world, "b") == [1])
        assert world.loaded() == [{"a"}]
        Gated.gate.set()
        for request in first + second:
            request.join()
        assert world.loaded() == [{"b"}]

    def test_under_pressure_every_answer_is_its_own_models_and_memory_is_not_exceeded(self, world: World) -> None:
        world.app.knobs.write({"instance": {"memory_mb": 3.5}, "spill_after": 2, "invocation_limit": 600})
        world.host(instances=2)
        targets = [f"m{number}" for number in range(12)]
        for target in targets:
            world.upload(target, answer=target, mb=1.0)
        asked = [random.Random(seed).choice(targets) for seed in range(400)]
        with ThreadPoolExecutor(16) as pool:
            answered = list(pool.map(world.invoke, asked))
        assert answered == asked
        assert all(instance["memory_used_mb"] <= 3.5 for instance in world.instances())
        assert sum(loads(world, "m0")) > 1, "it was never under pressure"

    def test_a_deleted_artifact_goes_on_answering_from_memory(self, world: World) -> None:
        world.host(instances=1)
        self.fill(world, "a")
        world.front.objects.clear()
        assert world.invoke("a") == "a"


class TestErrors:
    def test_a_load_longer_than_an_invocation_is_a_429_and_goes_on(self, world: World) -> None:
        world.app.knobs.write({"invocation_limit": 0.1})
        world.upload("x", answer="one", load_seconds=2)
        world.host()
        error = error_of(lambda: world.invoke("x"))
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelNotReadyException", 429)
        wait_until(lambda: {"x"} in world.loaded())
        world.app.knobs.write({"invocation_limit": 60})
        assert world.invoke("x") == "one"
        assert loads(world, "x") == [1]

    @pytest.mark.parametrize(("status", "side"), [(400, "client"), (503, "server")])
    def test_the_containers_error_is_a_424_with_its_words(self, world: World, status: int, side: str) -> None:
        world.upload("x", invoke_error=[status, "no such column"])
        world.host()
        error = error_of(lambda: world.invoke("x"))
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (status, "no such column")
        assert (
            f'Received {side} error ({status}) from primary with message "no such column"' in error["Error"]["Message"]
        )

    def test_a_load_that_fails_is_a_424_and_the_next_call_tries_again(self, world: World) -> None:
        world.upload("x", load_error="bad weights")
        world.host(instances=1)
        assert error_of(lambda: world.invoke("x"))["OriginalMessage"] == "bad weights"
        assert code_of(lambda: world.invoke("x")) == "ModelError"
        assert (world.loaded(), loads(world, "x")) == ([set()], [2])

    @pytest.mark.parametrize(
        "body", [b"", b"not a tar", packed({"model.json": b"{}"})[:60]], ids=["empty", "not a tar", "cut short"]
    )
    def test_what_is_no_archive_is_refused(self, world: World, body: bytes) -> None:
        world.put("x", body)
        world.host()
        assert "Failed to extract model data" in error_of(lambda: world.invoke("x"))["Error"]["Message"]

    @pytest.mark.parametrize("container", [Gated])
    def test_a_container_that_takes_too_long_is_a_424(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        first = in_background(world, "x", 1)
        wait_until(lambda: {"x"} in world.loaded())
        world.app.knobs.write({"invocation_limit": 0.1})
        assert "timed out while waiting" in error_of(lambda: world.invoke("x"))["OriginalMessage"]
        Gated.gate.set()
        first[0].join()

    @pytest.mark.parametrize("container", [Gated])
    def test_a_request_on_a_killed_instance_is_an_internal_failure(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=1)
        codes: list[str] = []
        request = threading.Thread(target=lambda: codes.append(code_of(lambda: world.invoke("x"))))
        request.start()
        wait_until(lambda: world.loaded() == [{"x"}])
        world.app.knobs.act("instances/kill", {"endpoint": "fleet"})
        request.join()
        assert codes == ["InternalFailure"]

    def test_a_request_that_waits_for_a_load_on_a_killed_instance_hears_of_it_at_once(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=1)
        world.app.knobs.act("faults/slow", {"seconds": 600})
        codes: list[str] = []
        request = threading.Thread(target=lambda: codes.append(code_of(lambda: world.invoke("x"))))
        request.start()
        wait_until(lambda: in_flight(world, "x") == [1])
        world.app.knobs.act("instances/kill", {"endpoint": "fleet"})
        request.join()
        assert codes == ["InternalFailure"], "and not, after a minute, that the model is not ready"


class TestFaults:
    def test_calls_fail_as_often_as_told_before_they_take_effect(self, world: World) -> None:
        world.app.knobs.act(
            "faults/fail", {"operation": "CreateModel", "times": 2, "code": "ThrottlingException", "status": 400}
        )
        create = partial(world.declare, "m")
        assert [code_of(create), code_of(create)] == ["ThrottlingException"] * 2
        assert world.sagemaker.list_models()["Models"] == []
        create()

    def test_a_call_may_fail_after_it_took_effect(self, world: World) -> None:
        world.app.knobs.act("faults/fail", {"operation": "CreateModel", "when": "after"})
        assert code_of(lambda: world.declare("m")) == "InternalFailure"
        assert [row["ModelName"] for row in world.sagemaker.list_models()["Models"]] == ["m"]

    def test_invocations_can_be_failed_and_faults_forgotten(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host()
        fault = {"operation": "InvokeEndpoint", "times": 9, "code": "ServiceUnavailable", "status": 503}
        world.app.knobs.act("faults/fail", fault)
        assert code_of(lambda: world.invoke("x")) == "ServiceUnavailable"
        assert world.state["faults"]["fail"][0]["times"] == 8
        world.app.knobs.act("faults/clear", {})
        assert world.invoke("x") == "one"

    def test_loads_can_be_made_slow(self, world: World) -> None:
        world.upload("x", answer="one")
        world.host(instances=1)
        world.app.knobs.act("faults/slow", {"target": "x", "seconds": 0.3})
        world.invoke("x")
        world.app.knobs.act("metrics/deliver", {})
        assert world.took("ModelLoadingTime") >= 0.3
        assert world.waits("x") == 1
        assert world.state["faults"]["slow"] == []

    @pytest.mark.parametrize("changes", [{"duration": {}}, {"durations": {"creating": -1}}, {"spill_after": "many"}])
    def test_a_knob_that_is_not_there_or_does_not_fit_changes_nothing(
        self, world: World, changes: dict[str, Any]
    ) -> None:
        before = world.state["settings"]
        with pytest.raises(ValueError, match="validation error"):
            world.app.knobs.write(changes | {"load_limit": 5})
        assert world.state["settings"] == before

    @pytest.mark.parametrize(
        ("path", "body"),
        [("instances/paint", {}), ("faults/fail", {"times": 1}), ("instances/kill", {"endpoint": "none"})],
    )
    def test_an_act_that_cannot_be_is_refused(self, world: World, path: str, body: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"no act|validation error|no endpoint"):
            world.app.knobs.act(path, body)

    def test_calls_are_counted_by_operation(self, world: World) -> None:
        world.host()
        world.app.knobs.act("counters/reset", {})
        world.status()
        code_of(lambda: world.invoke("none"))
        assert world.state["counters"]["calls"] == {"DescribeEndpoint": 1, "InvokeEndpoint": 1}


class TestMetrics:
    def test_what_sagemaker_publishes_for_a_multi_model_endpoint_is_delivered(self, world: World) -> None:
        world.upload("x", answer="one")
        world.upload("bad", invoke_error=[500, "no"])
        world.host()
        for _ in range(3):
            world.invoke("x")
        code_of(lambda: world.invoke("bad"))
        world.app.knobs.act("metrics/deliver", {})
        dimensions = [{"Name": "EndpointName", "Value": "fleet"}, {"Name": "VariantName", "Value": "all"}]
        assert all(datum["Dimensions"] == dimensions for _, datum in world.metrics)
        assert self.summary(world, "AWS/SageMaker") >= {
            ("Invocations", 4.0, 4.0),
            ("InvocationsPerInstance", 4.0, 2.0),
            ("Invocation4XXErrors", 4.0, 0.0),
            ("Invocation5XXErrors", 4.0, 1.0),
            ("InvocationModelErrors", 4.0, 1.0),
            ("ModelCacheHit", 4.0, 2.0),
        }
        assert self.summary(world, "/aws/sagemaker/Endpoints") >= {("LoadedModelCount", 2.0, 2.0)}
        timed = {datum["MetricName"] for _, datum in world.metrics if datum["Unit"] == "Microseconds"}
        assert timed == {
            "ModelLatency",
            "OverheadLatency",
            "ModelLoadingWaitTime",
            "ModelDownloadingTime",
            "ModelLoadingTime",
        }

    def test_they_are_delivered_by_themselves(self, world: World) -> None:
        world.app.knobs.write({"metrics_seconds": 0.05})
        world.host()
        wait_until(lambda: bool(world.metrics))

    def summary(self, world: World, namespace: str) -> set[tuple[str, float, float]]:
        """Metric, number of samples, sum."""
        rows: dict[str, tuple[float, float]] = {}
        for space, datum in world.metrics:
            if space == namespace:
                count, total = rows.get(datum["MetricName"], (0.0, 0.0))
                more = sum(v * c for v, c in zip(datum["Values"], datum["Counts"], strict=True))
                rows[datum["MetricName"]] = (count + sum(datum["Counts"]), total + more)
        return {(name, count, total) for name, (count, total) in rows.items()}
