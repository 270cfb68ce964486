"""The swap and the way back: every write of the one commit, each with its condition, built from what was read.

Nothing here is written in place: the route moves to a target that is loaded and proven already. `floor` only rises,
so a late, older upload cannot return, and a rollback leaves it where it is.
"""

from datetime import datetime, timedelta

from tenantry.domain.admission import overtaken_by
from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.notices import OPERATOR, Notice, of_release, outbox
from tenantry.domain.order import numbered
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Only, Put, Write

DRAIN = timedelta(seconds=60)
"""A replaced target is kept at least so long: the client's staleness (5 s), the longest call (60 s) runs beside it."""


class Seen(Value):
    """What was read before the commit. `old` is what the route names now; `None` where there is none."""

    tenant: TenantRow
    host: HostRow
    new: Upload
    load: LoadRow
    route: Route | None = None
    old: Upload | None = None
    old_load: LoadRow | None = None


def swap(seen: Seen, now: datetime, grace_hours: float) -> tuple[Write, ...]:
    """The commit that makes `new` live; Superseded when a newer upload was, ReleaseFailed when it is not proven."""
    new, route = seen.new, seen.route
    if route and new.order <= route.floor:
        raise Superseded(overtaken_by(route))
    _one_kind_of_order(seen)
    vouched(seen)
    live = new.move(State.LIVE, now, "judged, loaded and answered its sample")
    return (
        _route(seen, now, floor=new.order, standby=seen.old.upload if seen.old else ""),
        Put(row=live, only=(Only(field="owner", test="is", value=new.owner), _state(State.WARM))),
        *_replaced(seen, State.STANDBY, f"replaced by version {new.version}", now, grace_hours),
        *_around(seen),
        *(Put(row=row) for row in of_release(live)),
    )


def roll_back(seen: Seen, now: datetime, grace_hours: float) -> tuple[Write, ...]:
    """The commit that makes `new`, an earlier version, live again by an operator's act. The floor stays."""
    assert seen.route
    assert seen.old
    new, route = seen.new, seen.route
    vouched(seen)
    why = f"rolled back from version {seen.old.version} to version {new.version} by an operator"
    return (
        _route(seen, now, floor=route.floor, standby=""),
        Put(row=new.move(State.LIVE, now, why, retire_at=None), only=(_state(new.state),)),
        *_replaced(seen, State.ROLLED_BACK, why, now, grace_hours),
        *_around(seen),
        *(Put(row=row) for row in outbox(_rolled_back(seen, why, now), new.tenant, OPERATOR)),
    )


def vouched(seen: Seen) -> None:
    """ReleaseFailed unless the load record shows this digest proven, and warm wherever the host stands or will."""
    load, host = seen.load, seen.host
    if load.proven_at is None or load.sha256 != seen.new.sha256:
        raise ReleaseFailed("its load record does not show that this artifact answered its sample")
    cold = [name for name in host.endpoints if name not in load.evidence]
    if cold:
        raise ReleaseFailed(f"it was not warmed on {' and '.join(cold)}")


def _one_kind_of_order(seen: Seen) -> None:
    """ReleaseFailed when the profile's kind of order changed on the way: a floor of another kind fences wrongly."""
    profile = seen.tenant.profile
    by = profile.models[seen.new.model].order if profile and seen.new.model in profile.models else "upload"
    if numbered(seen.new.order) != (by == "number"):
        raise ReleaseFailed(f'the profile\'s "order" became "{by}" while this was released: drop the version again')


def _route(seen: Seen, now: datetime, floor: str, standby: str) -> Put:
    new, route = seen.new, seen.route
    fresh = Route(
        tenant=new.tenant,
        model=new.model,
        host=new.host,
        target=new.target,
        version=new.version,
        upload=new.upload,
        order=new.order,
        floor=floor,
        since=now,
        standby=standby,
    ).after(route)
    if route is None:
        return Put(row=fresh)
    if floor == route.floor:
        return Put(row=fresh, only=(Only(field="floor", test="is", value=floor),))
    return Put(row=fresh, only=(Only(field="floor", test="below", value=floor),))


def _replaced(seen: Seen, state: State, why: str, now: datetime, grace_hours: float) -> tuple[Write, ...]:
    """The old version steps back. Where its rows drifted, what is there is held fast instead of overwritten."""
    writes: list[Write] = []
    if seen.old and seen.old.state is State.LIVE:
        until = now + max(timedelta(hours=grace_hours), DRAIN)
        writes.append(Put(row=seen.old.move(state, now, why, retire_at=until), only=(_state(State.LIVE),)))
    elif seen.old:
        writes.append(Check(row=seen.old))
    if seen.old_load:
        writes.append(Put(row=seen.old_load.but(pinned=False, lease_until=now + DRAIN)))
    return tuple(writes)


def _around(seen: Seen) -> tuple[Write, ...]:
    """What vouches for the new target, and what must not have changed meanwhile."""
    return (
        Put(row=seen.load.but(pinned=True), only=(Only(field="sha256", test="is", value=seen.new.sha256),)),
        Check(row=seen.tenant, only=(Only(field="state", test="is", value="READY"),)),
        Check(row=seen.host),
    )


def _state(state: State) -> Only:
    return Only(field="state", test="is", value=state.value)


def _rolled_back(seen: Seen, why: str, now: datetime) -> Notice:
    assert seen.route
    new = seen.new
    return Notice(
        id=f"rollback-{new.upload}-{seen.route.generation + 1}",
        about="rollback",
        tenant=new.tenant,
        model=new.model,
        version=new.version,
        upload=new.upload,
        state=State.LIVE,
        reason=why,
        at=now,
    )
