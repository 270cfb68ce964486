"""Containers of a fleet, from where versions and tenants stand: they hold a place, and have the next endpoint made."""

from collections.abc import Iterable
from itertools import count

from tenantry.domain.compositions import MOST, Composition, Container, crowded, needed
from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.domain.fleets import host_of
from tenantry.domain.names import composing_name, container_name, is_composing
from tenantry.domain.tenants import FleetRow
from tenantry.domain.versions import KEPT, OPEN, Upload
from tenantry.ports import Registry
from tenantry.usecases.app import App
from tenantry.usecases.inputs import Composing, FleetTask

RUNNING = "RUNNING"
MOST_ATTEMPTS = 20
"""So many executions that stop before they begin, and something is wrong."""


def composition_of(fleet: str, registry: Registry) -> Composition | None:
    """What stands behind the fleet's host, if it ever had containers."""
    return registry.get(Composition, Composition.at(host_of(fleet)))


def joined(row: Upload, fleet: FleetRow, app: App) -> Composition:
    """The fleet's composition with this version among those it wants; Rejected when no place is free.

    A fleet that was deleted counts on from where its row is: no execution's name comes twice.
    """
    fresh = Composition(host=host_of(fleet.fleet), fleet=fleet.fleet, count=fleet.revision)
    known = composition_of(fleet.fleet, app.registry) or fresh
    if any(one.upload == row.upload for one in known.wanted):
        return known
    now = pruned(known, app.registry) if len(known.wanted) >= MOST else known
    if len(now.wanted) >= MOST:
        raise Rejected(crowded(fleet.fleet, [_holder(one, app.registry) for one in now.wanted]))
    whose = {"tenant": row.tenant, "model": row.model, "upload": row.upload}
    newest = Container(**whose, key=row.serving_key, since=app.clock.now())
    return now.but(wanted=(*now.wanted, newest))


def pruned(composition: Composition, registry: Registry) -> Composition:
    """Without what has ended or was retired: nobody has to tell a composition."""
    rows = (_row(one, registry) for one in composition.wanted)
    return needed(composition, {row.upload for row in rows if row and row.state in OPEN | KEPT})


def lead(composition: Composition, app: App, why: Composing = "join") -> None:
    """See to it that an execution makes the fleet's next endpoint, unless one is at work on the fleet.

    Anybody who waits may lead, and whoever looks next does if that execution has died.
    """
    row = app.registry.get(FleetRow, FleetRow.at(composition.fleet))
    if row is None or _at_work(row, app):
        return
    for attempt in count(1):
        name = composing_name(row.fleet, composition.count + 1, attempt)
        status = app.machines.status("apply-fleet", name)
        if status is None:
            task = FleetTask(
                fleet=row.fleet, execution=name, compose=why, instead_of=row.owner, **row.source.model_dump()
            )
            app.machines.start("apply-fleet", name, task.payload())
        if status in {None, RUNNING}:
            return
        if attempt >= MOST_ATTEMPTS:
            raise ReleaseFailed(f"{attempt} executions that should have made the next endpoint stopped before they did")


def stands(row: Upload, registry: Registry) -> bool:
    """Whether it is a container of an endpoint that may stand: then its copy is read for each new instance."""
    if row.target != container_name(row.tenant, row.upload):
        return False
    composition = registry.get(Composition, Composition.at(row.host))
    return composition is not None and composition.holds(row.upload)


def leave(rows: Iterable[Upload], app: App) -> int:
    """Have endpoints made without these versions, which have ended; how many still stand on one that may be called."""
    standing = [row for row in rows if stands(row, app.registry)]
    for host in sorted({row.host for row in standing}):
        composition = app.registry.get(Composition, Composition.at(host))
        if composition and any(composition.has(row.target) for row in standing):
            lead(composition, app, "drop")
    return len(standing)


def _at_work(row: FleetRow, app: App) -> bool:
    """What a profile asked for, and died, is not taken over here: it has to have its end first."""
    if not is_composing(row.owner):
        return bool(row.owner)
    return app.machines.status("apply-fleet", row.owner) == RUNNING


def _holder(one: Container, registry: Registry) -> str:
    row = _row(one, registry)
    assert row
    until = f" until {row.retire_at:%Y-%m-%d %H:%M} UTC" if row.retire_at else ""
    return f"{one.tenant}/{one.model} version {row.version} ({row.state}{until})"


def _row(one: Container, registry: Registry) -> Upload | None:
    return registry.get(Upload, Upload.at(one.tenant, one.model, one.upload))
