"""Every operation answers in AWS's own shape, and refuses what SageMaker refuses, in SageMaker's words."""

from functools import partial
from typing import Any

import pytest

from local.contract import check_response
from local.hosting.settings import AWS_RATES

from .conftest import ACCOUNT, CONTAINER, IMAGE, REGION, ROLE, World, error_of, variant

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
TAGS = [{"Key": "tenant", "Value": "acme"}]

WALK: list[tuple[str, dict[str, Any]]] = [
    ("CreateModel", {"ModelName": "M-1", "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER, "Tags": TAGS}),
    ("DescribeModel", {"ModelName": "M-1"}),
    ("ListModels", {"NameContains": "m-"}),
    (
        "CreateEndpointConfig",
        {"EndpointConfigName": "c-1", "ProductionVariants": [variant("M-1", 1)], "Tags": TAGS},
    ),
    ("DescribeEndpointConfig", {"EndpointConfigName": "c-1"}),
    ("ListEndpointConfigs", {}),
    ("CreateEndpoint", {"EndpointName": "e-1", "EndpointConfigName": "c-1", "Tags": TAGS}),
    ("DescribeEndpoint", {"EndpointName": "e-1"}),
    ("await", {"InService": True}),
    ("DescribeEndpoint", {"EndpointName": "e-1"}),
    ("ListEndpoints", {"StatusEquals": "InService", "CreationTimeAfter": 0}),
    ("AddTags", {"ResourceArn": f"{ARN}:endpoint/e-1", "Tags": [{"Key": "model", "Value": "churn"}]}),
    ("ListTags", {"ResourceArn": f"{ARN}:model/m-1"}),
    ("DeleteTags", {"ResourceArn": f"{ARN}:endpoint-config/c-1", "TagKeys": ["tenant"]}),
    (
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "e-1", "DesiredWeightsAndCapacities": [{"VariantName": "all", "DesiredInstanceCount": 2}]},
    ),
    ("DescribeEndpoint", {"EndpointName": "e-1"}),
    ("await", {"InService": True}),
    ("UpdateEndpoint", {"EndpointName": "e-1", "EndpointConfigName": "c-1"}),
    ("await", {"InService": True}),
    ("InvokeEndpoint", {"EndpointName": "e-1", "TargetModel": "x.tar.gz", "Body": b"1", "ContentType": "text/csv"}),
    ("DeleteEndpoint", {"EndpointName": "e-1"}),
    ("DeleteEndpointConfig", {"EndpointConfigName": "c-1"}),
    ("DeleteModel", {"ModelName": "M-1"}),
]

ELSEWHERE = {
    *("CreateTransformJob", "DescribeTransformJob", "ListTransformJobs", "StopTransformJob"),
    *("CreateInferenceComponent", "DescribeInferenceComponent", "DeleteInferenceComponent"),
    *("ListInferenceComponents", "UpdateInferenceComponent", "UpdateInferenceComponentRuntimeConfig"),
    *("CreateModelPackageGroup", "DescribeModelPackageGroup", "ListModelPackageGroups", "DeleteModelPackageGroup"),
    *("CreateModelPackage", "DescribeModelPackage", "ListModelPackages", "UpdateModelPackage", "DeleteModelPackage"),
}
"""Walked in `transform/`, in `test_components.py` and in `test_model_packages.py`."""


def call(world: World, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """One call; the client's own hook walks the answer as it was sent."""
    client = world.runtime if operation == "InvokeEndpoint" else world.sagemaker
    answer: dict[str, Any] = client._make_api_call(operation, params)
    return answer


def test_every_operation_answers_in_its_shape(world: World) -> None:
    world.upload("x.tar.gz", answer="one")
    for operation, params in WALK:
        if operation == "await":
            world.await_status("e-1", "InService")
            continue
        answer = call(world, operation, params)
        if operation != "InvokeEndpoint":
            assert check_response("sagemaker", operation, answer) == [], operation
    walked = {operation for operation, _ in WALK} - {"await"} | ELSEWHERE
    assert walked == {*world.app.operations, "InvokeEndpoint"}, "an operation is served and not walked"


@pytest.fixture
def hosted(world: World) -> World:
    """One endpoint in service, and one single-model endpoint's config."""
    world.upload("x.tar.gz", answer="one")
    world.host("fleet", instances=1)
    return world


def model(**members: Any) -> dict[str, Any]:
    return {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER} | members


def config(**members: Any) -> dict[str, Any]:
    return {"EndpointConfigName": "c", "ProductionVariants": [variant("fleet", 1, **members)]}


def container(**members: Any) -> dict[str, Any]:
    return {"PrimaryContainer": CONTAINER | members}


def scaled(name: str = "fleet", **members: Any) -> dict[str, Any]:
    return {"EndpointName": name, "DesiredWeightsAndCapacities": [{"VariantName": "all"} | members]}


def invoked(**members: Any) -> dict[str, Any]:
    return {"EndpointName": "fleet", "TargetModel": "x.tar.gz", "Body": b"1"} | members


VALIDATION = "ValidationException"
PATTERN = "Member must satisfy regular expression pattern"

BAD: list[tuple[str, dict[str, Any], str, str]] = [
    # operation, request, error code, what the sentence says
    ("CreateModel", model(ModelName="a_b"), VALIDATION, f"'modelName' failed to satisfy constraint: {PATTERN}"),
    ("CreateModel", model(ModelName="m" * 64), VALIDATION, "less than or equal to 63"),
    ("CreateModel", {"ExecutionRoleArn": ROLE}, VALIDATION, "Value null at 'modelName'"),
    ("CreateModel", model(ModelName="fleet"), VALIDATION, f'Cannot create already existing model "{ARN}:model/fleet".'),
    ("CreateModel", model(ModelName="FLEET"), VALIDATION, "Cannot create already existing model"),
    ("CreateModel", {"ModelName": "m", "PrimaryContainer": CONTAINER}, VALIDATION, "ExecutionRoleArn"),
    ("CreateModel", model(ExecutionRoleArn="role/host"), VALIDATION, "'executionRoleArn'"),
    ("CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE}, VALIDATION, "either PrimaryContainer or Containers"),
    ("CreateModel", model(Containers=[CONTAINER]), VALIDATION, "and not both"),
    ("CreateModel", model(**container(Mode="Multi")), VALIDATION, "enum value set: [SingleModel, MultiModel]"),
    ("CreateModel", model(**container(ModelDataUrl="serving/")), VALIDATION, "'primaryContainer.modelDataUrl'"),
    ("CreateModel", model(**container(ModelDataUrl="https://x/y")), VALIDATION, "S3 prefix"),
    ("CreateModel", model(EnableNetworkIsolation="yes"), "SerializationException", "must be of type boolean"),
    ("CreateModel", model(Tags=[{"Key": "a<b", "Value": ""}]), VALIDATION, "'tags.1.member.key'"),
    ("DescribeModel", {"ModelName": "none"}, VALIDATION, f'Could not find model "{ARN}:model/none".'),
    ("DeleteModel", {"ModelName": "none"}, VALIDATION, "Could not find model"),
    ("ListModels", {"MaxResults": 101}, VALIDATION, "less than or equal to 100"),
    ("ListModels", {"NextToken": "bm90aGluZw=="}, VALIDATION, "NextToken"),
    (
        "CreateEndpointConfig",
        {"EndpointConfigName": "c", "ProductionVariants": []},
        VALIDATION,
        "greater than or equal",
    ),
    ("CreateEndpointConfig", config(InstanceType="m5.large"), VALIDATION, "instanceType"),
    ("CreateEndpointConfig", config(VolumeSizeInGB=513), VALIDATION, "less than or equal to 512"),
    ("CreateEndpointConfig", config(InitialInstanceCount=0), VALIDATION, "initialInstanceCount"),
    ("CreateEndpointConfig", config(ModelName="none"), VALIDATION, f'Could not find model "{ARN}:model/none".'),
    ("CreateEndpointConfig", config(InstanceType="ml.g5.xlarge", VolumeSizeInGB=30), VALIDATION, "disk of its own"),
    (
        "CreateEndpointConfig",
        config(ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1}),
        VALIDATION,
        "either InstanceType",
    ),
    (
        "CreateEndpointConfig",
        {"EndpointConfigName": "c", "ProductionVariants": [variant("fleet"), variant("fleet")]},
        VALIDATION,
        "Variant names must be unique",
    ),
    ("CreateEndpointConfig", config() | {"EndpointConfigName": "fleet"}, VALIDATION, "already existing endpoint conf"),
    ("DescribeEndpointConfig", {"EndpointConfigName": "none"}, VALIDATION, "Could not find endpoint configuration"),
    ("DeleteEndpointConfig", {"EndpointConfigName": "none"}, VALIDATION, "Could not find endpoint configuration"),
    ("CreateEndpoint", {"EndpointName": "e"}, VALIDATION, "Value null at 'endpointConfigName'"),
    (
        "CreateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "none"},
        VALIDATION,
        f'Could not find endpoint configuration "{ARN}:endpoint-config/none".',
    ),
    (
        "CreateEndpoint",
        {"EndpointName": "Fleet", "EndpointConfigName": "fleet"},
        VALIDATION,
        f'Cannot create already existing endpoint "{ARN}:endpoint/fleet".',
    ),
    ("DescribeEndpoint", {"EndpointName": "none"}, VALIDATION, f'Could not find endpoint "{ARN}:endpoint/none".'),
    ("DeleteEndpoint", {"EndpointName": "none"}, VALIDATION, "Could not find endpoint"),
    ("ListEndpoints", {"StatusEquals": "IN_SERVICE"}, VALIDATION, "enum value set"),
    ("UpdateEndpoint", {"EndpointName": "fleet", "EndpointConfigName": "none"}, VALIDATION, "Could not find endpoint"),
    ("UpdateEndpointWeightsAndCapacities", scaled("none"), VALIDATION, "Could not find endpoint"),
    ("UpdateEndpointWeightsAndCapacities", scaled(VariantName="none"), VALIDATION, 'Could not find variant "none"'),
    ("UpdateEndpointWeightsAndCapacities", scaled(DesiredInstanceCount=-1), VALIDATION, "greater than or equal to 0"),
    ("AddTags", {"ResourceArn": f"{ARN}:model/none", "Tags": TAGS}, VALIDATION, "Could not find resource"),
    ("AddTags", {"ResourceArn": f"{ARN}:model/fleet", "Tags": TAGS * 51}, VALIDATION, "less than or equal to 50"),
    ("ListTags", {"ResourceArn": "model/fleet"}, VALIDATION, "'resourceArn'"),
    (
        "InvokeEndpoint",
        invoked(EndpointName="none"),
        "ValidationError",
        f"Endpoint none of account {ACCOUNT} not found",
    ),
    ("InvokeEndpoint", invoked(EndpointName="FLEET"), "ValidationError", "not found"),
    ("InvokeEndpoint", {"EndpointName": "fleet", "Body": b""}, "ValidationError", "TargetModel header is required"),
    ("InvokeEndpoint", invoked(TargetModel="y.tar.gz"), "ValidationError", "Failed to download model data(bucket: ser"),
    ("InvokeEndpoint", invoked(TargetModel="x" * 1025), "ValidationError", "less than or equal to 1024"),
    ("InvokeEndpoint", invoked(TargetVariant="none"), "ValidationError", "Variant none is not found"),
    ("InvokeEndpoint", invoked(TargetContainerHostname="c1"), "ValidationError", "TargetContainerHostname"),
    ("InvokeEndpoint", invoked(Body=b"x" * 6_291_457), "ValidationError", "less than or equal to 6291456"),
    ("DescribeEndpoint", {}, VALIDATION, "1 validation error detected: Value null at 'endpointName'"),
    ("CreateEndpoint", {}, VALIDATION, "2 validation errors detected"),
]


def test_bad_requests_are_refused_in_sagemakers_words(hosted: World) -> None:
    otherwise = []
    for operation, params, code, words in BAD:
        error = error_of(partial(call, hosted, operation, params))
        status, told = error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]
        if (status, told["Code"]) != (400, code) or words not in told["Message"]:
            otherwise.append((operation, words, told))
    assert otherwise == []
    assert len(hosted.state["endpoints"]) == 1
    assert hosted.sagemaker.list_models()["Models"][0]["ModelName"] == "fleet"


def test_an_operation_that_is_not_served_is_left_to_others(world: World) -> None:
    environ = {"HTTP_X_AMZ_TARGET": "SageMaker.CreateTrainingJob", "PATH_INFO": "/"}
    assert not world.app.serves(environ)
    assert world.app.serves({"HTTP_X_AMZ_TARGET": "SageMaker.CreateEndpoint", "PATH_INFO": "/"})
    assert world.app.serves({"PATH_INFO": "/endpoints/fleet/invocations"})


def test_lists_are_paged_filtered_and_sorted(world: World) -> None:
    for number in range(5):
        world.sagemaker.create_model(**model(ModelName=f"acme-{number}"))
    world.sagemaker.create_model(**model(ModelName="globex"))
    pages = world.sagemaker.get_paginator("list_models").paginate(
        NameContains="ACME", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    names = [[row["ModelName"] for row in page["Models"]] for page in pages]
    assert names == [["acme-0", "acme-1"], ["acme-2", "acme-3"], ["acme-4"]]
    assert world.sagemaker.list_models(MaxResults=1)["Models"][0]["ModelName"] == "globex", "newest first"


def test_tags_are_kept_and_listed(world: World) -> None:
    arn = world.sagemaker.create_model(**model(Tags=TAGS))["ModelArn"]
    world.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stack", "Value": "dev"}])
    world.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["tenant"])
    assert world.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stack", "Value": "dev"}]


def test_what_cannot_be_hosted_here_is_said_so_when_the_endpoint_is_created(world: World) -> None:
    world.sagemaker.create_model(ModelName="two", ExecutionRoleArn=ROLE, Containers=[CONTAINER, {"Image": IMAGE}])
    world.sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=[variant("two")])
    error = error_of(lambda: world.sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="two"))
    assert error["Error"]["Message"] == "The local cloud does not host models of several containers."


