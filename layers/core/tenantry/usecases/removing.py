"""Endpoints that nothing serves from any more: the machine that removes them is started until it went well.

A fleet's own execution removes what it replaced or made in vain. Should it die before, its row still names them.
"""

from tenantry.domain.errors import Conflict
from tenantry.domain.tenants import FleetRow
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.reading import fleet_host


def remove_endpoints(app: App) -> int:
    """One execution an hour for everything that is left of a fleet nobody works on; how many there were."""
    now = app.clock.now()
    rows = [row for row in app.registry.rows(FleetRow, "FLEETS") if row.left and not row.owner]
    for row in rows:
        _call_off(row, app)
    due = [(row, name) for row in rows for name, at in row.left.items() if at <= now]
    for row, endpoint in due:
        name = f"d-{endpoint}-{now:%Y%m%d%H}"
        task = FleetTask(fleet=row.fleet, execution=name, remove=endpoint, **row.source.model_dump())
        app.machines.start("apply-fleet", name, task.payload())
    return len(due)


def _call_off(row: FleetRow, app: App) -> None:
    """No endpoint is about to take over while nobody works on the fleet."""
    host = fleet_host(row.fleet, app.registry)
    if host is None or not host.next:
        return
    try:
        app.registry.commit(Put(row=host.but(next="")), Check(row=row))
    except Conflict:
        return
