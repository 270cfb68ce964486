"""Endpoints of several containers with direct invocation, over stand-in containers."""

from functools import partial
from typing import Any, ClassVar

import pytest

from local.hosting.stand_in import StandIn

from .conftest import BUCKET, IMAGE, ROLE, World, code_of, error_of, variant, wait_until

DIRECT = {"Mode": "Direct"}


def container(hostname: str, **members: Any) -> dict[str, Any]:
    artifact = f"s3://{BUCKET}/{hostname}.tar.gz"
    return {"ContainerHostname": hostname, "Image": IMAGE, "ModelDataUrl": artifact, **members}


def direct_model(*hostnames: str, **members: Any) -> dict[str, Any]:
    """Members of CreateModel."""
    return {
        "ModelName": "joint",
        "ExecutionRoleArn": ROLE,
        "Containers": [container(hostname) for hostname in hostnames],
        "InferenceExecutionConfig": DIRECT,
        **members,
    }


def host(world: World, *hostnames: str, instances: int = 2) -> None:
    """An endpoint `joint` in service, whose containers answer their hostnames."""
    for hostname in hostnames:
        world.upload(f"{hostname}.tar.gz", answer=hostname)
    world.sagemaker.create_model(**direct_model(*hostnames))
    world.sagemaker.create_endpoint_config(EndpointConfigName="joint", ProductionVariants=[variant("joint", instances)])
    world.sagemaker.create_endpoint(EndpointName="joint", EndpointConfigName="joint")
    world.await_status("joint", "InService")


def ask(world: World, hostname: str, **members: Any) -> str:
    response = world.runtime.invoke_endpoint(
        EndpointName="joint", TargetContainerHostname=hostname, Body=b"1,2", ContentType="text/csv", **members
    )
    return str(response["Body"].read().decode())


def targets(world: World) -> list[set[str]]:
    """What every container of every instance holds, by instance."""
    return world.loaded("joint")


def values(world: World, **dimensions: str) -> dict[str, float]:
    """The sums of all metrics with exactly these dimensions."""
    world.app.knobs.act("metrics/deliver", {})
    return {
        datum["MetricName"]: sum(value * count for value, count in zip(datum["Values"], datum["Counts"], strict=True))
        for _, datum in world.metrics
        if {each["Name"]: each["Value"] for each in datum["Dimensions"]} == dimensions
    }


def test_the_container_that_is_named_answers_and_every_instance_runs_them_all(world: World) -> None:
    names = [f"tenant-{number}" for number in range(15)]
    host(world, *names)
    assert [ask(world, name) for name in names] == names
    assert targets(world) == [set(names), set(names)]
    assert [len(row["containers"]) for row in world.instances("joint")] == [15, 15]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "a TargetContainerHostname header is required"),
        ({"TargetContainerHostname": "globex"}, "TargetContainerHostname globex is not found"),
        ({"TargetContainerHostname": "ACME"}, "TargetContainerHostname ACME is not found"),
        ({"TargetContainerHostname": "acme", "TargetModel": "x"}, "TargetModel is not supported"),
        ({"TargetContainerHostname": "acme", "InferenceComponentName": "x"}, "Component Name header is not allowed"),
    ],
    ids=["none", "unknown", "other case", "with a model", "with a component"],
)
def test_an_invocation_has_to_name_one_of_its_containers(world: World, members: dict[str, str], words: str) -> None:
    host(world, "acme", "other", instances=1)
    error = error_of(partial(world.runtime.invoke_endpoint, EndpointName="joint", Body=b"1", **members))
    assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (400, "ValidationError")
    assert words in error["Error"]["Message"]


