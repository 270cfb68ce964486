"""What Describe and List say about endpoints and entries."""

from typing import Any

from local.hosting.catalog import Entry
from local.hosting.endpoint import Endpoint
from local.hosting.serverless import ServerlessVariant
from local.hosting.variant import Variant


def described_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """DescribeEndpoint's members."""
    members = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
    }
    if endpoint.failure:
        members["FailureReason"] = endpoint.failure[:1024]
    if endpoint.variants and (asynchronous := endpoint.variants[0].asynchronous):
        members["AsyncInferenceConfig"] = asynchronous
    if endpoint.status != "Creating":
        members["ProductionVariants"] = [_variant(endpoint, variant) for variant in endpoint.variants]
    return members


def summarised(prefix: str, entry: Entry) -> dict[str, Any]:
    """One row of a list."""
    row = {f"{prefix}Name": entry.name, f"{prefix}Arn": entry.arn, "CreationTime": entry.created}
    if isinstance(entry, Endpoint):
        row |= {"LastModifiedTime": entry.modified, "EndpointStatus": entry.status}
    return row


def _capacity(variant: Variant) -> dict[str, Any]:
    if not isinstance(variant, ServerlessVariant):
        return {"CurrentInstanceCount": len(variant.instances), "DesiredInstanceCount": variant.desired}
    wanted = {"DesiredServerlessConfig": variant.wanted.members} if variant.wanted != variant.config else {}
    return {"CurrentInstanceCount": 0, "CurrentServerlessConfig": variant.config.members, **wanted}


def _images(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    rows = [
        {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": endpoint.created}
        for image in variant.images
    ]
    return {"DeployedImages": rows} if rows else {}


def _variant(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    members = {
        "VariantName": variant.name,
        **_images(endpoint, variant),
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.weight,
        **_capacity(variant),
        **variant.described,
    }
    if endpoint.status in ("Updating", "SystemUpdating"):
        members["VariantStatus"] = [{"Status": "Updating", "StartTime": endpoint.modified}]
    return members
