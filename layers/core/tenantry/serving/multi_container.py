"""Multi-container endpoints: the versions of a fleet, each a container of its own, and requests name the container.

Nothing can be added to such an endpoint (SageMaker guide, multi-container-create), so a new version waits for the
fleet's next endpoint, which has all that the present one has and whoever waits, too. CPU only (multi-container-direct).
"""

from collections.abc import Sequence
from typing import Any

from tenantry.domain.compositions import LEAST, Container
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.fleets import host_of
from tenantry.domain.names import container_name, twin_name
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints, scaling
from tenantry.serving.placements import Ground, HostSettings, NewHost, Placement


def place(version: Upload, ground: Ground) -> Placement:
    """A container of its own on the fleet's host; until an endpoint with it stands there, it waits."""
    fleet, composition = ground.model.fleet, ground.composition
    if fleet is None or composition is None:
        raise ReleaseFailed("a container needs a fleet's host")
    hostname = container_name(version.tenant, version.upload)
    if why := composition.bad.get(hostname):
        raise ReleaseFailed(why)
    stands = ground.fleet is not None and composition.has(hostname)
    return Placement(
        host=host_of(fleet),
        endpoint=ground.fleet.endpoint if ground.fleet else "",
        target=hostname,
        instances=ground.fleet.instances if ground.fleet else 1,
        because=(
            f"multi-container on fleet {fleet}, as its tenant's profile says",
            f"a container of its own on the next endpoint of fleet {fleet}, beside all that the present one has",
        ),
        plan=Plan.nothing(f"fleet {fleet} gets another endpoint for all that wait"),
        not_yet="" if stands else f"it waits for the next endpoint of fleet {fleet}, which has its container, too",
    )


def retire(host: HostRow, target: str) -> Plan:
    """Nothing at once: the host's next endpoint is made without it."""
    return Plan.nothing(f"{target} is left out when {host.host} gets its next endpoint")


def create_host(endpoint: str, fleet: str, profile: FleetProfile, image: str, settings: HostSettings) -> Plan:
    """Nothing: there is no endpoint without a container, so the first version brings it."""
    del endpoint, profile, image, settings
    return Plan.nothing(f"fleet {fleet} gets its endpoint with its first version")


def compose(containers: Sequence[Container], new: NewHost) -> Plan:
    """An endpoint with these containers; one alone stands there twice, until another version comes."""
    name, profile, stack = new.endpoint, new.profile, new.settings.stack
    marks = endpoints.fleet_tags(stack, new.fleet, profile, serving=Serving.MULTI_CONTAINER)
    parts = [_part(one.hostname, one, new) for one in containers]
    if len(parts) < LEAST:
        parts.append(_part(twin_name(containers[0].hostname), containers[0], new))
    variant = {"InstanceType": profile.instance_type, "InitialInstanceCount": new.instances}
    calls = (
        endpoints.create_direct_model(name, parts, new.settings, marks, isolated=not profile.network),
        *endpoints.create_endpoint(name, variant, marks),
    )
    wanted = profile.instances
    growing = scaling.by_calls(name, wanted.min, wanted.max) if wanted.scales else ()
    reason = f"a new endpoint for fleet {new.fleet} with {len(containers)} versions, each a container"
    return Plan(calls=calls, in_service=(name,), then=growing, reason=reason)


def _part(hostname: str, one: Container, new: NewHost) -> dict[str, Any]:
    url = f"{new.settings.models}{one.key}"
    return {"ContainerHostname": hostname, "Image": new.image, "Mode": "SingleModel", "ModelDataUrl": url}
