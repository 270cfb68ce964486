"""Endpoints as calls: a model, a configuration and an endpoint that share one name; and their end."""

from collections.abc import Mapping, Sequence
from typing import Any

from tenantry.domain.instances import Instances
from tenantry.domain.names import own_host, own_name
from tenantry.domain.plans import Call, Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.versions import Upload
from tenantry.serving import scaling
from tenantry.serving.placements import Ground, HostSettings

STACK_TAG, FLEET_TAG = "tenantry:stack", "tenantry:fleet"
Tags = list[dict[str, str]]


def tags(**values: str) -> Tags:
    """Tags as SageMaker takes them; `stack="x"` becomes `tenantry:stack`."""
    return [{"Key": f"tenantry:{name}", "Value": value} for name, value in values.items()]


def fleet_tags(stack: str, fleet: str, profile: FleetProfile, **more: str) -> Tags:
    """Those of a fleet's endpoint: whose own it is, too, where it is one tenant's."""
    whose = {"tenant": profile.tenant} if profile.tenant else {}
    return tags(stack=stack, fleet=fleet, **more, **whose)


def own(version: Upload, ground: Ground) -> tuple[str, str, Tags]:
    """Host, name and tags of what one version has for itself."""
    stack = ground.settings.stack
    marks = tags(stack=stack, tenant=version.tenant, model=version.model, version=version.version)
    return own_host(version.upload), own_name(stack, version.tenant, version.model, version.upload), marks


def single_model(name: str, version: Upload, ground: Ground, marks: Tags, *, isolated: bool) -> Call:
    """A model of one container that holds the version's copy."""
    url = f"{ground.settings.models}{version.serving_key}"
    container = {"Image": ground.image, "Mode": "SingleModel", "ModelDataUrl": url}
    return create_model(name, container, ground.settings, marks, isolated=isolated)


def create_model(
    name: str, container: Mapping[str, Any], settings: HostSettings, marks: Tags, *, isolated: bool
) -> Call:
    """A model of one container; `isolated` cuts it off the network."""
    return _model(name, {"PrimaryContainer": dict(container)}, settings, marks, isolated=isolated)


def create_direct_model(
    name: str, containers: Sequence[Mapping[str, Any]], settings: HostSettings, marks: Tags, *, isolated: bool
) -> Call:
    """A model of several containers; each request names the one that answers it."""
    run = {"Containers": list(containers), "InferenceExecutionConfig": {"Mode": "Direct"}}
    return _model(name, run, settings, marks, isolated=isolated)


def _model(name: str, run: dict[str, Any], settings: HostSettings, marks: Tags, *, isolated: bool) -> Call:
    role = {"ExecutionRoleArn": settings.role_arn, "EnableNetworkIsolation": isolated}
    return Call(operation="CreateModel", params={"ModelName": name, **run, **role, "Tags": marks, **vpc(settings)})


def vpc(settings: HostSettings) -> dict[str, Any]:
    """The VPC that hosts run in, as a model or a configuration takes it; empty where they run in none."""
    given = {"Subnets": list(settings.subnets), "SecurityGroupIds": list(settings.security_groups)}
    return {"VpcConfig": given} if settings.subnets else {}


def create_endpoint(name: str, variant: Mapping[str, Any], marks: Tags, **config: Any) -> tuple[Call, Call]:
    """An endpoint that serves the model of its name. `config` are further settings of its configuration."""
    return create_bare_endpoint(name, {"ModelName": name, **variant}, marks, **config)


def create_bare_endpoint(name: str, variant: Mapping[str, Any], marks: Tags, **config: Any) -> tuple[Call, Call]:
    """Its configuration, with one variant, and the endpoint."""
    variants = [{"VariantName": scaling.VARIANT, "InitialVariantWeight": 1.0, **variant}]
    configuration = {"EndpointConfigName": name, "ProductionVariants": variants, "Tags": marks, **config}
    return (
        Call(operation="CreateEndpointConfig", params=configuration),
        Call(operation="CreateEndpoint", params={"EndpointName": name, "EndpointConfigName": name, "Tags": marks}),
    )


def resize_endpoint(name: str, wanted: Instances, instances: int) -> Plan:
    """Other limits, in place: capacity is the one thing that is. The count moves only as far as it must.

    `instances` is how many it has now.
    """
    count = wanted.nearest(instances)
    capacity = {"VariantName": scaling.VARIANT, "DesiredInstanceCount": count}
    update = Call(
        operation="UpdateEndpointWeightsAndCapacities",
        params={"EndpointName": name, "DesiredWeightsAndCapacities": [capacity]},
    )
    needed, reason = (update,) if count != instances else (), f"{count} instances for {name}"
    if not wanted.scales:
        return Plan(calls=(scaling.none(scaling.of(name)), *needed), in_service=(name,), reason=reason)
    growing = scaling.by_calls(name, wanted.min, wanted.max)
    return Plan(calls=needed or growing, in_service=(name,), then=growing if needed else (), reason=reason)


def remove_endpoint(name: str) -> Plan:
    """Scaling first, then the endpoint, then what it was made of."""
    calls = (
        scaling.none(scaling.of(name)),
        Call(operation="DeleteEndpoint", params={"EndpointName": name}),
        Call(operation="DeleteEndpointConfig", params={"EndpointConfigName": name}),
        Call(operation="DeleteModel", params={"ModelName": name}),
    )
    return Plan(calls=calls, gone=(name,), reason=f"{name} is not needed any more")
