"""Real-time endpoints: one version on instances of its own.

A new version is a new endpoint beside the old one, with the capacity that the old one has now.
"""

from tenantry.domain.plans import Plan
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints, scaling
from tenantry.serving.placements import Ground, Placement


def place(version: Upload, ground: Ground) -> Placement:
    """An endpoint of its own; it scales by itself, where its profile asks for that, before it takes traffic."""
    host, name, marks = endpoints.own(version, ground)
    wanted, kind = ground.model.instances, ground.model.instance_type
    count = wanted.nearest(ground.capacity)
    variant = {"InstanceType": kind, "InitialInstanceCount": count}
    calls = (
        endpoints.single_model(name, version, ground, marks, isolated=not ground.model.network),
        *endpoints.create_endpoint(name, variant, marks),
    )
    growing = scaling.by_calls(name, wanted.min, wanted.max) if wanted.scales else ()
    return Placement(
        host=host,
        endpoint=name,
        target=version.serving_key,
        instances=count,
        because=(
            "real-time, as its tenant's profile says",
            f"an endpoint of its own with {count} x {kind}, {_why(count, ground.capacity)}",
        ),
        plan=Plan(calls=calls, in_service=(name,), then=growing, reason=f"a new endpoint {name}"),
    )


def retire(host: HostRow, target: str) -> Plan:
    """The endpoint goes with its version."""
    del target
    return endpoints.remove_endpoint(host.endpoint)


def _why(count: int, capacity: int) -> str:
    return "as many as the live version has now" if count == capacity else "as its profile asks for"
