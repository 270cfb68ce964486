"""The Model Registry in memory: groups, their versioned packages, and what is told when one of them changes.

SageMaker's rules that matter here: a group numbers its packages and never uses a number twice, a repeated creation with
the same client token makes nothing, packages of a group have no tags of their own, and a group goes last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenantry.domain.errors import ReleaseFailed
from tenantry.ports import Clock, PackageView

Params = dict[str, Any]
_ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package"


@dataclass
class Package:
    """One version of a group."""

    arn: str
    params: Params
    created_at: datetime
    approval: str
    said: str = ""
    status: str = "Completed"

    def view(self) -> PackageView:
        """As the port shows it."""
        about = self.params.get("ModelPackageDescription", "")
        return PackageView(arn=self.arn, status=self.status, approval=self.approval, said=self.said, about=about)


@dataclass
class Group:
    """A group, with the number of its last package."""

    tags: dict[str, str]
    packages: dict[str, Package] = field(default_factory=dict)
    last: int = 0


class MemoryPackages:
    """All groups. `told` is what EventBridge gets: the `detail` of each change of a package."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.groups: dict[str, Group] = {}
        self.most_groups: int | None = None
        self.told: list[Params] = []
        self.does: dict[str, Callable[[Params], object]] = {
            "CreateModelPackageGroup": self._create_group,
            "CreateModelPackage": self._create,
            "UpdateModelPackage": self._update,
            "DeleteModelPackage": self._delete,
            "DeleteModelPackageGroup": self._delete_group,
        }

    def view(self, arn: str) -> PackageView | None:
        """The package, if it is there."""
        found = self._find(arn)
        return found.view() if found else None

    def made_since(self, group: str, since: datetime) -> list[PackageView]:
        """The packages of a group that were made after that."""
        there = self.groups[group].packages.values() if group in self.groups else ()
        return [one.view() for one in there if one.created_at > since]

    def decide(self, arn: str, approval: str, said: str = "") -> None:
        """What a person does with `aws sagemaker update-model-package`."""
        self._update({"ModelPackageArn": arn, "ModelApprovalStatus": approval, "ApprovalDescription": said})

    def forget(self, arn: str) -> None:
        """What a person does with `aws sagemaker delete-model-package`."""
        self._delete({"ModelPackageName": arn})

    def _create_group(self, params: Params) -> None:
        name = params["ModelPackageGroupName"]
        if name in self.groups:
            return
        if self.most_groups is not None and len(self.groups) >= self.most_groups:
            limit = f"'Model package groups per account' is {self.most_groups} Groups"
            used = f"current utilization of {len(self.groups)} Groups and a request delta of 1 Groups"
            raise ReleaseFailed(f"CreateModelPackageGroup: The account-level service limit {limit}, with {used}.")
        self.groups[name] = Group({tag["Key"]: tag["Value"] for tag in params.get("Tags", [])})

    def _create(self, params: Params) -> None:
        name = params["ModelPackageGroupName"]
        if name not in self.groups:
            raise ReleaseFailed(f"CreateModelPackage: ModelPackageGroup {_ARN}-group/{name} does not exist.")
        if "Tags" in params:
            raise ReleaseFailed("CreateModelPackage: Tags are not supported for versioned model packages.")
        group, token = self.groups[name], params["ClientToken"]
        if any(one.params["ClientToken"] == token for one in group.packages.values()):
            return
        group.last += 1
        arn = f"{_ARN}/{name}/{group.last}"
        approval = params.get("ModelApprovalStatus", "PendingManualApproval")
        group.packages[arn] = Package(arn, params, self._clock.now(), approval)
        self._tell(group.packages[arn])

    def _update(self, params: Params) -> None:
        found = self._find(params["ModelPackageArn"])
        if found is None:
            raise ReleaseFailed(f"UpdateModelPackage: ModelPackage {params['ModelPackageArn']} does not exist.")
        found.approval = params.get("ModelApprovalStatus", found.approval)
        found.said = params.get("ApprovalDescription", found.said)
        self._tell(found)

    def _delete(self, params: Params) -> None:
        for group in self.groups.values():
            group.packages.pop(params["ModelPackageName"], None)

    def _delete_group(self, params: Params) -> None:
        name = params["ModelPackageGroupName"]
        if name in self.groups and self.groups[name].packages:
            raise ReleaseFailed(f"DeleteModelPackageGroup: {name} still has model packages.")
        self.groups.pop(name, None)

    def _find(self, arn: str) -> Package | None:
        return next((group.packages[arn] for group in self.groups.values() if arn in group.packages), None)

    def _tell(self, package: Package) -> None:
        group, number = package.arn.split("/")[-2:]
        detail = {"ModelPackageGroupName": group, "ModelPackageVersion": int(number), "ModelPackageArn": package.arn}
        self.told.append({**detail, "ModelPackageStatus": "Completed", "ModelApprovalStatus": package.approval})
