"""Groups and packages as they are known, and what Describe, List and EventBridge say about them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.events import event
from local.hosting.ground import Names

_LISTED = (
    *("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription", "CreationTime"),
    *("ModelPackageStatus", "ModelApprovalStatus", "ModelLifeCycle", "ModelPackageRegistrationType"),
)
_TOLD = {*_LISTED, "InferenceSpecification", "ModelPackageStatusDetails", "CertifyForMarketplace", "LastModifiedTime"}
_TOLD |= {"ApprovalDescription", "CustomerMetadataProperties", "MetadataProperties", "ModelMetrics"}


@dataclass(eq=False)
class Group(Entry):
    """A model package group. A number that it gave once is never given again."""

    last: int = 0


@dataclass(eq=False)
class Package(Entry):
    """One version of a group; `params` are its members as Describe shows them."""

    group: str = ""
    number: int = 0
    token: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The members of the request that made it."""
    modified_at: float = field(default_factory=time.time)

    @property
    def modified(self) -> float:
        """When somebody changed it last."""
        return self.modified_at


def described_group(group: Group, account: str) -> dict[str, Any]:
    """DescribeModelPackageGroup's members."""
    return {**summarised_group(group), "CreatedBy": {"IamIdentity": {"Arn": f"arn:aws:iam::{account}:root"}}}


def summarised_group(group: Group) -> dict[str, Any]:
    """One row of ListModelPackageGroups."""
    named = {"ModelPackageGroupName": group.name, "ModelPackageGroupArn": group.arn, "CreationTime": group.created}
    return {**group.params, **named, "ModelPackageGroupStatus": "Completed"}


def described(package: Package) -> dict[str, Any]:
    """DescribeModelPackage's members."""
    return {
        **package.params,
        "ModelPackageName": package.group,
        "ModelPackageGroupName": package.group,
        "ModelPackageVersion": package.number,
        "ModelPackageArn": package.arn,
        "CreationTime": package.created,
        "LastModifiedTime": package.modified,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }


def summarised(package: Package) -> dict[str, Any]:
    """One row of ListModelPackages; it has no ModelPackageName (aws/sagemaker-python-sdk issue 5606)."""
    told = described(package)
    return {name: told[name] for name in _LISTED if name in told}


def state_change(names: Names, package: Package, updated: list[str]) -> dict[str, Any]:
    """The event: what Describe says, times as text, and which members an update has changed."""
    detail = {name: value for name, value in described(package).items() if name in _TOLD}
    times = {name: _text(detail[name]) for name in ("CreationTime", "LastModifiedTime")}
    changed = {"UpdatedModelPackageFields": updated} if updated else {}
    return event(names, "SageMaker Model Package State Change", package.arn, {**detail, **times, **changed})


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
