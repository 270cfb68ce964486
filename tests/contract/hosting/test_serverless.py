"""Serverless endpoints: containers that come and go, what is throttled, refused and measured; over stand-ins."""

import threading
from functools import partial
from typing import Any

import pytest

from .conftest import BUCKET, CONTAINER, IMAGE, ROLE, Gated, World, code_of, error_of, variant, wait_until

SINGLE = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"}
LIMITS = {"MemorySizeInMB": 3072, "MaxConcurrency": 2}


def serverless(**limits: int) -> dict[str, Any]:
    return {"VariantName": "all", "ModelName": "lone", "ServerlessConfig": LIMITS | limits}


def declare(world: World, name: str = "lone", **limits: int) -> None:
    if not world.sagemaker.list_models(NameContains="lone")["Models"]:
        world.sagemaker.create_model(ModelName="lone", ExecutionRoleArn=ROLE, PrimaryContainer=SINGLE)
    world.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[serverless(**limits)])


def host(world: World, answer: str = "one", model: dict[str, Any] | None = None, **limits: int) -> None:
    """A serverless endpoint in service."""
    world.upload("one.tar.gz", answer=answer, **(model or {}))
    declare(world, **limits)
    world.sagemaker.create_endpoint(EndpointName="lone", EndpointConfigName="lone")
    world.await_status("lone", "InService")


def invoke(world: World, body: bytes = b"1") -> str:
    answer = world.runtime.invoke_endpoint(EndpointName="lone", Body=body, ContentType="text/csv")
    return str(answer["Body"].read().decode())