def test_rates_are_off_until_turned_on(world: World) -> None:
    for _ in range(8):
        world.sagemaker.list_endpoints()
    world.app.knobs.write({"rates": {"ListEndpoints": 0.001}})
    world.sagemaker.list_endpoints()
    error = error_of(world.sagemaker.list_endpoints)
    assert (error["Error"]["Code"], error["Error"]["Message"]) == ("ThrottlingException", "Rate exceeded")
    assert world.app.knobs.write({"rates": "aws"})["settings"]["rates"] == AWS_RATES
    assert world.app.knobs.write({"rates": None})["settings"]["rates"] is None


@pytest.mark.parametrize(
    ("quotas", "refused"),
    [
        ({"instances_per_endpoint": 1}, "Number of instances for an endpoint"),
        ({"instances": 1}, "across active endpoints"),
        ({"endpoints": 0}, "Total number of endpoints"),
    ],
)
def test_a_quota_refuses_an_endpoint_with_a_limit_error(world: World, quotas: dict[str, int], refused: str) -> None:
    world.app.knobs.write({"quotas": quotas})
    world.declare("fleet", instances=2)
    error = error_of(lambda: world.sagemaker.create_endpoint(EndpointName="fleet", EndpointConfigName="fleet"))
    assert error["Error"]["Code"] == "ResourceLimitExceeded"
    assert refused in error["Error"]["Message"]
