"""What becomes of a canary: every write of the one commit that extends it, takes it off, or ends it beside another.

The route names the version that was live all the while. So taking a canary off is one write of the route, which needs
no target to be loaded, and whatever ends a canary makes it: no route sends calls to a version that has ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tenantry.domain.errors import Superseded
from tenantry.domain.notices import of_release
from tenantry.domain.routes import DRAIN, Canary, LoadRow, Route
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Only, Put, Write


def begun(new: Upload, now: datetime, percent: int, minutes: int) -> Canary:
    """The part of a route that sends calls to this version."""
    until = now + timedelta(minutes=minutes)
    return Canary(
        host=new.host,
        target=new.target,
        version=new.version,
        upload=new.upload,
        order=new.order,
        weight=percent,
        since=now,
        until=until,
    )


def extended(row: Upload, route: Route, why: str, now: datetime) -> tuple[Write, ...]:
    """The commit that lets the bake go on, from now, for as long as it was."""
    assert route.canary
    canary = route.canary
    until = now + (canary.until - canary.since)
    longer = canary.model_copy(update={"until": until, "extended": True})
    reason = f"judged again at {until:%H:%M:%S} UTC: {why}"
    return Put(row=route.but(canary=longer)), _moved(row.move(State.CANARY, now, reason))


def gone_back(
    row: Upload, load: LoadRow | None, route: Route, why: str, now: datetime, hours: float, **changes: Any
) -> tuple[Write, ...]:
    """The commit that takes it off the route: by a judgement, or by an operator's act. It is kept for its grace."""
    return *off(route, load, now), *_rolled_back(row, why, now, hours, **changes)


def taken_along(row: Upload | None, load: LoadRow | None, why: str, now: datetime, hours: float) -> tuple[Write, ...]:
    """What ends a canary, if there is one, when an operator goes further back, in the commit that writes the route."""
    if row is None or row.state is not State.CANARY:
        return _held(row)
    return *drained(load, now), *_rolled_back(row, why, now, hours)


def _rolled_back(row: Upload, why: str, now: datetime, hours: float, **changes: Any) -> tuple[Write, ...]:
    until = now + max(timedelta(hours=hours), DRAIN)
    end = row.move(State.ROLLED_BACK, now, why, retire_at=until, **changes)
    return _moved(end), *(Put(row=notice) for notice in of_release(end))


def displaced(row: Upload | None, load: LoadRow | None, new: Upload, now: datetime) -> tuple[Write, ...]:
    """What ends a canary, if there is one, when a newer version takes its place, in the commit for that one."""
    if row is None or row.state is not State.CANARY:
        return _held(row)
    why = f"a newer upload (version {new.version}) came while it was judged"
    end = row.move(State.SUPERSEDED, now, why)
    told = of_release(end, superseded_by=new.upload)
    return _moved(end), *drained(load, now), *(Put(row=notice) for notice in told)


def off(route: Route, load: LoadRow | None, now: datetime) -> tuple[Write, ...]:
    """No more calls go to it."""
    return Put(row=route.but(canary=None)), *drained(load, now)


def drained(load: LoadRow | None, now: datetime) -> Sequence[Write]:
    """Its target is let go when the last call of a client that has not read the route again is over."""
    return (Put(row=load.but(pinned=False, lease_until=now + DRAIN)),) if load else ()


def newest_first(route: Route | None, new: Upload) -> None:
    """Superseded when a newer upload is being judged: an older one neither takes its place nor overtakes it."""
    if route and route.canary and new.order < route.canary.order:
        raise Superseded(f"a newer upload is being judged: version {route.canary.version}")


def _held(row: Upload | None) -> tuple[Write, ...]:
    """A row that moved on after the route was read: the commit must find both as they were."""
    return (Check(row=row),) if row else ()


def _moved(row: Upload) -> Put:
    return Put(row=row, only=(Only(field="state", test="is", value=State.CANARY.value),))
