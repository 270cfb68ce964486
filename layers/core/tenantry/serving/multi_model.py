"""Multi-model endpoints: many tenants' versions behind one endpoint, each a target of its own.

A new version is a new key under the endpoint's prefix: SageMaker is told nothing, and loads it at its first call
(aws.md 2.2).
"""

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints, scaling
from tenantry.serving.placements import Ground, HostSettings, Placement


def place(version: Upload, ground: Ground) -> Placement:
    """A target of its own on the shared host: the serving key, which no other upload ever has."""
    host = ground.fleet
    if host is None:
        raise ReleaseFailed(f"fleet {ground.model.fleet} has no endpoint")
    return Placement(
        host=host.host,
        endpoint=host.endpoint,
        target=version.serving_key,
        instances=host.instances,
        because=(
            f"multi-model on fleet {host.fleet}, as its tenant's profile says",
            f"a new target beside the old one on {host.endpoint}, so nothing that serves is changed",
        ),
        plan=Plan.nothing("a multi-model endpoint loads a new target at its first call"),
    )


def retire(host: HostRow, target: str) -> Plan:
    """Nothing to tell SageMaker: a target that nobody calls is unloaded when room is needed."""
    del target
    return Plan.nothing(f"it is unloaded when {host.endpoint} needs the room")


def create_host(endpoint: str, fleet: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
    """Model, configuration and endpoint, and automatic scaling where the profile asks for it."""
    marks = endpoints.fleet_tags(settings.stack, fleet, profile)
    container = {
        "Image": image,
        "Mode": "MultiModel",
        "ModelDataUrl": settings.models,
        "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
    }
    variant = {"InstanceType": profile.instance_type, "InitialInstanceCount": profile.instances.min}
    calls = (
        endpoints.create_model(endpoint, container, settings, marks, isolated=not profile.network),
        *endpoints.create_endpoint(endpoint, variant, marks),
    )
    wanted = profile.instances
    growing = scaling.by_calls(endpoint, wanted.min, wanted.max) if wanted.scales else ()
    return Plan(calls=calls, in_service=(endpoint,), then=growing, reason=f"a new endpoint for fleet {fleet}")