def test_an_error_names_the_container_it_comes_from(world: World) -> None:
    host(world, "acme", "other", instances=1)
    world.upload("acme.tar.gz", invoke_error=[500, "boom"])
    world.sagemaker.update_endpoint(EndpointName="joint", EndpointConfigName="joint")
    world.await_status("joint", "InService")
    error = error_of(partial(ask, world, "acme"))
    assert (error["Error"]["Code"], error["OriginalMessage"]) == ("ModelError", "boom")
    assert "Received server error (500) from acme with message" in error["Error"]["Message"]
    assert ask(world, "other") == "other"


def test_each_container_has_metrics_of_its_own(world: World) -> None:
    host(world, "acme", "other", instances=1)
    for name in ("acme", "acme", "other"):
        ask(world, name)
    at = {"EndpointName": "joint", "VariantName": "all"}
    whole, acme = values(world, **at), values(world, **at, ContainerName="acme")
    assert (whole["Invocations"], acme["Invocations"]) == (3, 2)
    assert set(acme) == {
        *("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ContainerLatency", "OverheadLatency"),
        "MemoryUtilization",
    }
    assert whole["MemoryUtilization"] == pytest.approx(2 * acme["MemoryUtilization"])
    assert not {"ModelLoadingTime", "ModelCacheHit", "LoadedModelCount"} & set(whole), "these are multi-model metrics"


def test_an_endpoint_describes_every_image_and_lists_like_any_other(world: World) -> None:
    host(world, "acme", "other")
    (shown,) = world.sagemaker.describe_endpoint(EndpointName="joint")["ProductionVariants"]
    assert [row["SpecifiedImage"] for row in shown["DeployedImages"]] == [IMAGE, IMAGE]
    assert (shown["CurrentInstanceCount"], shown["DesiredInstanceCount"]) == (2, 2)
    assert world.sagemaker.describe_model(ModelName="joint")["InferenceExecutionConfig"] == DIRECT
    assert [row["EndpointStatus"] for row in world.sagemaker.list_endpoints()["Endpoints"]] == ["InService"]


class Counted(StandIn):
    """Knows how many of its kind run."""

    running: ClassVar[set[int]] = set()

    def start(self) -> int:
        self.running.add(id(self))
        return super().start()

    def stop(self) -> None:
        self.running.discard(id(self))
        super().stop()


@pytest.mark.parametrize("container", [Counted])
def test_a_killed_instance_takes_all_its_containers_and_comes_back_with_all(world: World) -> None:
    Counted.running.clear()
    host(world, "acme", "other", instances=1)
    assert len(Counted.running) == 2
    before = world.instances("joint")[0]["instance"]
    world.app.knobs.act("instances/kill", {"endpoint": "joint"})
    wait_until(lambda: targets(world) == [{"acme", "other"}])
    assert world.instances("joint")[0]["instance"] != before
    assert len(Counted.running) == 2
    assert ask(world, "other") == "other"
    world.app.close()
    assert Counted.running == set()


def test_a_scale_out_joins_with_every_model_loaded(world: World) -> None:
    host(world, "acme", "other", instances=1)
    world.app.knobs.act("instances/add", {"endpoint": "joint"})
    world.await_status("joint", "InService")
    assert targets(world) == [{"acme", "other"}] * 2


def test_a_container_whose_model_does_not_load_fails_the_endpoint(world: World) -> None:
    world.upload("acme.tar.gz", answer="acme")
    world.upload("other.tar.gz", load_error="no such weights")
    world.sagemaker.create_model(**direct_model("acme", "other"))
    world.sagemaker.create_endpoint_config(EndpointConfigName="joint", ProductionVariants=[variant("joint", 1)])
    world.sagemaker.create_endpoint(EndpointName="joint", EndpointConfigName="joint")
    wait_until(lambda: world.status("joint") == "Failed")
    assert "no such weights" in world.sagemaker.describe_endpoint(EndpointName="joint")["FailureReason"]


