"""The Model Registry: what model packages and their groups are now."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tenantry.adapters.aws.asking import asked
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
        answer = asked(
            self._gate, "DescribeModelPackage", lambda: self._client.describe_model_package(ModelPackageName=arn)
        )
        return _view({**answer}) if answer else None

    def made_since(self, group: str, since: datetime) -> list[PackageView]:
        """The model packages of a group that were made since then, oldest first."""
        pages = self._client.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group,
            CreationTimeAfter=since,
            SortBy="CreationTime",
            SortOrder="Ascending",
            PaginationConfig={"PageSize": 100},
        )
        listed = asked(self._gate, "ListModelPackages", lambda: list(pages))
        return [_view({**one}) for page in listed or () for one in page["ModelPackageSummaryList"]]

    def group(self, name: str) -> bool:
        """Whether there is such a group."""
        found = asked(
            self._gate,
            "DescribeModelPackageGroup",
            lambda: self._client.describe_model_package_group(ModelPackageGroupName=name),
        )
        return found is not None


def _view(answer: dict[str, Any]) -> PackageView:
    return PackageView(
        arn=answer["ModelPackageArn"],
        status=answer["ModelPackageStatus"],
        approval=answer.get("ModelApprovalStatus", ""),
        said=answer.get("ApprovalDescription", ""),
        about=answer.get("ModelPackageDescription", ""),
    )
