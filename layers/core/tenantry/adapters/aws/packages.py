"""The Model Registry: what model packages and their groups are now."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import translated
from tenantry.adapters.aws.known import gone
from tenantry.adapters.gate import Gate
from tenantry.domain.hosting import PackageView

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


class Packages:
    """Reads model packages; each call waits for its turn at the gate."""

    def __init__(self, client: "SageMakerClient", gate: Gate) -> None:
        self._client, self._gate = client, gate

    def one(self, arn: str) -> PackageView | None:
        """The model package, or `None` when there is none."""
        self._gate.wait("DescribeModelPackage")
        try:
            with translated():
                answer = self._client.describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            if not gone(error):
                raise
            return None
        return _view({**answer})

    def made_since(self, group: str, since: datetime) -> list[PackageView]:
        """The model packages of a group that were made since then, oldest first."""
        pages = self._client.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group,
            CreationTimeAfter=since,
            SortBy="CreationTime",
            SortOrder="Ascending",
            PaginationConfig={"PageSize": 100},
        )
        self._gate.wait("ListModelPackages")
        try:
            with translated():
                return [_view({**one}) for page in pages for one in page["ModelPackageSummaryList"]]
        except ClientError as error:
            if not gone(error):
                raise
            return []

    def group(self, name: str) -> bool:
        """Whether there is such a group."""
        self._gate.wait("DescribeModelPackageGroup")
        try:
            with translated():
                self._client.describe_model_package_group(ModelPackageGroupName=name)
        except ClientError as error:
            if not gone(error):
                raise
            return False
        return True


def _view(answer: dict[str, Any]) -> PackageView:
    return PackageView(
        arn=answer["ModelPackageArn"],
        status=answer["ModelPackageStatus"],
        approval=answer.get("ModelApprovalStatus", ""),
        said=answer.get("ApprovalDescription", ""),
        about=answer.get("ModelPackageDescription", ""),
    )