def test_the_containers_share_the_memory_of_an_instance(world: World) -> None:
    world.app.knobs.write({"instance": {"memory_mb": 100}})
    for name in ("acme", "other"):
        world.upload(f"{name}.tar.gz", mb=60)
    world.sagemaker.create_model(**direct_model("acme", "other"))
    world.sagemaker.create_endpoint_config(EndpointConfigName="joint", ProductionVariants=[variant("joint", 1)])
    world.sagemaker.create_endpoint(EndpointName="joint", EndpointConfigName="joint")
    wait_until(lambda: world.status("joint") == "Failed")
    assert "do not fit" in world.sagemaker.describe_endpoint(EndpointName="joint")["FailureReason"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Containers": [container("acme")]}, "more than one container"),
        ({"Containers": [container(f"c-{number}") for number in range(16)]}, "less than or equal to 15"),
        ({"Containers": [container("acme"), container("acme")]}, "must be unique"),
        ({"Containers": [container("acme"), {"Image": IMAGE}]}, "ContainerHostname is required for each"),
        (
            {"Containers": [container("acme"), container("x", Mode="MultiModel", ModelDataUrl=f"s3://{BUCKET}/")]},
            "MultiModel mode are not supported",
        ),
        ({"Containers": [container("a_b"), container("acme")]}, "'containers.1.member.containerHostname'"),
        ({"InferenceExecutionConfig": {"Mode": "Parallel"}}, "enum value set: [Serial, Direct]"),
    ],
    ids=["one", "sixteen", "same name twice", "no name", "multi-model", "bad name", "bad mode"],
)
def test_a_model_that_sagemaker_does_not_have_is_refused(world: World, members: dict[str, Any], words: str) -> None:
    error = error_of(partial(world.sagemaker.create_model, **direct_model("acme", "other", **members)))
    assert (error["Error"]["Code"], words in error["Error"]["Message"]) == ("ValidationException", True), error["Error"]


def test_one_primary_container_cannot_be_invoked_directly(world: World) -> None:
    members = direct_model("acme", "other", PrimaryContainer=container("acme"))
    del members["Containers"]
    assert code_of(partial(world.sagemaker.create_model, **members)) == "ValidationException"


ASYNCHRONOUS = {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}}
SERVERLESS = {
    "VariantName": "all",
    "ModelName": "joint",
    "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
}


@pytest.mark.parametrize(
    ("production", "members", "words"),
    [
        (variant("joint", InstanceType="ml.g5.xlarge"), {}, "ml.g5.xlarge of variant all is not supported"),
        (variant("joint", InstanceType="ml.inf1.xlarge"), {}, "run on CPU instances"),
        (SERVERLESS, {}, "is serverless"),
        (variant("joint"), {"AsyncInferenceConfig": ASYNCHRONOUS}, "AsyncInferenceConfig is not supported"),
    ],
    ids=["gpu", "inferentia", "serverless", "asynchronous"],
)
def test_an_endpoint_config_that_sagemaker_does_not_have_is_refused(
    world: World, production: dict[str, Any], members: dict[str, Any], words: str
) -> None:
    world.sagemaker.create_model(**direct_model("acme", "other"))
    create = partial(
        world.sagemaker.create_endpoint_config, EndpointConfigName="c", ProductionVariants=[production], **members
    )
    error = error_of(create)
    assert (error["Error"]["Code"], words in error["Error"]["Message"]) == ("ValidationException", True), error["Error"]


class Unstartable(StandIn):
    """A container that never comes up."""

    def start(self) -> int:
        raise OSError("no port")


@pytest.mark.parametrize("container", [Unstartable])
def test_containers_that_do_not_start_fail_the_endpoint(world: World) -> None:
    world.sagemaker.create_model(**direct_model("acme", "other"))
    world.sagemaker.create_endpoint_config(EndpointConfigName="joint", ProductionVariants=[variant("joint", 1)])
    world.sagemaker.create_endpoint(EndpointName="joint", EndpointConfigName="joint")
    wait_until(lambda: world.status("joint") == "Failed")
    assert world.instances("joint") == []
