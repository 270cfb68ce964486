"""Multi-model endpoints: many tenants' versions behind one endpoint, each a target of its own.

A new version is a new key under the endpoint's prefix: SageMaker is told nothing, and loads it at its first call
(aws.md 2.2). Model, endpoint configuration and endpoint of a host share one name.
"""

from typing import Any

from tenantry.domain.plans import Call, Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving.placements import HostSettings, Placement

VARIANT = "all"
"""The one variant of every endpoint: A/B by variants is not dependable with many models (aws.md 2.6)."""
STACK_TAG, FLEET_TAG = "tenantry:stack", "tenantry:fleet"
CALLS_PER_MINUTE = 1_000.0
"""Per instance; scaling out begins above it. A start value: `docs/operations.md` says how to find one's own."""
_SERVICE = "sagemaker"
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def place(version: Upload, host: HostRow) -> Placement:
    """A target of its own on the shared host: the serving key, which no other upload ever has."""
    return Placement(
        host=host.host,
        target=version.serving_key,
        because=(
            f"multi-model on fleet {host.fleet}, as its tenant's profile says",
            f"a new target beside the old one on {host.endpoint}, so nothing that serves is changed",
        ),
        plan=Plan.nothing("a multi-model endpoint loads a new target at its first call"),
    )


def retire(version: Upload) -> Plan:
    """Nothing to tell SageMaker: a target that nobody calls is unloaded when room is needed."""
    return Plan.nothing(f"{version.target or 'the version'} is unloaded when its host needs the room")


def create_host(endpoint: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
    """Model, configuration and endpoint, and automatic scaling where the profile asks for it."""
    tags = [{"Key": STACK_TAG, "Value": settings.stack}, {"Key": FLEET_TAG, "Value": settings.fleet}]
    calls = (
        Call(operation="CreateModel", params=_model(endpoint, profile, image, settings, tags)),
        Call(operation="CreateEndpointConfig", params=_config(endpoint, profile, tags)),
        Call(
            operation="CreateEndpoint",
            params={"EndpointName": endpoint, "EndpointConfigName": endpoint, "Tags": tags},
        ),
        *(_scaling(endpoint, profile) if _scales(profile) else ()),
    )
    return Plan(calls=calls, in_service=(endpoint,), reason=f"a new endpoint for fleet {settings.fleet}")


def resize_host(endpoint: str, profile: FleetProfile, instances: int) -> Plan:
    """Other limits, in place: capacity is the one thing that is. The count moves only as far as it must."""
    wanted = min(max(instances, profile.instances.min), profile.instances.max)
    capacity = {"VariantName": VARIANT, "DesiredInstanceCount": wanted}
    update = Call(
        operation="UpdateEndpointWeightsAndCapacities",
        params={"EndpointName": endpoint, "DesiredWeightsAndCapacities": [capacity]},
    )
    scaling = _scaling(endpoint, profile) if _scales(profile) else (_no_scaling(endpoint),)
    needed = (update,) if wanted != instances else ()
    return Plan(calls=(*needed, *scaling), in_service=(endpoint,), reason=f"{wanted} instances for {endpoint}")


def remove_host(endpoint: str) -> Plan:
    """Scaling first, then the endpoint, then what it was made of."""
    calls = (
        _no_scaling(endpoint),
        Call(operation="DeleteEndpoint", params={"EndpointName": endpoint}),
        Call(operation="DeleteEndpointConfig", params={"EndpointConfigName": endpoint}),
        Call(operation="DeleteModel", params={"ModelName": endpoint}),
    )
    return Plan(calls=calls, gone=(endpoint,), reason=f"{endpoint} is not needed any more")


def _model(
    name: str, profile: FleetProfile, image: str, settings: HostSettings, tags: list[dict[str, str]]
) -> dict[str, Any]:
    container = {
        "Image": image,
        "Mode": "MultiModel",
        "ModelDataUrl": settings.model_data_url,
        "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
    }
    vpc = {"Subnets": list(settings.subnets), "SecurityGroupIds": list(settings.security_groups)}
    return {
        "ModelName": name,
        "PrimaryContainer": container,
        "ExecutionRoleArn": settings.role_arn,
        "EnableNetworkIsolation": not profile.network,
        "Tags": tags,
        **({"VpcConfig": vpc} if settings.subnets else {}),
    }


def _config(name: str, profile: FleetProfile, tags: list[dict[str, str]]) -> dict[str, Any]:
    variant = {
        "VariantName": VARIANT,
        "ModelName": name,
        "InstanceType": profile.instance_type,
        "InitialInstanceCount": profile.instances.min,
        "InitialVariantWeight": 1.0,
    }
    return {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": tags}


def _scales(profile: FleetProfile) -> bool:
    return profile.instances.max > profile.instances.min


def _scaling(endpoint: str, profile: FleetProfile) -> tuple[Call, Call]:
    target = _scalable(endpoint) | {"MinCapacity": profile.instances.min, "MaxCapacity": profile.instances.max}
    policy = _scalable(endpoint) | {
        "PolicyName": endpoint,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": CALLS_PER_MINUTE,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    }
    return (
        Call(service="application-autoscaling", operation="RegisterScalableTarget", params=target),
        Call(service="application-autoscaling", operation="PutScalingPolicy", params=policy),
    )


def _no_scaling(endpoint: str) -> Call:
    return Call(service="application-autoscaling", operation="DeregisterScalableTarget", params=_scalable(endpoint))


def _scalable(endpoint: str) -> dict[str, Any]:
    resource = f"endpoint/{endpoint}/variant/{VARIANT}"
    return {"ServiceNamespace": _SERVICE, "ResourceId": resource, "ScalableDimension": _DIMENSION}