def in_background(world: World, count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=invoke, args=(world,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def busy(world: World) -> int:
    return containers(world)["busy"]


def containers(world: World) -> dict[str, int]:
    """How many are `busy` and how many `idle`."""
    (endpoint,) = world.state["endpoints"]
    (reported,) = endpoint["variants"]
    return {state: int(reported[state]) for state in ("busy", "idle")}


def cold_starts(world: World) -> int:
    return len(world.state["counters"]["waits"])


def described(world: World) -> dict[str, Any]:
    (row,) = world.sagemaker.describe_endpoint(EndpointName="lone")["ProductionVariants"]
    return dict(row)


def readings(world: World) -> dict[str, list[float]]:
    """Values by metric, each as often as it was counted."""
    world.app.knobs.act("metrics/deliver", {})
    found: dict[str, list[float]] = {}
    for _, datum in world.metrics:
        for value, count in zip(datum["Values"], datum["Counts"], strict=True):
            found.setdefault(datum["MetricName"], []).extend([value] * int(count))
    return found


class TestContainers:
    def test_the_first_call_starts_a_container_which_the_next_one_finds(self, world: World) -> None:
        world.app.knobs.write({"serverless": {"cold_start_seconds": 0.3}})
        host(world)
        assert world.instances("lone") == []
        assert [invoke(world), invoke(world)] == ["one", "one"]
        world.app.knobs.act("metrics/deliver", {})
        assert world.took("ModelSetupTime") >= 0.3
        assert cold_starts(world) == 1
        assert len(world.instances("lone")) == 1

    def test_an_idle_container_goes_and_the_next_call_is_cold_again(self, world: World) -> None:
        host(world)
        invoke(world)
        world.app.knobs.write({"serverless": {"idle_seconds": 0.05}})
        wait_until(lambda: world.instances("lone") == [])
        assert (invoke(world), cold_starts(world)) == ("one", 2)

    @pytest.mark.parametrize("container", [Gated])
    def test_calls_at_the_same_time_have_a_container_each_and_above_the_maximum_are_throttled(
        self, world: World
    ) -> None:
        host(world)
        requests = in_background(world, 2)
        wait_until(lambda: world.in_flight("lone") == [1, 1])
        error = error_of(lambda: invoke(world))
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ThrottlingException", 400)
        Gated.gate.set()
        for request in requests:
            request.join()
        assert (invoke(world), busy(world)) == ("one", 0)

    def test_a_start_longer_than_an_invocation_is_a_429_and_goes_on(self, world: World) -> None:
        host(world)
        world.app.knobs.write({"invocation_limit": 0.1, "serverless": {"cold_start_seconds": 600}})
        error = error_of(lambda: invoke(world))
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelNotReadyException", 429)
        world.app.knobs.write({"invocation_limit": 60, "serverless": {"cold_start_seconds": 0}})
        assert invoke(world) == "one"
        assert len(world.instances("lone")) == 1, "the second call found the container that the first one started"

    def test_provisioned_containers_are_there_before_anybody_calls_and_stay(self, world: World) -> None:
        world.app.knobs.write({"serverless": {"idle_seconds": 0}})
        host(world, MaxConcurrency=3, ProvisionedConcurrency=2)
        assert invoke(world) == "one"
        assert (len(world.instances("lone")), cold_starts(world)) == (2, 0)

    @pytest.mark.parametrize("container", [Gated])
    def test_calls_beyond_the_provisioned_ones_spill_over_to_a_cold_container(self, world: World) -> None:
        host(world, ProvisionedConcurrency=1)
        requests = in_background(world, 1)
        wait_until(lambda: world.in_flight("lone") == [1])
        requests += in_background(world, 1)
        wait_until(lambda: world.in_flight("lone") == [1, 1])
        Gated.gate.set()
        for request in requests:
            request.join()
        values = readings(world)
        assert values["ServerlessProvisionedConcurrencyInvocations"] == [0, 1]
        assert values["ServerlessProvisionedConcurrencySpilloverInvocations"] == [0, 1]
        assert values["ServerlessProvisionedConcurrencyUtilization"] == [1, 1]
        assert values["ServerlessConcurrentExecutionsUtilization"] == [0.5, 1]
        assert len(values["ModelSetupTime"]) == 1

    def test_a_killed_provisioned_container_is_replaced(self, world: World) -> None:
        host(world, ProvisionedConcurrency=1)
        (before,) = world.instances("lone")
        world.app.knobs.act("instances/kill", {"endpoint": "lone"})
        wait_until(lambda: [each["instance"] for each in world.instances("lone")] not in ([], [before["instance"]]))
        wait_until(lambda: containers(world)["idle"] == 1)
        assert (invoke(world), cold_starts(world)) == ("one", 0)

    def test_maintenance_replaces_the_containers(self, world: World) -> None:
        host(world, ProvisionedConcurrency=1)
        (before,) = world.instances("lone")
        world.app.knobs.act("endpoints/maintain", {"endpoint": "lone"})
        world.await_status("lone", "InService")
        (after,) = world.instances("lone")
        assert before["instance"] != after["instance"]
        assert (invoke(world), cold_starts(world)) == ("one", 0)

    @pytest.mark.parametrize("provisioned", [{}, {"ProvisionedConcurrency": 2}], ids=["on demand", "provisioned"])
    def test_a_model_larger_than_its_memory_fails_the_endpoint(self, world: World, provisioned: dict[str, int]) -> None:
        world.upload("one.tar.gz", mb=4000)
        declare(world, **provisioned)
        world.sagemaker.create_endpoint(EndpointName="lone", EndpointConfigName="lone")
        wait_until(lambda: world.status("lone") == "Failed")
        reason = world.sagemaker.describe_endpoint(EndpointName="lone")["FailureReason"]
        assert "The model takes 4000 MB of 3072 MB." in reason
        assert world.instances("lone") == []

    def test_a_deleted_endpoint_leaves_no_container(self, world: World) -> None:
        host(world, ProvisionedConcurrency=1)
        invoke(world)
        world.sagemaker.delete_endpoint(EndpointName="lone")
        world.await_gone("lone")
        assert world.state["endpoints"] == []


class TestPayloads:
    def test_a_request_over_four_megabytes_is_refused(self, world: World) -> None:
        host(world)
        assert invoke(world, b"x" * 4_194_304) == "one"
        error = error_of(lambda: invoke(world, b"x" * 4_194_305))
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)

    def test_an_answer_over_four_megabytes_is_a_model_error(self, world: World) -> None:
        host(world, answer="x" * 4_194_305)
        error = error_of(lambda: invoke(world))
        assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 413)

    def test_a_container_fails_as_often_as_told(self, world: World) -> None:
        host(world)
        fault = {"endpoint": "lone", "times": 1, "status": 400, "message": "no such column"}
        world.app.knobs.act("faults/container", fault)
        error = error_of(lambda: invoke(world))
        assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (400, "no such column")
        assert invoke(world) == "one"


