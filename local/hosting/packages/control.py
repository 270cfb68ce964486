"""The operations on model package groups and model packages: request members in, response members out."""

import threading
import time
from collections.abc import Callable
from typing import Any

from local.hosting.catalog import Shelf
from local.hosting.errors import ApiError, limit_exceeded
from local.hosting.ground import Ground
from local.hosting.listing import page
from local.hosting.packages import rules
from local.hosting.packages.package import (
    Group,
    Package,
    described,
    described_group,
    state_change,
    summarised,
    summarised_group,
)

Params = dict[str, Any]
_CHANGED = (
    *("ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties", "ModelLifeCycle"),
    *("ModelPackageRegistrationType", "InferenceSpecification", "SourceUri", "ModelCard"),
)


class PackageControl:
    """Create, Describe, List and Delete of both, and UpdateModelPackage."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = threading.RLock()
        self.groups: Shelf[Group] = Shelf("model package group")
        self.packages: Shelf[Package] = Shelf("model package")
        self.operations: dict[str, Callable[[Params], Params]] = {
            "CreateModelPackageGroup": self.create_group,
            "DescribeModelPackageGroup": self.describe_group,
            "ListModelPackageGroups": self.list_groups,
            "DeleteModelPackageGroup": self.delete_group,
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "ListModelPackages": self.list_packages,
            "UpdateModelPackage": self.update,
            "DeleteModelPackage": self.delete,
        }

    def create_group(self, params: Params) -> Params:
        """CreateModelPackageGroup: Completed at once."""
        name, tags = params.pop("ModelPackageGroupName"), params.pop("Tags", [])
        arn = self._ground.names.arn("model-package-group", name)
        with self._lock:
            if any(one.arn == arn for one in self.groups):
                raise rules.group_there(arn)
            self._within_quota()
            self.groups.add(Group(name, arn, params, {tag["Key"]: tag["Value"] for tag in tags}))
        return {"ModelPackageGroupArn": arn}

    def describe_group(self, params: Params) -> Params:
        """DescribeModelPackageGroup."""
        return described_group(self._group(params), self._ground.names.account)

    def list_groups(self, params: Params) -> Params:
        """ListModelPackageGroups."""
        shown, token = page(self.groups, params)
        return {"ModelPackageGroupSummaryList": [summarised_group(one) for one in shown], **token}

    def delete_group(self, params: Params) -> Params:
        """DeleteModelPackageGroup, once it is empty."""
        with self._lock:
            group = self._group(params)
            if any(one.group == group.name for one in self.packages):
                raise rules.group_in_use(group.name)
            self.groups.remove(group)
        return {}

    def create(self, params: Params) -> Params:
        """CreateModelPackage: the next number of its group, Completed at once; the same one for a ClientToken again."""
        rules.check_request(params)
        with self._lock:
            group, token = self._group(params), params.get("ClientToken", "")
            if token and (made := self._made_with(token, group)):
                if made.asked != params:
                    raise rules.token_in_use(token)
                return {"ModelPackageArn": made.arn}
            package = self._package_of(group, params)
            self.packages.add(package)
        self._tell(package, [])
        return {"ModelPackageArn": package.arn}

    def describe(self, params: Params) -> Params:
        """DescribeModelPackage."""
        return described(self._package(params["ModelPackageName"]))

    def list_packages(self, params: Params) -> Params:
        """ListModelPackages."""
        group, status = rules.bare(params.get("ModelPackageGroupName", "")), params.get("ModelApprovalStatus")
        wanted = (
            one
            for one in self.packages
            if group in {"", one.group} and status in {None, one.params["ModelApprovalStatus"]}
        )
        shown, token = page(wanted, params)
        return {"ModelPackageSummaryList": [summarised(one) for one in shown], **token}

    def update(self, params: Params) -> Params:
        """UpdateModelPackage: what is named is changed, and told."""
        package = self._package(params["ModelPackageArn"])
        with self._lock:
            changed = {name: params[name] for name in _CHANGED if name in params}
            if "CustomerMetadataProperties" in changed:
                changed["CustomerMetadataProperties"] = {
                    **package.params.get("CustomerMetadataProperties", {}),
                    **changed["CustomerMetadataProperties"],
                }
            package.params = {**package.params, **changed}
            for name in params.get("CustomerMetadataPropertiesToRemove", []):
                package.params.get("CustomerMetadataProperties", {}).pop(name, None)
            package.modified_at = time.time()
        self._tell(package, sorted(changed))
        return {"ModelPackageArn": package.arn}

    def delete(self, params: Params) -> Params:
        """DeleteModelPackage: gone at once."""
        self.packages.remove(self._package(params["ModelPackageName"]))
        return {}

    def report(self) -> list[dict[str, Any]]:
        """The packages for a curious person."""
        return [
            {
                "package": one.name,
                "approval": one.params["ModelApprovalStatus"],
                "of": one.params.get("ModelPackageDescription", ""),
            }
            for one in self.packages
        ]

    def _package_of(self, group: Group, params: Params) -> Package:
        group.last += 1
        name = f"{group.name}/{group.last}"
        members = {key: value for key, value in params.items() if key not in {"ClientToken", "Tags"}}
        return Package(
            name,
            self._ground.names.arn("model-package", name),
            {"ModelApprovalStatus": "PendingManualApproval", "CertifyForMarketplace": False, **members},
            group=group.name,
            number=group.last,
            token=params.get("ClientToken", ""),
            asked=params,
        )

    def _made_with(self, token: str, group: Group) -> Package | None:
        return next((one for one in self.packages if one.token == token and one.group == group.name), None)

    def _group(self, params: Params) -> Group:
        name = rules.bare(params["ModelPackageGroupName"])
        arn = self._ground.names.arn("model-package-group", name)
        try:
            return self.groups.get(name, arn)
        except ApiError as error:
            raise rules.missing_group(arn) from error

    def _package(self, name: str) -> Package:
        wanted = rules.numbered(name)
        for one in self.packages:
            if one.name.lower() == wanted.lower():
                return one
        raise rules.missing_package(self._ground.names.arn("model-package", wanted))

    def _within_quota(self) -> None:
        limit, used = self._ground.panel.now.quotas.model_package_groups, len(self.groups)
        if limit is not None and used + 1 > limit:
            raise limit_exceeded("Model package groups per account", limit, used, 1, "Groups")

    def _tell(self, package: Package, updated: list[str]) -> None:
        self._ground.emit(state_change(self._ground.names, package, updated))
