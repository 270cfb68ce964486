"""Which open uploads of a tenant start now, and why the others wait or end.

Newest first: while a newer upload of the same model is open, older ones are HELD. What lies at or below the route's
floor ends SUPERSEDED, unjudged. At most `cap` releases of a tenant are in flight. What waits for an approval is in
nobody's way, and once it is approved stands in line with the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.errors import Rejected
from tenantry.domain.models import ModelProfile
from tenantry.domain.order import ordered
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import Upload


class Lies(Value):
    """What lies in the drop bucket now: the version id of each profile object that is there."""

    tenant: str = ""
    fleets: dict[str, str] = {}


class Facts(Value):
    """All that admission is decided on."""

    tenant: TenantRow | None
    lies: Lies
    fleets: dict[str, FleetRow]
    routes: dict[str, Route]
    now: datetime
    cap: int
    hold_minutes: int


class Verdict(Value):
    """What becomes of one upload. `by` names the upload that superseded it."""

    action: Literal["start", "hold", "reject", "fail", "supersede"]
    reason: str
    by: str = ""


def judge(uploads: Sequence[Upload], facts: Facts) -> list[tuple[Upload, Verdict]]:
    """A verdict for every open upload that no execution owns yet, which has the order that the profile asks for."""
    rows = [_reordered(row, facts) for row in uploads]
    asked = {row.upload for row in rows if _awaits_approval(row, facts)}
    own = {row.upload: verdict for row in rows if not row.started and (verdict := obstacle(row, facts))}
    free = [row for row in rows if row.upload not in own and row.upload not in asked]
    room = facts.cap - sum(row.started for row in rows)
    verdicts = {**own, **dict(_newest_first(free, room, facts.cap))}
    judged = [(row, verdicts[row.upload]) for row in rows if row.upload in verdicts]
    return [(row, verdict) for row, verdict in judged if not (row.parked and verdict.action == "hold")]


def obstacle(upload: Upload, facts: Facts) -> Verdict | None:
    """What keeps this upload from starting, whatever the others do; `None` when nothing does."""
    return (
        _unnumbered(upload, facts)
        or _overtaken(upload, facts)
        or _awaited(_tenant_missing(upload, facts) or _fleet_missing(upload, facts), upload, facts)
    )


def changes(upload: Upload, verdict: Verdict) -> bool:
    """Whether the verdict asks for a write: holding what is held for the same reason does not."""
    return not (verdict.action == "hold" and upload.waits and upload.reason == verdict.reason)


def overtaken_by(route: Route) -> str:
    """The sentence that says why an upload at or below the floor of this route does not go live."""
    if route.order == route.floor:
        return f"a newer upload went live before it: version {route.version}"
    return f"a newer upload went live before it and was rolled back; version {route.version} is live"


def strayed(upload: Upload, route: Route) -> str:
    """Why there is nothing to move any more, if this upload is a move: what it would move is not live."""
    if upload.moved_from in {"", route.upload}:
        return ""
    return f"version {upload.version} was to be moved from {upload.origin}, and is not live any more"


def _newest_first(uploads: Iterable[Upload], room: int, cap: int) -> Iterator[tuple[str, Verdict]]:
    rows = sorted(uploads, key=lambda row: (row.model, row.order), reverse=True)
    heads = []
    for _, group in groupby(rows, key=lambda row: row.model):
        newest, *older = group
        heads.append(newest)
        why = f"a newer upload (version {newest.version}) is released first"
        yield from ((row.upload, Verdict(action="hold", reason=why)) for row in older if not row.started)
    waiting = sorted((row for row in heads if not row.started), key=lambda row: (row.received_at, row.upload))
    for place, row in enumerate(waiting):
        yield row.upload, _admitted(room=place < room, cap=cap)


def _admitted(*, room: bool, cap: int) -> Verdict:
    if room:
        return Verdict(action="start", reason="its release has started")
    return Verdict(action="hold", reason=f"{cap} releases of this tenant are in flight, which is the most at once")


def _awaits_approval(upload: Upload, facts: Facts) -> bool:
    """It waits for a person, and neither for others nor others for it: it may get its end, and no more."""
    profile = facts.tenant.profile if facts.tenant else None
    return upload.parked and (profile is None or profile.approval == "manual")


def _reordered(upload: Upload, facts: Facts) -> Upload:
    """An upload that came before its profile, or before a change of it, with the kind of order in force now."""
    model = _named(upload, facts)
    if upload.started or upload.moved_from or model is None or _unnumbered(upload, facts):
        return upload
    order = ordered(upload.order, upload.version, model.order)
    return upload if order == upload.order else upload.but(order=order)


def _unnumbered(upload: Upload, facts: Facts) -> Verdict | None:
    if upload.moved_from:
        return None
    model = _named(upload, facts)
    try:
        ordered(upload.order, upload.version, model.order if model else "upload")
    except Rejected as why:
        return Verdict(action="reject", reason=why.reason)
    return None


def _overtaken(upload: Upload, facts: Facts) -> Verdict | None:
    route = facts.routes.get(upload.model)
    if route is None or (upload.order > route.floor and not strayed(upload, route)):
        return None
    return Verdict(action="supersede", reason=strayed(upload, route) or overtaken_by(route), by=route.upload)


def _awaited(verdict: Verdict | None, upload: Upload, facts: Facts) -> Verdict | None:
    """Replicas come in any order, so what a replica misses may be on its way: it waits as long as for a tenant."""
    late = facts.now - upload.received_at >= timedelta(minutes=facts.hold_minutes)
    if verdict is None or verdict.action != "reject" or not upload.replica or late:
        return verdict
    return Verdict(action="hold", reason=f"unless that is on its way from another region: {verdict.reason}")


def _tenant_missing(upload: Upload, facts: Facts) -> Verdict | None:
    tenant, lies = facts.tenant, facts.lies.tenant
    if tenant is None or tenant.state is not TenantState.READY or tenant.profile is None:
        if lies:
            return _held(upload, facts, f"tenant {upload.tenant} is not READY yet")
        return Verdict(action="reject", reason=_no_tenant(upload.tenant, tenant))
    if upload.model in tenant.profile.models:
        return None
    if upload.model in tenant.profile.shared:
        owner = tenant.profile.owner
        why = f"{upload.model} is shared by tenant {owner}: only {owner}'s own versions are released"
        return Verdict(action="reject", reason=why)
    coming = tenant.coming is not None and upload.model in tenant.coming.models
    if coming or (lies and lies not in {tenant.source.version_id, tenant.refused}):
        return _held(upload, facts, f"the newest profile of tenant {upload.tenant} is not in force yet")
    names = ", ".join(sorted(tenant.profile.models)) or "none"
    why = f"tenants/{upload.tenant}.json names no model {upload.model} (it names: {names}); add it and drop again"
    return Verdict(action="reject", reason=why)


def _no_tenant(name: str, tenant: TenantRow | None) -> str:
    if tenant and tenant.state in {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}:
        return f"tenant {name} is {tenant.state}; restore tenants/{name}.json, then drop the version again"
    return f"there is no tenant {name}: drop its profile as tenants/{name}.json, then the version again"


def _fleet_missing(upload: Upload, facts: Facts) -> Verdict | None:
    model = _named(upload, facts)
    name = model.fleet if model else None
    fleet = facts.fleets.get(name) if name else None
    if name is None or (fleet and fleet.state is FleetState.READY):
        return None
    if name in facts.lies.fleets:
        return _held(upload, facts, f"fleet {name} is not READY yet")
    why = f"there is no fleet {name}: drop its profile as fleets/{name}.json, then the version again"
    return Verdict(action="reject", reason=why)


def _named(upload: Upload, facts: Facts) -> ModelProfile | None:
    """What the profile in force says of the upload's model."""
    profile = facts.tenant.profile if facts.tenant else None
    return profile.models.get(upload.model) if profile else None


def _held(upload: Upload, facts: Facts, reason: str) -> Verdict:
    limit = timedelta(minutes=facts.hold_minutes)
    if upload.waits and upload.reason == reason and facts.now - upload.since >= limit:
        return Verdict(action="fail", reason=f"{reason}; it waited {facts.hold_minutes} minutes, which is the most")
    return Verdict(action="hold", reason=reason)