class TestChanges:
    def test_it_describes_its_current_and_desired_limits(self, world: World) -> None:
        host(world)
        assert described(world)["CurrentServerlessConfig"] == LIMITS
        world.app.knobs.write({"serverless": {"cold_start_seconds": 600}})
        change = {"VariantName": "all", "ServerlessUpdateConfig": {"MaxConcurrency": 4, "ProvisionedConcurrency": 1}}
        world.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="lone", DesiredWeightsAndCapacities=[change]
        )
        wanted = {"MemorySizeInMB": 3072, "MaxConcurrency": 4, "ProvisionedConcurrency": 1}
        row = described(world)
        assert (row["CurrentServerlessConfig"], row["DesiredServerlessConfig"]) == (LIMITS, wanted)
        world.app.knobs.write({"serverless": {"cold_start_seconds": 0}})
        world.await_status("lone", "InService")
        row = described(world)
        assert (row["CurrentServerlessConfig"], "DesiredServerlessConfig" in row) == (wanted, False)
        assert world.loaded("lone") == [{""}]

    def test_limits_that_cannot_be_provisioned_leave_the_old_ones(self, world: World) -> None:
        host(world)
        world.front.objects.clear()
        change = {"VariantName": "all", "ServerlessUpdateConfig": {"ProvisionedConcurrency": 1}}
        world.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="lone", DesiredWeightsAndCapacities=[change]
        )
        world.await_status("lone", "InService")
        told = world.sagemaker.describe_endpoint(EndpointName="lone")
        assert "Failed to download model data" in told["FailureReason"]
        assert (described(world)["CurrentServerlessConfig"], world.instances("lone")) == (LIMITS, [])
        assert "DesiredServerlessConfig" not in described(world)

    def test_an_update_replaces_its_containers_by_those_of_the_new_config(self, world: World) -> None:
        host(world)
        invoke(world)
        (before,) = world.instances("lone")
        declare(world, "larger", MemorySizeInMB=4096, ProvisionedConcurrency=1)
        world.sagemaker.update_endpoint(EndpointName="lone", EndpointConfigName="larger")
        assert invoke(world) == "one", "it serves all the while"
        world.await_status("lone", "InService")
        (after,) = world.instances("lone")
        assert (described(world)["CurrentServerlessConfig"]["MemorySizeInMB"], invoke(world)) == (4096, "one")
        assert before["instance"] != after["instance"]

    def test_it_can_become_instance_based_once_and_not_go_back(self, world: World) -> None:
        host(world, ProvisionedConcurrency=1)
        world.sagemaker.create_endpoint_config(EndpointConfigName="instances", ProductionVariants=[variant("lone", 1)])
        update = partial(world.sagemaker.update_endpoint, EndpointName="lone")
        update(EndpointConfigName="instances")
        world.await_status("lone", "InService")
        assert (described(world)["CurrentInstanceCount"], invoke(world)) == (1, "one")
        error = error_of(lambda: update(EndpointConfigName="lone"))["Error"]
        assert error["Code"] == "ValidationException"
        assert "Cannot update instance-based endpoint" in error["Message"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"DesiredInstanceCount": 2}, "DesiredInstanceCount is not supported"),
            ({"ServerlessUpdateConfig": {"ProvisionedConcurrency": 3}}, "less than or equal to MaxConcurrency 2"),
            ({"ServerlessUpdateConfig": {"MaxConcurrency": 201}}, "less than or equal to 200"),
        ],
        ids=["instances", "more provisioned than allowed", "above the service limit"],
    )
    def test_capacities_that_it_cannot_have_are_refused(self, world: World, change: dict[str, Any], words: str) -> None:
        host(world)
        error = error_of(
            lambda: world.sagemaker.update_endpoint_weights_and_capacities(
                EndpointName="lone", DesiredWeightsAndCapacities=[{"VariantName": "all"} | change]
            )
        )["Error"]
        assert (error["Code"], words in error["Message"]) == ("ValidationException", True)

    def test_nobody_adds_an_instance_to_it(self, world: World) -> None:
        host(world)
        with pytest.raises(ValueError, match="DesiredInstanceCount is not supported"):
            world.app.knobs.act("instances/add", {"endpoint": "lone"})

    def test_instances_take_no_serverless_limits_and_no_zero(self, world: World) -> None:
        world.host(instances=1)
        scale = partial(world.sagemaker.update_endpoint_weights_and_capacities, EndpointName="fleet")
        for change in ({"ServerlessUpdateConfig": {"MaxConcurrency": 1}}, {"DesiredInstanceCount": 0}):
            call = partial(scale, DesiredWeightsAndCapacities=[{"VariantName": "all"} | change])
            assert code_of(call) == "ValidationException"

    @pytest.mark.parametrize(
        ("quotas", "words"),
        [
            ({"serverless_endpoints": 1}, "Maximum number of serverless endpoints"),
            ({"serverless_concurrency": 3}, "is 3 Endpoints, with current utilization of 2 Endpoints"),
        ],
        ids=["endpoints", "concurrency"],
    )
    def test_a_quota_refuses_the_next_one(self, world: World, quotas: dict[str, int], words: str) -> None:
        world.app.knobs.write({"quotas": quotas})
        host(world)
        declare(world, "second")
        error = error_of(lambda: world.sagemaker.create_endpoint(EndpointName="second", EndpointConfigName="second"))
        assert error["Error"]["Code"] == "ResourceLimitExceeded"
        assert words in error["Error"]["Message"]


