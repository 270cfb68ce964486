"""Moving: the live version of a model goes to where its tenant's profile has it by now, as a release of its own.

Nothing is moved in place. The same artifact is released once more, to the new host, and the route follows when it was
loaded and answered its sample there; the old host stays for its grace.
"""

from datetime import datetime

from tenantry.domain.base import Value
from tenantry.domain.fleets import foreign
from tenantry.domain.models import AUTO, ModelProfile
from tenantry.domain.names import upload_id
from tenantry.domain.options import Isolation, Serving, refusal
from tenantry.domain.order import order_of_move
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow
from tenantry.domain.versions import Move, State, Upload


class Copy(Value):
    """The serving copy of a live version."""

    bucket: str
    key: str
    version_id: str


def where(serving: Serving, fleet: str | None) -> str:
    """A host, in the words of a profile."""
    return f"{serving} on fleet {fleet}" if fleet else str(serving)


def misplaced(host: HostRow, model: ModelProfile, tenant: TenantRow, fleet: FleetRow | None) -> str:
    """Why what is live on this host has to move; empty when it may stay. `fleet` is the host's, if it has one.

    Where the policy chooses, a version keeps what was chosen for it for as long as that is legal.
    """
    if host.serving is Serving.ASYNCHRONOUS and _of_pool(tenant) and not host.pool:
        return "its tenant's models may be shared, and its answers lie where that tenant alone reads"
    if model.serving != AUTO:
        fits = (host.serving, host.fleet or None) == (model.serving, model.fleet)
        return "" if fits else f"its profile asks for {where(Serving(model.serving), model.fleet)}"
    return _unlawful(host, tenant, fleet)


def _of_pool(tenant: TenantRow) -> bool:
    return tenant.profile is not None and tenant.profile.isolation is Isolation.POOL


def moving(old: Upload, route: Route, host: HostRow, copy: Copy, profile: str, why: str, now: datetime) -> Upload:
    """The row that moves `old`, the live version, because of the profile with this version id."""
    reason = f"to be moved from {where(host.serving, host.fleet)}: {why}"
    return Upload(
        tenant=old.tenant,
        model=old.model,
        version=old.version,
        upload=move_id(old.upload, profile),
        bucket=copy.bucket,
        key_=copy.key,
        version_id=copy.version_id,
        size=old.size,
        order=order_of_move(route.floor),
        moved_from=old.upload,
        origin=where(host.serving, host.fleet),
        state=State.RECEIVED,
        reason=reason,
        since=now,
        received_at=now,
        moves=(Move(state=State.RECEIVED, at=now, reason=reason),),
    )


def move_id(upload: str, profile: str) -> str:
    """The upload id of the one move that a version of a profile may ask of an upload."""
    return upload_id("move", upload, profile)


def _unlawful(host: HostRow, tenant: TenantRow, fleet: FleetRow | None) -> str:
    assert tenant.profile
    isolation = tenant.profile.isolation
    if why := refusal(host.serving, isolation):
        return f"isolation is {isolation}, and {why}"
    if not host.fleet:
        return ""
    if fleet is None or fleet.profile is None or fleet.state in {FleetState.DELETING, FleetState.DELETED}:
        return f"fleet {host.fleet} is gone"
    return foreign(fleet.fleet, fleet.profile, tenant.tenant, isolation)
