"""What SageMaker tells EventBridge about an endpoint: best effort, spelled unlike the API, times in milliseconds."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from local.hosting.endpoint import Endpoint
from local.hosting.ground import Names
from local.hosting.variant import Variant


def state_change(names: Names, endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint is in another state now."""
    return event(names, "SageMaker Endpoint State Change", endpoint.arn, _detail(endpoint))


def deployment_change(names: Names, endpoint: Endpoint) -> dict[str, Any]:
    """Its capacity is about to change: current and desired counts by variant."""
    variants = [_deployment(endpoint, variant) for variant in endpoint.variants]
    detail = {**_detail(endpoint), "ProductionVariants": variants}
    return event(names, "SageMaker Endpoint Deployment State Change", endpoint.arn, detail)


def event(names: Names, detail_type: str, arn: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event of SageMaker's about one resource, that EventBridge has now."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "account": names.account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": names.region,
        "resources": [arn],
        "detail": detail,
    }


def _spelled(status: str) -> str:
    """`InService` as events spell it: `IN_SERVICE`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def milliseconds(seconds: float) -> float:
    """Epoch milliseconds, as a float without a fraction."""
    return float(round(seconds * 1000))


def _detail(endpoint: Endpoint) -> dict[str, Any]:
    failure = {"FailureReason": endpoint.failure} if endpoint.failure else {}
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config,
        "ProductionVariants": [
            {"DesiredWeight": variant.weight, "DesiredInstanceCount": float(variant.desired)}
            for variant in endpoint.variants
        ],
        "EndpointStatus": _spelled(endpoint.status),
        "CreationTime": milliseconds(endpoint.created),
        "LastModifiedTime": milliseconds(endpoint.modified),
        "Tags": dict(endpoint.tags),
        **failure,
    }


def _deployment(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    current = len(variant.instances)
    verb = "out" if variant.desired > current else "in"
    return {
        "VariantName": variant.name,
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": variant.desired,
        "VariantStatus": [
            {
                "Status": "Updating",
                "StatusMessage": f"Scaling {verb} desired instance count to {variant.desired}.",
                "StartTime": milliseconds(endpoint.modified),
            }
        ],
    }