PIPELINE = [{"Image": IMAGE, "ContainerHostname": name} for name in ("first", "second")]
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
CAPTURE = {"InitialSamplingPercentage": 1, "DestinationS3Uri": "s3://b/c", "CaptureOptions": [{"CaptureMode": "Input"}]}
MODELS: list[tuple[dict[str, Any], str]] = [
    ({"PrimaryContainer": CONTAINER}, "MultiModel mode"),
    ({"Containers": PIPELINE}, "pipeline"),
    ({"PrimaryContainer": SINGLE, "VpcConfig": VPC}, "VpcConfig"),
    ({"PrimaryContainer": SINGLE, "EnableNetworkIsolation": True}, "EnableNetworkIsolation"),
    ({"PrimaryContainer": SINGLE | {"ImageConfig": {"RepositoryAccessMode": "Vpc"}}}, "private Docker registry"),
    (
        {
            "PrimaryContainer": {
                "Image": IMAGE,
                "ModelDataSource": {
                    "S3DataSource": {"S3Uri": "s3://b/k", "S3DataType": "S3Object", "CompressionType": "Gzip"}
                },
            }
        },
        "ModelDataSource",
    ),
]
CONFIGS: list[tuple[dict[str, Any], str]] = [
    ({"ProductionVariants": [serverless(MemorySizeInMB=1500)]}, "MemorySizeInMB 1500"),
    ({"ProductionVariants": [serverless(MemorySizeInMB=512)]}, "greater than or equal to 1024"),
    ({"ProductionVariants": [serverless(MemorySizeInMB=7168)]}, "less than or equal to 6144"),
    ({"ProductionVariants": [serverless(MaxConcurrency=201)]}, "less than or equal to 200"),
    ({"ProductionVariants": [serverless(ProvisionedConcurrency=3)]}, "ProvisionedConcurrency 3"),
    ({"ProductionVariants": [serverless(), serverless() | {"VariantName": "b"}]}, "production variant"),
    ({"ProductionVariants": [serverless() | {"InitialInstanceCount": 1}]}, "InitialInstanceCount"),
    ({"ProductionVariants": [serverless() | {"VolumeSizeInGB": 30}]}, "VolumeSizeInGB"),
    ({"ProductionVariants": [serverless() | {"InstanceType": "ml.g5.xlarge"}]}, "either InstanceType"),
    ({"ShadowProductionVariants": [serverless()]}, "ShadowProductionVariants"),
    ({"DataCaptureConfig": CAPTURE}, "DataCaptureConfig"),
    ({"VpcConfig": VPC}, "VpcConfig"),
    ({"ProductionVariants": [{"VariantName": "all", "ServerlessConfig": LIMITS}]}, "variant without a model"),
    ({"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/out"}}}, "ServerlessConfig"),
]


def test_what_sagemaker_does_not_combine_with_serverless_is_refused(world: World) -> None:
    world.sagemaker.create_model(ModelName="lone", ExecutionRoleArn=ROLE, PrimaryContainer=SINGLE)
    otherwise = []
    for number, (members, words) in enumerate(MODELS):
        world.sagemaker.create_model(ModelName=f"m{number}", ExecutionRoleArn=ROLE, **members)
        config = {"ProductionVariants": [serverless() | {"ModelName": f"m{number}"}]}
        otherwise += refused_otherwise(world, config, words)
    for config, words in CONFIGS:
        otherwise += refused_otherwise(world, {"ProductionVariants": [serverless()]} | config, words)
    assert otherwise == []


def refused_otherwise(world: World, config: dict[str, Any], words: str) -> list[Any]:
    """Nothing, when a config is refused with these words."""
    error = error_of(lambda: world.sagemaker.create_endpoint_config(EndpointConfigName="c", **config))["Error"]
    return [] if error["Code"] == "ValidationException" and words in error["Message"] else [(words, error)]
