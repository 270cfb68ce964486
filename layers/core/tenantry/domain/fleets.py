"""What a new fleet profile asks for, compared with what is in force."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.options import Isolation, Serving
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow

SHAPE = ("serving", "framework", "framework_version", "image", "instance_type", "network", "tenant")
"""A change of any of these needs new instances: a new endpoint. Nothing that serves is changed in place.

For inference components so do the limits: they are part of the endpoint's configuration. Whose own it is stands in its
tags.
"""
ENOUGH_SIZES = 5
MOST_SIZES = 99


class Change(Value):
    """What is to be done, and why."""

    kind: Literal["roll", "resize", "nothing"]
    reason: str


def change(wanted: FleetProfile, in_force: FleetProfile | None, host: HostRow | None) -> Change:
    """Roll to a new endpoint, resize the one there is, or nothing."""
    if host is None or in_force is None:
        return Change(kind="roll", reason="the fleet has no endpoint yet")
    shape = (*SHAPE, "instances") if wanted.serving is Serving.INFERENCE_COMPONENT else SHAPE
    different = [name for name in shape if getattr(wanted, name) != getattr(in_force, name)]
    if different:
        return Change(kind="roll", reason=f"changed: {', '.join(different)}")
    if wanted.instances != in_force.instances:
        return Change(kind="resize", reason="changed: instances")
    return Change(kind="nothing", reason="nothing that the hosts depend on changed")


def foreign(fleet: str, profile: FleetProfile, tenant: str, isolation: Isolation) -> str:
    """Why this tenant may not use the fleet; empty when it may."""
    if profile.tenant == tenant:
        return ""
    if profile.tenant:
        return f"fleet {fleet} is tenant {profile.tenant}'s own"
    if isolation is Isolation.SILO:
        return (
            f"a silo tenant shares no hosts, and fleet {fleet} is not its own: name one whose profile says "
            f'"tenant": "{tenant}", or use serving real-time'
        )
    return ""


def host_of(fleet: str) -> str:
    """The id of the host that a fleet is, whichever endpoint stands behind it."""
    return f"fleet-{fleet}"


def median_bytes(sizes: Sequence[int]) -> int | None:
    """The median size of the fleet's versions; `None` while there are too few to speak of one."""
    return round(median(sizes)) if len(sizes) >= ENOUGH_SIZES else None


def with_size(sizes: Sequence[int], size: int) -> tuple[int, ...]:
    """The sizes with one more, newest last, at most 99."""
    return (*sizes, size)[-MOST_SIZES:]
