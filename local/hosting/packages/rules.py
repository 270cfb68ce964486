"""What SageMaker refuses of a model package, and what is not served here. Each raises ValidationException."""

import re
from collections.abc import Mapping
from typing import Any

from local.hosting.errors import ApiError, validation

_NUMBERED = re.compile(r"arn:[^/]*:model-package/([^/]+)/(\d+)")


def check_request(params: Mapping[str, Any]) -> None:
    """CreateModelPackage: in a group, without tags of its own, and with something to run."""
    if "ModelPackageName" in params and "ModelPackageGroupName" in params:
        raise validation(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if "ModelPackageName" in params:
        raise validation("The local cloud serves model packages of a group only: name a ModelPackageGroupName.")
    if "ModelPackageGroupName" not in params:
        raise validation("Missing ARN.")
    if params.get("Tags"):
        raise validation("Tags are not supported for versioned model packages: tag their group.")
    if not {"InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri", "ModelCard"} & params.keys():
        raise validation(
            "A model package needs an InferenceSpecification, a SourceAlgorithmSpecification or a SourceUri."
        )


def missing_group(arn: str) -> ApiError:
    """There is no such group."""
    return validation(f"ModelPackageGroup {arn} does not exist.")


def missing_package(arn: str) -> ApiError:
    """There is no such package."""
    return validation(f"ModelPackage {arn} does not exist.")


def group_there(name: str) -> ApiError:
    """There is a group of this name."""
    return validation(f"Model Package Group already exists: {name}")


def group_in_use(name: str) -> ApiError:
    """A group goes after its packages."""
    return ApiError("ConflictException", f"Model Package Group {name} cannot be deleted: it contains model packages.")


def token_in_use(token: str) -> ApiError:
    """The same token came with another request before."""
    return ApiError("ConflictException", f"ClientToken {token} was used with other parameters.")


def bare(name: str) -> str:
    """The name of a group that may be given by its ARN."""
    return name.rpartition("/")[2]


def numbered(name: str) -> str:
    """Group and number of a package that is given by its ARN; what has neither is looked for as it is."""
    found = _NUMBERED.fullmatch(name)
    return f"{found[1]}/{found[2]}" if found else name
