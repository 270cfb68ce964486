"""The swap and the way back: every write of the one commit, each with its condition, built from what was read.

Nothing here is written in place: the route moves to a target that is loaded and proven already. `floor` only rises,
so a late, older upload cannot return, and a rollback leaves it where it is. A swap that is judged first is two such
commits: one sends a part of the calls to the new version, and the swap itself follows when it has proven itself.
"""

from datetime import datetime, timedelta

from tenantry.domain.admission import overtaken_by, strayed
from tenantry.domain.base import Value
from tenantry.domain.canaries import begun, displaced, newest_first, taken_along
from tenantry.domain.errors import ReleaseFailed, Superseded
from tenantry.domain.judging import CanarySettings
from tenantry.domain.moves import where
from tenantry.domain.notices import OPERATOR, Notice, of_release, outbox
from tenantry.domain.options import UNCALLED
from tenantry.domain.order import numbered
from tenantry.domain.routes import DRAIN, HostRow, LoadRow, Route
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Only, Put, Write


class Seen(Value):
    """What was read before the commit. `old` is what the route names now, `judged` its canary, where there is one."""

    tenant: TenantRow
    host: HostRow
    new: Upload
    load: LoadRow
    route: Route | None = None
    old: Upload | None = None
    old_load: LoadRow | None = None
    judged: Upload | None = None
    judged_load: LoadRow | None = None

    @property
    def other(self) -> Upload | None:
        """The canary on the route, when that is not `new`."""
        return self.judged if self.judged and self.judged.upload != self.new.upload else None


def swap(seen: Seen, now: datetime, grace_hours: float) -> tuple[Write, ...]:
    """The commit that makes `new` live; Superseded when a newer upload was, ReleaseFailed when it is not proven."""
    new = seen.new
    _may_come(seen)
    live = new.move(State.LIVE, now, _why_live(seen))
    return (
        _route(seen, now, floor=new.order, standby=seen.old.upload if seen.old else ""),
        Put(row=live, only=(Only(field="owner", test="is", value=new.owner), _state(new.state))),
        *displaced(seen.other, seen.judged_load, seen.new, now),
        *_replaced(seen, State.STANDBY, _why_replaced(seen), now, grace_hours),
        *_around(seen),
        *(Put(row=row) for row in of_release(live)),
    )


def can_be_judged(seen: Seen) -> bool:
    """Whether calls go to an older version now, so that a part of them can go to the new one.

    A version that moves has been judged, and clients do not tell it from itself.
    """
    old, route = seen.old, seen.route
    if seen.new.moved_from:
        return False
    return route is not None and not route.suspended and old is not None and old.state is State.LIVE


def begin_canary(seen: Seen, now: datetime, asked: CanarySettings) -> tuple[Write, ...]:
    """The commit that sends a part of the calls to `new`; raises as `swap` does. The old version stays live."""
    assert seen.route
    assert seen.old
    _may_come(seen)
    canary = begun(seen.new, now, asked.percent, asked.minutes)
    why = f"{canary.weight}% of the calls go to it beside version {seen.old.version}, until {canary.until:%H:%M:%S} UTC"
    row = seen.new.move(State.CANARY, now, why)
    return (
        Put(row=seen.route.but(canary=canary), only=(Only(field="floor", test="below", value=seen.new.order),)),
        Put(row=row, only=(Only(field="owner", test="is", value=row.owner), _state(State.WARM))),
        *displaced(seen.other, seen.judged_load, seen.new, now),
        *_around(seen),
    )


def roll_back(seen: Seen, now: datetime, grace_hours: float) -> tuple[Write, ...]:
    """The commit that makes `new`, an earlier version, live again by an operator's act. The floor stays.

    Only a canary that went back, and that an operator wants all the same, was never live and raises it.
    """
    assert seen.route
    assert seen.old
    new, route = seen.new, seen.route
    vouched(seen)
    if new.order > route.floor:
        _one_kind_of_order(seen)
    back = f"rolled back from version {seen.old.version} to version {new.version}"
    why = f"{back}{_host_too(seen)} by an operator{_by_proof(seen)}"
    return (
        _route(seen, now, floor=max(route.floor, new.order), standby=""),
        Put(row=new.move(State.LIVE, now, why, retire_at=None), only=(_state(new.state),)),
        *_replaced(seen, State.ROLLED_BACK, why, now, grace_hours),
        *taken_along(seen.other, seen.judged_load, why, now, grace_hours),
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


def _by_proof(seen: Seen) -> str:
    """Where nothing can be probed, when it was proven."""
    proven = seen.load.proven_at
    return f"; a job proved it at {proven:%Y-%m-%d %H:%M} UTC" if seen.host.serving in UNCALLED and proven else ""


def _may_come(seen: Seen) -> None:
    """Superseded when a newer upload is, or was, live or is being judged; ReleaseFailed when it is not proven."""
    if seen.route and seen.new.order <= seen.route.floor:
        raise Superseded(overtaken_by(seen.route))
    if seen.route and (why := strayed(seen.new, seen.route)):
        raise Superseded(why)
    newest_first(seen.route, seen.new)
    _one_kind_of_order(seen)
    vouched(seen)


def _why_live(seen: Seen) -> str:
    new = seen.new
    if new.moved_from:
        return f"moved from {new.origin} to {_where(seen)}: loaded and answered its sample there"
    judged = f"; as a canary {new.verdict['reason']}" if new.verdict else ""
    return f"judged, loaded and answered its sample{judged}"


def _why_replaced(seen: Seen) -> str:
    return f"moved to {_where(seen)}" if seen.new.moved_from else f"replaced by version {seen.new.version}"


def _host_too(seen: Seen) -> str:
    """Where the versions do not tell what is rolled back: the same one is served elsewhere."""
    return f" on {_where(seen)}" if seen.old and seen.old.version == seen.new.version else ""


def _where(seen: Seen) -> str:
    return where(seen.host.serving, seen.host.fleet)


def _one_kind_of_order(seen: Seen) -> None:
    """ReleaseFailed when the profile's kind of order changed on the way: a floor of another kind fences wrongly.

    The order of a move is of the floor's kind, whatever the profile says.
    """
    if seen.new.moved_from:
        return
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
