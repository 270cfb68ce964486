"""Model packages as calls: a group for each tenant and model, a package in it for each version; and their end.

A package of a group has a number that SageMaker gives it, and no name or tags of its own (API reference,
CreateModelPackage). So its description names the upload: that is how it is found again.
"""

from collections.abc import Iterable

from tenantry.domain.hosting import PackageView
from tenantry.domain.models import Sample
from tenantry.domain.names import resource_name
from tenantry.domain.plans import Call, Plan
from tenantry.domain.versions import Upload
from tenantry.serving.endpoints import tags

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
_KEPT = {"tenant", "model", "version", "upload", "sha256"}


def group_of(stack: str, tenant: str, model: str) -> str:
    """The name of the model package group of a tenant's model."""
    return resource_name(stack, tenant, model)


def register(row: Upload, stack: str, image: str, url: str, sample: Sample, *, approval: str) -> Plan:
    """The version as a package of its group: the first call makes the group, the second one the package.

    `url` is the S3 URL of its copy. The client token is the upload, so that a call made twice makes one package. What
    was judged is not looked at again: SageMaker would do so as its caller, who may read neither copies nor images.
    """
    group = group_of(stack, row.tenant, row.model)
    spec = {"Containers": [{"Image": image, "ModelDataUrl": url}], "SupportedContentTypes": [sample.content_type]}
    spec |= {"SupportedResponseMIMETypes": [sample.accept]} if sample.accept else {}
    package = {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": f"{row.tenant}/{row.model} version {row.version}, {_named(row.upload)}",
        "ModelApprovalStatus": approval,
        "InferenceSpecification": spec,
        "CustomerMetadataProperties": {"stack": stack, **row.model_dump(include=_KEPT)},
        "SkipModelValidation": "All",
        "ClientToken": row.upload,
    }
    marks = tags(stack=stack, tenant=row.tenant, model=row.model)
    whose = {"ModelPackageGroupName": group, "ModelPackageGroupDescription": f"{row.tenant}/{row.model}", "Tags": marks}
    calls = (
        Call(operation="CreateModelPackageGroup", params=whose),
        Call(operation="CreateModelPackage", params=package),
    )
    return Plan(calls=calls, reason=f"version {row.version} becomes a model package of group {group}")


def approve(arn: str, why: str) -> Plan:
    """A package that nobody has to approve any more."""
    params = {"ModelPackageArn": arn, "ModelApprovalStatus": APPROVED, "ApprovalDescription": why}
    return Plan(calls=(Call(operation="UpdateModelPackage", params=params),), reason=why)


def package_of(upload: str, packages: Iterable[PackageView]) -> PackageView | None:
    """The upload's package, if it is among these: the first, should somebody have copied its description."""
    return next((one for one in packages if one.about.endswith(_named(upload))), None)


def remove(arn: str) -> Call:
    """What makes a package go."""
    return Call(operation="DeleteModelPackage", params={"ModelPackageName": arn})


def remove_groups(groups: Iterable[str]) -> Plan:
    """Groups go when all of their packages are gone."""
    calls = tuple(Call(operation="DeleteModelPackageGroup", params={"ModelPackageGroupName": one}) for one in groups)
    return Plan(calls=calls, reason="nothing of the tenant is left that they could hold")


def _named(upload: str) -> str:
    return f"upload {upload}"
