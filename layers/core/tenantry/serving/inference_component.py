"""Inference components: many tenants' versions behind one endpoint, each with copies and a reservation of its own.

A new version is a new component on the same endpoint. The endpoint itself has no model: its configuration says with
which role and in which network all components run (SageMaker guide, realtime-endpoints-deploy-models), and SageMaker
adds and removes its instances as the copies need them.
"""

from math import ceil
from typing import Any

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call, Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints, scaling
from tenantry.serving.memory import loaded_mb
from tenantry.serving.placements import Ground, HostSettings, Placement


def place(version: Upload, ground: Ground) -> Placement:
    """A component of its own, with as many copies as the live one has now, and one at least, so that it can be proven.

    Copies scale before it takes traffic.
    """
    host = ground.fleet
    if host is None:
        raise ReleaseFailed(f"fleet {ground.model.fleet} has no endpoint")
    if host.next:
        raise ReleaseFailed(f"fleet {host.fleet} is moving to another endpoint: drop the version again once it has")
    _, name, _ = endpoints.own(version, ground)
    wanted = ground.model.component.copies
    copies = max(1, wanted.nearest(ground.capacity))
    growing = scaling.copies_by_calls(name, wanted.min, wanted.max) if wanted.scales else ()
    create = _create(version, ground, host, copies)
    return Placement(
        host=host.host,
        endpoint=host.endpoint,
        target=name,
        instances=host.instances,
        because=(
            f"inference-component on fleet {host.fleet}, as its tenant's profile says",
            f"a new component beside the old one on {host.endpoint}: {copies} copies, {_said(version, ground)}",
        ),
        plan=Plan(calls=(create,), components_in_service=(name,), then=growing, reason=f"a new component {name}"),
    )


def retire(host: HostRow, target: str) -> Plan:
    """The component goes with its version, its scaling first; the host stays."""
    calls = (
        scaling.no_alarm(target),
        scaling.none(scaling.copies_of(target)),
        Call(operation="DeleteInferenceComponent", params={"InferenceComponentName": target}),
    )
    return Plan(calls=calls, components_gone=(target,), reason=f"{target} is not needed on {host.endpoint} any more")


def create_host(endpoint: str, fleet: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
    """An endpoint for components: instances, role and network, and no model. Every component brings its own image."""
    del image
    marks = endpoints.fleet_tags(settings.stack, fleet, profile, serving=Serving.INFERENCE_COMPONENT)
    least, most = profile.instances.min, profile.instances.max
    variant = {
        "InstanceType": profile.instance_type,
        "InitialInstanceCount": max(least, 1),
        "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": least, "MaxInstanceCount": most},
    }
    calls = endpoints.create_bare_endpoint(
        endpoint,
        variant,
        marks,
        ExecutionRoleArn=settings.role_arn,
        EnableNetworkIsolation=not profile.network,
        **endpoints.vpc(settings),
    )
    return Plan(calls=calls, in_service=(endpoint,), reason=f"a new endpoint for fleet {fleet}")


def _create(version: Upload, ground: Ground, host: HostRow, copies: int) -> Call:
    _, name, marks = endpoints.own(version, ground)
    container = {"Image": ground.image, "ArtifactUrl": f"{ground.settings.models}{version.serving_key}"}
    params = {
        "InferenceComponentName": name,
        "EndpointName": host.endpoint,
        "VariantName": scaling.VARIANT,
        "Specification": {"Container": container, "ComputeResourceRequirements": _reserved(version, ground)},
        "RuntimeConfig": {"CopyCount": copies},
        "Tags": marks,
    }
    return Call(operation="CreateInferenceComponent", params=params)


def _reserved(version: Upload, ground: Ground) -> dict[str, Any]:
    wanted = ground.model.component
    devices = {"NumberOfAcceleratorDevicesRequired": wanted.accelerators} if wanted.accelerators else {}
    memory = wanted.memory or ceil(loaded_mb(version.size))
    return {"MinMemoryRequiredInMb": memory, "NumberOfCpuCoresRequired": wanted.cpus, **devices}


def _said(version: Upload, ground: Ground) -> str:
    reserved = _reserved(version, ground)
    return f"each with {reserved['NumberOfCpuCoresRequired']:g} CPU and {reserved['MinMemoryRequiredInMb']:,} MB"
