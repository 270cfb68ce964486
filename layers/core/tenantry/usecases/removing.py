"""Endpoints that nothing serves from any more: the machine that removes them is started until it went well.

A fleet's own execution removes what it replaced or made in vain. Should it die before, its row still names them.
"""

from datetime import datetime

from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import FleetRow
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import FleetTask
from tenantry.usecases.reading import fleet_host


def remove_endpoints(app: App) -> int:
    """See to it that what is left of every fleet goes; how many endpoints that were."""
    rows = [row for row in app.registry.rows(FleetRow, "FLEETS") if row.left and not row.owner]
    return sum(_remove(row, name, app) for row in rows for name in _due(row, app))


def _due(row: FleetRow, app: App) -> list[str]:
    now = app.clock.now()
    return [name for name, at in row.left.items() if at <= now]


def _remove(row: FleetRow, endpoint: str, app: App) -> bool:
    """One execution an hour, until it went well or the host names the endpoint again."""
    name = f"d-{endpoint}-{app.clock.now():%Y%m%d%H}"
    host = fleet_host(row.fleet, app.registry)
    if _named(host, endpoint) or app.machines.status("apply-fleet", name) == "SUCCEEDED":
        deciding(lambda: _forget(row.key, endpoint, row.left[endpoint], app))
        return False
    task = FleetTask(fleet=row.fleet, execution=name, remove=endpoint, **row.source.model_dump())
    app.machines.start("apply-fleet", name, task.payload())
    return True


def _named(host: HostRow | None, endpoint: str) -> bool:
    return host is not None and endpoint in {host.endpoint, host.next}


def _forget(key: tuple[str, str], endpoint: str, at: datetime, app: App) -> None:
    row = app.registry.get(FleetRow, key)
    if row and row.left.get(endpoint) == at:
        left = {name: when for name, when in row.left.items() if name != endpoint}
        app.registry.commit(Put(row=row.but(left=left)))
