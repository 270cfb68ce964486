"""Inference components: room, copies, states, routing, rolling updates and metrics, over stand-in containers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from local.contract import check_response
from local.hosting.settings import AWS_RATES

from .conftest import ACCOUNT, BUCKET, IMAGE, REGION, ROLE, Gated, World, error_of, variant, wait_until

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
NO_ROOM = "There is not enough hardware resources on the instances to create a copy of the inference component."


def bare(instances: int = 1, **members: Any) -> dict[str, Any]:
    """A production variant without a model, on instances of 2 cores."""
    production = variant("", instances, **members)
    del production["ModelName"]
    return production


def scaled(least: int, most: int) -> dict[str, Any]:
    """ManagedInstanceScaling."""
    return {"Status": "ENABLED", "MinInstanceCount": least, "MaxInstanceCount": most}


def host(world: World, instances: int = 1, **members: Any) -> None:
    """An endpoint `ground` in service, with room for two copies of 1,000 MB and one core on each instance."""
    world.app.knobs.write({"component": {"cpu_cores": 2, "memory_mb": 2000}})
    world.sagemaker.create_endpoint_config(
        EndpointConfigName="ground", ExecutionRoleArn=ROLE, ProductionVariants=[bare(instances, **members)]
    )
    world.sagemaker.create_endpoint(EndpointName="ground", EndpointConfigName="ground")
    world.await_status("ground", "InService")


def specification(artifact: str = "one", memory: int = 1000, cores: float = 1.0, **members: Any) -> dict[str, Any]:
    """A Specification with a container."""
    return {
        "Container": {"Image": IMAGE, "ArtifactUrl": f"s3://{BUCKET}/{artifact}.tar.gz", "Environment": {"A": "1"}},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": memory, "NumberOfCpuCoresRequired": cores},
        **members,
    }


def request(name: str = "acme", copies: int = 1, **members: Any) -> dict[str, Any]:
    """Members of CreateInferenceComponent."""
    return {
        "InferenceComponentName": name,
        "EndpointName": "ground",
        "VariantName": "all",
        "Specification": specification(),
        "RuntimeConfig": {"CopyCount": copies},
        **members,
    }


def create(world: World, name: str = "acme", copies: int = 1, **members: Any) -> None:
    """A component in service; its artifact answers its name unless `members` say otherwise."""
    world.upload("one.tar.gz", answer="one")
    world.sagemaker.create_inference_component(**request(name, copies, **members))
    await_component(world, name, "InService")


def described(world: World, name: str = "acme") -> dict[str, Any]:
    shown: dict[str, Any] = world.sagemaker.describe_inference_component(InferenceComponentName=name)
    return shown


def await_component(world: World, name: str, status: str) -> None:
    wait_until(lambda: described(world, name)["InferenceComponentStatus"] not in ("Creating", "Updating"))
    shown = described(world, name)
    assert shown["InferenceComponentStatus"] == status, shown.get("FailureReason")


def copies(world: World, name: str = "acme") -> tuple[int, int]:
    """Desired and current."""
    config = described(world, name)["RuntimeConfig"]
    return config["DesiredCopyCount"], config["CurrentCopyCount"]


def scale(world: World, count: int, name: str = "acme") -> None:
    world.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": count}
    )


def ask(world: World, name: str = "acme") -> str:
    response = world.runtime.invoke_endpoint(EndpointName="ground", InferenceComponentName=name, Body=b"1")
    return str(response["Body"].read().decode())


def spread(world: World) -> list[int]:
    """How many copies are on each instance."""
    return [len(row["containers"]) for row in world.instances("ground")]


def kept(world: World) -> set[str]:
    """Which copies there are."""
    (component,) = world.state["inference_components"]
    return {copy["instance"] for copy in component["copies"]}


def remove(world: World, name: str = "acme") -> None:
    world.sagemaker.delete_inference_component(InferenceComponentName=name)
    wait_until(lambda: name not in listed(world))


def listed(world: World, **filters: Any) -> list[str]:
    rows = world.sagemaker.list_inference_components(SortBy="Name", SortOrder="Ascending", **filters)
    return [row["InferenceComponentName"] for row in rows["InferenceComponents"]]


def values(world: World, **dimensions: str) -> dict[str, list[float]]:
    """The values of all metrics with exactly these dimensions, each as often as it was counted."""
    world.app.knobs.act("metrics/deliver", {})
    return {
        datum["MetricName"]: [
            value for value, count in zip(datum["Values"], datum["Counts"], strict=True) for _ in range(int(count))
        ]
        for _, datum in world.metrics
        if {each["Name"]: each["Value"] for each in datum["Dimensions"]} == dimensions
    }


class TestLife:
    def test_every_operation_answers_in_its_shape(self, world: World) -> None:
        host(world, 2)
        world.upload("one.tar.gz", answer="one")
        tags = [{"Key": "tenant", "Value": "acme"}]
        update = {"InferenceComponentName": "Acme-1", "Specification": specification()}
        rolling = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 0}
        walk: list[tuple[str, dict[str, Any]]] = [
            ("CreateInferenceComponent", request("Acme-1", Tags=tags)),
            ("DescribeInferenceComponent", {"InferenceComponentName": "Acme-1"}),
            ("await", {}),
            ("DescribeInferenceComponent", {"InferenceComponentName": "Acme-1"}),
            ("ListInferenceComponents", {"StatusEquals": "InService", "NameContains": "acme", "SortBy": "Status"}),
            ("UpdateInferenceComponent", {**update, "DeploymentConfig": {"RollingUpdatePolicy": rolling}}),
            ("await", {}),
            ("DescribeInferenceComponent", {"InferenceComponentName": "Acme-1"}),
            (
                "UpdateInferenceComponentRuntimeConfig",
                {"InferenceComponentName": "Acme-1", "DesiredRuntimeConfig": {"CopyCount": 2}},
            ),
            ("await", {}),
            ("DescribeEndpoint", {"EndpointName": "ground"}),
            ("DescribeEndpointConfig", {"EndpointConfigName": "ground"}),
            ("ListTags", {"ResourceArn": f"{ARN}:inference-component/acme-1"}),
            ("DeleteInferenceComponent", {"InferenceComponentName": "Acme-1"}),
        ]
        for operation, params in walk:
            if operation == "await":
                await_component(world, "Acme-1", "InService")
                continue
            answer = world.sagemaker._make_api_call(operation, params)
            assert check_response("sagemaker", operation, answer) == [], operation
            if operation == "ListTags":
                assert answer["Tags"] == tags
        served = {operation for operation in world.app.operations if "InferenceComponent" in operation}
        assert served <= {operation for operation, _ in walk}

    def test_a_component_goes_through_its_states_and_can_only_be_changed_in_service(self, world: World) -> None:
        host(world)
        last = partial(world.app.knobs.write, {"component": {"creating": 600, "updating": 600, "deleting": 600}})
        end = partial(world.app.knobs.write, {"component": {"creating": 0, "updating": 0, "deleting": 0}})
        last()
        world.upload("one.tar.gz", answer="one")
        arn = world.sagemaker.create_inference_component(**request("Acme"))["InferenceComponentArn"]
        assert arn == f"{ARN}:inference-component/acme"
        self.is_busy(world, "Creating", "CREATE_IN_PROGRESS")
        end()
        await_component(world, "Acme", "InService")
        last()
        scale(world, 2, "Acme")
        self.is_busy(world, "Updating", "UPDATE_IN_PROGRESS")
        end()
        await_component(world, "Acme", "InService")
        last()
        world.sagemaker.delete_inference_component(InferenceComponentName="Acme")
        self.is_busy(world, "Deleting", "DELETE_IN_PROGRESS")
        end()
        wait_until(lambda: listed(world) == [])
        error = error_of(partial(described, world, "Acme"))
        assert error["Error"]["Message"] == f'Could not find inference component "{arn}".'

    def is_busy(self, world: World, status: str, told: str) -> None:
        assert described(world, "Acme")["InferenceComponentStatus"] == status
        for act in (
            partial(scale, world, 2, "Acme"),
            partial(world.sagemaker.delete_inference_component, InferenceComponentName="Acme"),
        ):
            error = error_of(act)["Error"]
            assert (error["Code"], told in error["Message"]) == ("ValidationException", True)

    def test_what_was_asked_for_is_described(self, world: World) -> None:
        host(world)
        create(world, copies=2, Specification=specification(SchedulingConfig={"PlacementStrategy": "BINPACK"}))
        shown = described(world)
        assert (shown["EndpointName"], shown["EndpointArn"]) == ("ground", f"{ARN}:endpoint/ground")
        assert shown["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
        container = shown["Specification"]["Container"]
        assert container["DeployedImage"]["ResolvedImage"] == IMAGE
        assert container["ArtifactUrl"] == f"s3://{BUCKET}/one.tar.gz"
        assert shown["Specification"]["SchedulingConfig"] == {"PlacementStrategy": "BINPACK"}
        assert "FailureReason" not in shown

    def test_a_component_may_run_a_model(self, world: World) -> None:
        host(world)
        world.upload("one.tar.gz", answer="from a model")
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"}
        world.sagemaker.create_model(ModelName="churn", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        from_model = specification(ModelName="churn")
        del from_model["Container"]
        world.sagemaker.create_inference_component(**request(Specification=from_model))
        await_component(world, "acme", "InService")
        assert ask(world) == "from a model"
        assert described(world)["Specification"]["ModelName"] == "churn"

    def test_a_model_that_does_not_load_fails_the_component_which_can_be_deleted(self, world: World) -> None:
        host(world)
        world.upload("one.tar.gz", load_error="no such weights")
        world.sagemaker.create_inference_component(**request())
        await_component(world, "acme", "Failed")
        assert "no such weights" in described(world)["FailureReason"]
        assert (copies(world), spread(world)) == ((1, 0), [0])
        remove(world)

    def test_lists_are_filtered_by_endpoint_variant_and_name(self, world: World) -> None:
        host(world, 2)
        for name in ("acme-a", "acme-b", "globex"):
            create(world, name)
        assert listed(world, NameContains="ACME") == ["acme-a", "acme-b"]
        assert listed(world, EndpointNameEquals="ground", VariantNameEquals="all", MaxResults=1) == ["acme-a"]
        assert listed(world, EndpointNameEquals="other") == []
        assert listed(world, VariantNameEquals="other") == []

    def test_an_endpoint_goes_after_its_components(self, world: World) -> None:
        host(world)
        create(world)
        error = error_of(partial(world.sagemaker.delete_endpoint, EndpointName="ground"))
        assert error["Error"]["Message"].startswith("Cannot delete endpoint with inference component associated.")
        assert world.status("ground") == "InService"
        remove(world)
        world.sagemaker.delete_endpoint(EndpointName="ground")
        world.await_gone("ground")

    def test_the_endpoint_describes_its_instances_and_no_image(self, world: World) -> None:
        host(world, 2, ManagedInstanceScaling=scaled(1, 3), RoutingConfig={"RoutingStrategy": "RANDOM"})
        (shown,) = world.sagemaker.describe_endpoint(EndpointName="ground")["ProductionVariants"]
        assert (shown["CurrentInstanceCount"], shown["DesiredInstanceCount"]) == (2, 2)
        assert shown["ManagedInstanceScaling"] == scaled(1, 3)
        assert shown["RoutingConfig"] == {"RoutingStrategy": "RANDOM"}
        assert "DeployedImages" not in shown


class TestRoom:
    def test_copies_reserve_room_and_spread_over_the_instances(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        create(world, "globex", 2)
        assert spread(world) == [2, 2]
        assert {row["free_memory_mb"] for row in world.instances("ground")} == {0.0}

    def test_binpack_fills_one_instance_first(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2, Specification=specification(SchedulingConfig={"PlacementStrategy": "BINPACK"}))
        assert sorted(spread(world)) == [0, 2]

    @pytest.mark.parametrize(
        "need",
        [{"memory": 2001}, {"cores": 2.5}, {"accelerators": 1}],
        ids=["memory", "cores", "accelerators"],
    )
    def test_a_copy_that_fits_nowhere_fails_the_component(self, world: World, need: dict[str, Any]) -> None:
        host(world, 2)
        asked = specification(**{key: value for key, value in need.items() if key != "accelerators"})
        if "accelerators" in need:
            asked["ComputeResourceRequirements"]["NumberOfAcceleratorDevicesRequired"] = 1
        world.sagemaker.create_inference_component(**request(Specification=asked))
        await_component(world, "acme", "Failed")
        assert described(world)["FailureReason"].startswith(NO_ROOM)

    def test_a_component_waits_in_creating_until_another_one_makes_room(self, world: World) -> None:
        host(world)
        create(world, copies=2)
        world.app.knobs.write({"component": {"placing": 600}})
        world.sagemaker.create_inference_component(**request("globex"))
        assert described(world, "globex")["InferenceComponentStatus"] == "Creating"
        scale(world, 1)
        await_component(world, "globex", "InService")
        assert (copies(world), copies(world, "globex")) == ((1, 1), (1, 1))

    def test_a_component_that_fits_in_part_gives_back_what_it_took(self, world: World) -> None:
        host(world)
        world.upload("one.tar.gz", answer="one")
        world.sagemaker.create_inference_component(**request(copies=3))
        await_component(world, "acme", "Failed")
        assert (copies(world), spread(world)) == ((3, 0), [0])

    def test_more_copies_than_fit_leave_the_component_with_those_it_had(self, world: World) -> None:
        host(world)
        create(world)
        scale(world, 5)
        await_component(world, "acme", "InService")
        assert copies(world) == (1, 1)
        assert described(world)["FailureReason"].startswith(NO_ROOM)
        assert ask(world) == "one"

    def test_managed_scaling_adds_instances_up_to_its_most_and_releases_them(self, world: World) -> None:
        host(world, 1, ManagedInstanceScaling=scaled(1, 2))
        create(world, copies=4)
        assert spread(world) == [2, 2]
        told = "SageMaker Endpoint Deployment State Change"
        wait_until(lambda: told in {event["detail-type"] for event in world.events})
        scale(world, 5)
        await_component(world, "acme", "InService")
        assert copies(world) == (4, 4), "there are no more than two instances"
        scale(world, 2)
        await_component(world, "acme", "InService")
        remove(world)
        wait_until(lambda: spread(world) == [0])
        (shown,) = world.sagemaker.describe_endpoint(EndpointName="ground")["ProductionVariants"]
        assert (shown["CurrentInstanceCount"], shown["DesiredInstanceCount"]) == (1, 1)

    def test_components_that_come_at_once_all_find_room_on_no_more_instances_than_they_need(self, world: World) -> None:
        host(world, 1, ManagedInstanceScaling=scaled(1, 9))
        world.upload("one.tar.gz", answer="one")
        names = [f"tenant-{number:02}" for number in range(11)]
        with ThreadPoolExecutor(11) as pool:
            list(pool.map(lambda name: world.sagemaker.create_inference_component(**request(name)), names))
        for name in names:
            await_component(world, name, "InService")
        assert sorted(spread(world)) == [1, 2, 2, 2, 2, 2]
        assert [ask(world, name) for name in names] == ["one"] * 11

    def test_managed_scaling_keeps_within_the_quota_of_the_account(self, world: World) -> None:
        host(world, 1, ManagedInstanceScaling=scaled(1, 3))
        world.app.knobs.write({"quotas": {"instances": 1}})
        world.upload("one.tar.gz", answer="one")
        world.sagemaker.create_inference_component(**request(copies=3))
        wait_until(lambda: described(world)["InferenceComponentStatus"] == "Failed")
        assert len(world.instances("ground")) == 1

    def test_an_endpoint_scales_to_no_instance_and_back(self, world: World) -> None:
        host(world, 1, ManagedInstanceScaling=scaled(0, 2))
        create(world)
        scale(world, 0)
        await_component(world, "acme", "InService")
        wait_until(lambda: world.instances("ground") == [])
        assert (copies(world), world.status("ground")) == ((0, 0), "InService")
        error = error_of(partial(ask, world))
        assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (400, "ValidationError")
        assert error["Error"]["Message"].startswith("Inference Component has no capacity to process this request.")
        assert values(world, InferenceComponentName="acme")["NoCapacityInvocationFailures"] == [1.0]
        scale(world, 1)
        await_component(world, "acme", "InService")
        assert ask(world) == "one"

    def test_an_instance_type_has_the_room_its_name_says(self, world: World) -> None:
        host(world)
        world.app.knobs.write({"component": {"cpu_cores": None, "memory_mb": None, "kept_mb": 192}})
        create(world, copies=0)
        world.app.knobs.act("instances/add", {"endpoint": "ground"})
        world.await_status("ground", "InService")
        free = {(row["free_cores"], row["free_memory_mb"]) for row in world.instances("ground")}
        assert free == {(2, 2000), (2, 8000)}, "ml.m5.large has 2 cores and 8 GiB"


class TestInstances:
    def test_copies_of_a_killed_instance_come_back_on_its_replacement(self, world: World) -> None:
        host(world)
        create(world, copies=2)
        world.app.knobs.act("instances/kill", {"endpoint": "ground"})
        wait_until(lambda: spread(world) == [2] and copies(world) == (2, 2))
        assert ask(world) == "one"

    def test_a_killed_copy_comes_back_while_the_others_serve(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        before = kept(world)
        world.app.knobs.act("copies/kill", {"component": "acme"})
        assert ask(world) == "one"
        wait_until(lambda: copies(world) == (2, 2))
        assert len(before & kept(world)) == 1
        assert sorted(spread(world)) == [1, 1]

    @pytest.mark.parametrize("container", [Gated])
    def test_maintenance_moves_copies_before_it_takes_an_instance(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        before = {row["instance"] for row in world.instances("ground")}
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(ask(world)))
        asking.start()
        wait_until(lambda: any(row["in_flight"] for each in world.instances("ground") for row in each["targets"]))
        world.app.knobs.act("endpoints/maintain", {"endpoint": "ground"})
        Gated.gate.set()
        asking.join()
        world.await_status("ground", "InService")
        assert (answers, copies(world)) == (["one"], (2, 2))
        assert not before & {row["instance"] for row in world.instances("ground")}

    def test_a_scale_in_moves_copies_to_the_instances_that_stay(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        world.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="ground", DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 1}]
        )
        world.await_status("ground", "InService")
        assert (spread(world), copies(world)) == ([2], (2, 2))

    def test_an_update_of_the_endpoint_takes_the_components_along(self, world: World) -> None:
        host(world)
        create(world, copies=2)
        world.sagemaker.create_endpoint_config(
            EndpointConfigName="larger", ExecutionRoleArn=ROLE, ProductionVariants=[bare(2)]
        )
        world.sagemaker.update_endpoint(EndpointName="ground", EndpointConfigName="larger")
        world.await_status("ground", "InService")
        assert (spread(world), copies(world), ask(world)) == ([1, 1], (2, 2), "one")

    def test_an_update_that_leaves_components_without_a_variant_is_refused(self, world: World) -> None:
        host(world)
        create(world)
        for name, variants in (("renamed", [bare(1, VariantName="other")]), ("with-model", [variant("m")])):
            world.sagemaker.create_model(
                ModelName="m" if name == "with-model" else "n",
                ExecutionRoleArn=ROLE,
                PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"},
            )
            world.sagemaker.create_endpoint_config(
                EndpointConfigName=name, ExecutionRoleArn=ROLE, ProductionVariants=variants
            )
            update = partial(world.sagemaker.update_endpoint, EndpointName="ground", EndpointConfigName=name)
            assert error_of(update)["Error"]["Code"] == "ValidationException"
        assert world.status("ground") == "InService"


class TestRolling:
    def test_an_update_replaces_every_copy_and_serves_all_the_while(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        world.upload("two.tar.gz", answer="two")
        seen = {ask(world)}
        world.sagemaker.update_inference_component(
            InferenceComponentName="acme", Specification=specification("two"), RuntimeConfig={"CopyCount": 3}
        )
        while described(world)["InferenceComponentStatus"] == "Updating":
            seen.add(ask(world))
        assert {ask(world) for _ in range(6)} == {"two"}
        assert seen <= {"one", "two"}
        assert copies(world) == (3, 3)
        assert described(world)["Specification"]["Container"]["ArtifactUrl"].endswith("/two.tar.gz")

    def test_an_update_that_does_not_load_ends_with_the_old_copies(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        world.upload("two.tar.gz", load_error="no such weights")
        world.sagemaker.update_inference_component(InferenceComponentName="acme", Specification=specification("two"))
        await_component(world, "acme", "InService")
        shown = described(world)
        assert "no such weights" in shown["FailureReason"]
        assert shown["Specification"]["Container"]["ArtifactUrl"].endswith("/one.tar.gz")
        assert (copies(world), sum(spread(world)), {ask(world) for _ in range(4)}) == ((2, 2), 2, {"one"})

    def test_an_update_that_stops_half_way_goes_back(self, world: World) -> None:
        host(world)
        create(world, copies=2, Specification=specification(memory=500, cores=0.5))
        before = kept(world)
        world.upload("two.tar.gz", answer="two")
        larger = specification("two", memory=900, cores=0.5)
        world.sagemaker.update_inference_component(InferenceComponentName="acme", Specification=larger)
        await_component(world, "acme", "InService")
        assert described(world)["FailureReason"].startswith(NO_ROOM), "there is room for one new one beside an old one"
        assert described(world)["Specification"]["ComputeResourceRequirements"]["MinMemoryRequiredInMb"] == 500
        assert len(before & kept(world)) == 1, "one was replaced and came back"
        assert (copies(world), spread(world), {ask(world) for _ in range(6)}) == ((2, 2), [2], {"one"})

    def test_an_update_of_the_runtime_config_alone_scales(self, world: World) -> None:
        host(world)
        create(world)
        world.sagemaker.update_inference_component(InferenceComponentName="acme", RuntimeConfig={"CopyCount": 2})
        await_component(world, "acme", "InService")
        assert copies(world) == (2, 2)


class TestServing:
    def test_components_answer_each_with_its_own_model(self, world: World) -> None:
        host(world)
        create(world)
        world.upload("two.tar.gz", answer="two")
        world.sagemaker.create_inference_component(**request("globex", Specification=specification("two")))
        await_component(world, "globex", "InService")
        assert [ask(world), ask(world, "globex")] == ["one", "two"]

    @pytest.mark.parametrize(
        ("members", "words"),
        [
            ({}, "Inference Component Name header is required for endpoints to which you plan to deploy"),
            ({"InferenceComponentName": "globex"}, "Inference Component globex is not found"),
            ({"InferenceComponentName": "ACME"}, "Inference Component ACME is not found"),
            ({"InferenceComponentName": "acme", "TargetModel": "x"}, "TargetModel is not supported"),
            ({"InferenceComponentName": "acme", "TargetContainerHostname": "x"}, "TargetContainerHostname is not"),
        ],
        ids=["none", "unknown", "other case", "with a model", "with a container"],
    )
    def test_an_invocation_has_to_name_a_component(self, world: World, members: dict[str, str], words: str) -> None:
        host(world)
        create(world)
        error = error_of(partial(world.runtime.invoke_endpoint, EndpointName="ground", Body=b"1", **members))
        assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (400, "ValidationError")
        assert words in error["Error"]["Message"]

    def test_other_endpoints_take_no_component(self, world: World) -> None:
        world.upload("x", answer="x")
        world.host(instances=1)
        error = error_of(partial(world.invoke, "x", InferenceComponentName="acme"))
        assert "Please remove the Inference Component Name header" in error["Error"]["Message"]

    @pytest.mark.parametrize("container", [Gated])
    def test_requests_go_to_the_copy_with_the_fewest(self, world: World) -> None:
        host(world, 2)
        create(world, copies=2)
        asking = [threading.Thread(target=ask, args=(world,)) for _ in range(6)]
        for number, thread in enumerate(asking, 1):
            thread.start()
            wait_until(partial(lambda started: sum(in_flight(world)) == started, number))
        assert sorted(in_flight(world)) == [3, 3]
        Gated.gate.set()
        for thread in asking:
            thread.join()
        assert max(values(world, InferenceComponentName="acme")["ConcurrentRequestsPerCopy"]) == 3.0

    def test_an_error_of_the_model_names_the_components_log_group(self, world: World) -> None:
        host(world)
        world.upload("one.tar.gz", invoke_error=[503, "boom"])
        world.sagemaker.create_inference_component(**request())
        await_component(world, "acme", "InService")
        error = error_of(partial(ask, world))
        assert error["Error"]["Message"].startswith('Received server error (503) from model with message "boom".')
        assert error["LogStreamArn"].endswith(":log-group:/aws/sagemaker/InferenceComponents/acme")

    def test_a_component_has_metrics_of_its_own_beside_the_variants(self, world: World) -> None:
        host(world)
        create(world, copies=2)
        for _ in range(4):
            ask(world)
        own = values(world, InferenceComponentName="acme")
        assert own["Invocations"] == [1.0] * 4
        assert own["InvocationsPerCopy"] == [0.5] * 4
        assert len(own["ModelLatency"]) == len(own["OverheadLatency"]) == 4
        assert own["MemoryUtilizationNormalized"] == [0.1, 0.1], "1 MB of 1,000 on each copy"
        assert own["Invocation5XXErrors"] == [0.0] * 4
        whole = values(world, EndpointName="ground", VariantName="all")
        assert (whole["MemoryReservation"], whole["CPUReservation"]) == ([100.0], [100.0])
        assert whole["Invocations"] == [1.0] * 4
        assert not {"ModelLoadingTime", "ModelCacheHit"} & set(whole), "these are multi-model metrics"


def in_flight(world: World) -> list[int]:
    """Requests by copy."""
    return [row["in_flight"] for each in world.instances("ground") for row in each["targets"]]


def config(**members: Any) -> dict[str, Any]:
    """Members of CreateEndpointConfig."""
    return {"EndpointConfigName": "c", "ExecutionRoleArn": ROLE, "ProductionVariants": [bare()], **members}


def asked(**members: Any) -> dict[str, Any]:
    """Members of CreateInferenceComponent, with others in the Specification."""
    return request("new", Specification=specification(**members))


def without(params: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}


BAD: list[tuple[str, dict[str, Any], str]] = [
    # operation, request, what the sentence says
    ("CreateEndpointConfig", without(config(), "ExecutionRoleArn"), "You must provide an ExecutionRoleArn"),
    ("CreateEndpointConfig", config(ProductionVariants=[bare(), variant("lone", VariantName="b")]), "or none has one"),
    (
        "CreateEndpointConfig",
        config(ProductionVariants=[bare(ManagedInstanceScaling=scaled(3, 2))]),
        "MinInstanceCount",
    ),
    (
        "CreateEndpointConfig",
        config(ProductionVariants=[bare(ManagedInstanceScaling=scaled(2, 3))]),
        "must lie between",
    ),
    (
        "CreateEndpointConfig",
        config(ProductionVariants=[variant("lone", ManagedInstanceScaling=scaled(1, 2))]),
        "ManagedInstanceScaling is only supported for inference component endpoints.",
    ),
    (
        "CreateEndpointConfig",
        config(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}}),
        "not supported by asynchronous endpoints",
    ),
    ("CreateInferenceComponent", request("acme"), "Cannot create already existing inference component"),
    ("CreateInferenceComponent", request("ACME"), "Cannot create already existing inference component"),
    ("CreateInferenceComponent", request("a_b"), "'inferenceComponentName' failed to satisfy constraint"),
    (
        "CreateInferenceComponent",
        request("new", EndpointName="none"),
        f'Could not find endpoint "{ARN}:endpoint/none".',
    ),
    ("CreateInferenceComponent", request("new", EndpointName="lone"), "not supported in this Endpoint"),
    ("CreateInferenceComponent", request("new", VariantName="none"), 'Could not find variant "none"'),
    ("CreateInferenceComponent", request("new", copies=-1), "greater than or equal to 0"),
    ("CreateInferenceComponent", asked(memory=127), "greater than or equal to 128"),
    ("CreateInferenceComponent", asked(cores=0.1), "greater than or equal to 0.25"),
    ("CreateInferenceComponent", asked(ModelName="lone"), "either ModelName or Container"),
    ("CreateInferenceComponent", without(request("new"), "Specification"), "either ModelName or Container"),
    ("CreateInferenceComponent", asked(BaseInferenceComponentName="acme"), "adapter inference components"),
    (
        "CreateInferenceComponent",
        request("new", Specification=without(specification(), "ComputeResourceRequirements")),
        "You must provide ComputeResourceRequirements",
    ),
    (
        "CreateInferenceComponent",
        asked(ComputeResourceRequirements={"MinMemoryRequiredInMb": 512, "MaxMemoryRequiredInMb": 256}),
        "MaxMemoryRequiredInMb must not be less",
    ),
    (
        "CreateInferenceComponent",
        request("new", Specification={**without(specification(), "Container"), "ModelName": "none"}),
        f'Could not find model "{ARN}:model/none".',
    ),
    (
        "CreateInferenceComponent",
        request("new", Specification={**without(specification(), "Container"), "ModelName": "many"}),
        "it has to be of one model",
    ),
    ("DescribeInferenceComponent", {"InferenceComponentName": "ACME"}, "Could not find inference component"),
    ("DeleteInferenceComponent", {"InferenceComponentName": "none"}, "Could not find inference component"),
    ("UpdateInferenceComponent", {"InferenceComponentName": "acme"}, "You must provide a Specification or a Runtime"),
    ("UpdateInferenceComponentRuntimeConfig", {"InferenceComponentName": "acme"}, "'desiredRuntimeConfig'"),
    (
        "UpdateInferenceComponent",
        {
            "InferenceComponentName": "acme",
            "Specification": specification(),
            "DeploymentConfig": {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 51},
                    "WaitIntervalInSeconds": 0,
                }
            },
        },
        "between 5% and 50%",
    ),
    ("ListInferenceComponents", {"StatusEquals": "IN_SERVICE"}, "enum value set"),
    ("DeleteEndpoint", {"EndpointName": "ground"}, "Please delete inference component and try it again."),
]


def test_bad_requests_are_refused_in_sagemakers_words(world: World) -> None:
    host(world)
    create(world)
    world.sagemaker.create_model(
        ModelName="many",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/"},
    )
    world.host("lone", 1)
    otherwise = []
    for operation, params, words in BAD:
        told = error_of(partial(world.sagemaker._make_api_call, operation, params))["Error"]
        if told["Code"] != "ValidationException" or words not in told["Message"]:
            otherwise.append((operation, words, told))
    assert otherwise == []
    assert (listed(world), copies(world), ask(world)) == (["acme"], (1, 1), "one")


def test_a_quota_limits_the_components_of_an_endpoint(world: World) -> None:
    host(world)
    create(world)
    world.app.knobs.write({"quotas": {"components_per_endpoint": 1}})
    error = error_of(partial(world.sagemaker.create_inference_component, **request("globex")))
    assert error["Error"]["Code"] == "ResourceLimitExceeded"
    assert "Number of inference components for an endpoint" in error["Error"]["Message"]


def test_the_rates_of_these_operations_are_limited_like_the_others(world: World) -> None:
    served = {operation for operation in world.app.operations if "InferenceComponent" in operation}
    assert served <= AWS_RATES.keys()
    world.app.knobs.write({"rates": {"DescribeInferenceComponent": 0.001}})
    codes = [error_of(partial(described, world, "none"))["Error"]["Code"] for _ in range(2)]
    assert codes == ["ValidationException", "ThrottlingException"]
