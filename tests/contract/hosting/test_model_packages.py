"""The Model Registry answers in AWS's own shapes, numbers packages by group, and tells of every change."""

from typing import Any

import pytest

from local.contract import check_response
from local.hosting.settings import AWS_RATES
from tenantry_cli.aws_estate import AwsEstate

from .conftest import ACCOUNT, IMAGE, REGION, World, error_of

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
SPEC = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://serving/a.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
}
TAGS = [{"Key": "tenantry:tenant", "Value": "acme"}]
WALK: list[tuple[str, dict[str, Any]]] = [
    ("CreateModelPackageGroup", {"ModelPackageGroupName": "Churn", "ModelPackageGroupDescription": "a", "Tags": TAGS}),
    ("DescribeModelPackageGroup", {"ModelPackageGroupName": "Churn"}),
    ("ListModelPackageGroups", {"NameContains": "chu"}),
    ("ListTags", {"ResourceArn": f"{ARN}:model-package-group/churn"}),
    (
        "CreateModelPackage",
        {
            "ModelPackageGroupName": "Churn",
            "ModelPackageDescription": "version 1",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": SPEC,
            "CustomerMetadataProperties": {"tenant": "acme"},
            "ClientToken": "one",
        },
    ),
    ("DescribeModelPackage", {"ModelPackageName": f"{ARN}:model-package/churn/1"}),
    ("ListModelPackages", {"ModelPackageGroupName": "Churn", "ModelApprovalStatus": "PendingManualApproval"}),
    (
        "UpdateModelPackage",
        {
            "ModelPackageArn": f"{ARN}:model-package/churn/1",
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": "tried it",
            "CustomerMetadataProperties": {"by": "ann"},
            "CustomerMetadataPropertiesToRemove": ["tenant"],
        },
    ),
    ("DescribeModelPackage", {"ModelPackageName": f"{ARN}:model-package/churn/1"}),
    ("DeleteModelPackage", {"ModelPackageName": f"{ARN}:model-package/churn/1"}),
    ("DeleteModelPackageGroup", {"ModelPackageGroupName": "Churn"}),
]


def call(world: World, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = world.sagemaker._make_api_call(operation, params)
    return answer


def package(world: World, group: str = "churn", **members: Any) -> str:
    """The ARN of a new package."""
    params = {"ModelPackageGroupName": group, "InferenceSpecification": SPEC} | members
    return str(world.sagemaker.create_model_package(**params)["ModelPackageArn"])


@pytest.fixture
def group(world: World) -> World:
    """A group without packages."""
    world.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    return world


def told(world: World) -> list[dict[str, Any]]:
    """Events of packages, in order; the emulation sends them on a thread of its own."""
    world.app._announcing.submit(lambda: None).result(60)
    return [one for one in world.events if one["detail-type"] == "SageMaker Model Package State Change"]


def test_every_operation_answers_in_its_shape(world: World) -> None:
    for operation, params in WALK:
        assert check_response("sagemaker", operation, call(world, operation, params)) == [], operation


def test_a_group_numbers_its_packages_and_gives_no_number_twice(group: World) -> None:
    first = package(group)
    group.sagemaker.delete_model_package(ModelPackageName=first)
    assert (first, package(group)) == (f"{ARN}:model-package/churn/1", f"{ARN}:model-package/churn/2")
    described = group.sagemaker.describe_model_package(ModelPackageName=f"{ARN}:model-package/churn/2")
    assert (described["ModelPackageVersion"], described["ModelApprovalStatus"]) == (2, "PendingManualApproval")


def test_the_same_client_token_makes_one_package_and_another_request_with_it_is_refused(group: World) -> None:
    first = package(group, ClientToken="t1")
    assert (package(group, ClientToken="t1"), package(group, ClientToken="t2")) == (first, first[:-1] + "2")
    error = error_of(lambda: package(group, ClientToken="t1", ModelPackageDescription="other"))
    assert error["Error"]["Code"] == "ConflictException"


def test_a_change_is_shown_and_told_with_what_was_changed(group: World) -> None:
    arn = package(group, CustomerMetadataProperties={"a": "1", "b": "2"})
    group.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription="no",
        CustomerMetadataProperties={"b": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    described = group.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (described["ApprovalDescription"], described["CustomerMetadataProperties"]) == ("no", {"b": "3"})
    made, changed = told(group)
    assert (made["resources"], made["detail"]["ModelApprovalStatus"]) == ([arn], "PendingManualApproval")
    assert "UpdatedModelPackageFields" not in made["detail"]
    detail = changed["detail"]
    assert (detail["ModelPackageArn"], detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == (
        arn,
        "churn",
        1,
    )
    assert detail["ModelApprovalStatus"] == "Rejected"
    assert detail["UpdatedModelPackageFields"] == [
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "ModelApprovalStatus",
    ]


def test_packages_are_listed_by_group_and_approval_in_pages(group: World) -> None:
    group.sagemaker.create_model_package_group(ModelPackageGroupName="risk")
    arns = [package(group) for _ in range(3)]
    package(group, "risk")
    group.sagemaker.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")
    pages = group.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName="churn", SortBy="CreationTime", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    assert [[row["ModelPackageArn"] for row in one["ModelPackageSummaryList"]] for one in pages] == [arns[:2], arns[2:]]
    (row,) = group.sagemaker.list_model_packages(ModelPackageGroupName="churn", ModelApprovalStatus="Approved")[
        "ModelPackageSummaryList"
    ]
    assert row["ModelPackageArn"] == arns[0]
    assert "ModelPackageName" not in row
    assert group.sagemaker.list_model_packages(ModelPackageGroupName="nobody")["ModelPackageSummaryList"] == []


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        ("CreateModelPackageGroup", {"ModelPackageGroupName": "CHURN"}, "Model Package Group already exists"),
        ("CreateModelPackage", {"InferenceSpecification": SPEC}, "Missing ARN."),
        (
            "CreateModelPackage",
            {"ModelPackageGroupName": "churn", "ModelPackageName": "x", "InferenceSpecification": SPEC},
            "Both ModelPackageName and ModelPackageGroupName",
        ),
        (
            "CreateModelPackage",
            {"ModelPackageGroupName": "churn", "InferenceSpecification": SPEC, "Tags": TAGS},
            "Tags are not supported for versioned",
        ),
        ("CreateModelPackage", {"ModelPackageGroupName": "churn"}, "needs an InferenceSpecification"),
        ("CreateModelPackage", {"ModelPackageName": "x", "InferenceSpecification": SPEC}, "of a group only"),
        (
            "CreateModelPackage",
            {"ModelPackageGroupName": "nobody", "InferenceSpecification": SPEC},
            f"ModelPackageGroup {ARN}:model-package-group/nobody does not exist.",
        ),
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": "nobody"}, "does not exist."),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": "nobody"}, "does not exist."),
        ("DescribeModelPackage", {"ModelPackageName": f"{ARN}:model-package/churn/9"}, "does not exist."),
        ("DeleteModelPackage", {"ModelPackageName": f"{ARN}:model-package/churn/9"}, "does not exist."),
        ("UpdateModelPackage", {"ModelPackageArn": f"{ARN}:model-package/churn/9"}, "does not exist."),
        (
            "UpdateModelPackage",
            {"ModelPackageArn": f"{ARN}:model-package/churn/9", "ModelApprovalStatus": "Fine"},
            "failed to satisfy constraint",
        ),
    ],
)
def test_what_sagemaker_refuses_is_refused(group: World, operation: str, params: dict[str, Any], words: str) -> None:
    error = error_of(lambda: call(group, operation, params))["Error"]
    assert error["Code"] == "ValidationException"
    assert words in error["Message"]


def test_a_group_goes_after_its_packages(group: World) -> None:
    arn = package(group)
    error = error_of(lambda: group.sagemaker.delete_model_package_group(ModelPackageGroupName="churn"))
    assert error["Error"]["Code"] == "ConflictException"
    group.sagemaker.delete_model_package(ModelPackageName=arn)
    group.sagemaker.delete_model_package_group(ModelPackageGroupName="churn")
    assert group.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_destroying_a_stack_takes_its_groups_with_their_packages_and_no_others(world: World) -> None:
    for stack in ("mine", "theirs"):
        tags = [{"Key": "tenantry:stack", "Value": stack}]
        world.sagemaker.create_model_package_group(ModelPackageGroupName=f"mine-{stack}", Tags=tags)
        package(world, f"mine-{stack}")
    package(world, "mine-mine")
    estate = AwsEstate(lambda _: world.sagemaker, "mine", list)
    [found] = estate._sagemaker("model package group")
    estate.remove(found)
    estate.remove(found)
    [left] = world.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert left["ModelPackageGroupName"] == "mine-theirs"
    assert len(world.sagemaker.list_model_packages()["ModelPackageSummaryList"]) == 1


def test_groups_have_a_quota_and_each_operation_its_rate(group: World) -> None:
    group.app.knobs.write({"quotas": {"model_package_groups": 1}})
    error = error_of(lambda: group.sagemaker.create_model_package_group(ModelPackageGroupName="risk"))
    assert error["Error"]["Code"] == "ResourceLimitExceeded"
    assert "'Model package groups per account' is 1" in error["Error"]["Message"]
    assert {operation for operation, _ in WALK} - {"ListTags"} <= AWS_RATES.keys()
    assert group.state["model_packages"] == []
