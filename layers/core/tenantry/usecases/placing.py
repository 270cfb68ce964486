"""Place version: option, host and target, with the reasons; the target's lease begins."""

from datetime import timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.plans import Plan
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.serving import OPTIONS, Placement
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import arrived, fleet_host, load_of, model_of, owned, ready_fleet, ready_tenant


class Placed(Value):
    """Where the version goes, and what SageMaker must be told for it."""

    plan: Plan
    host: str
    target: str


def place_version(release: Release, app: App) -> Placed:
    """Decide once; asked again, the same answer."""
    return deciding(lambda: _place(release, app))


def _place(release: Release, app: App) -> Placed:
    row = owned(release, app.registry)
    arrived(row, State.REGISTERED)
    _, tenant = ready_tenant(row.tenant, app.registry)
    model = model_of(row, tenant)
    fleet, _ = ready_fleet(model.fleet, app.registry)
    host = fleet_host(fleet.fleet, app.registry)
    if host is None:
        raise ReleaseFailed(f"fleet {fleet.fleet} has no endpoint")
    placement = OPTIONS[model.serving].place(row, host)
    if not row.reached(State.PLACED):
        app.registry.commit(*_placed(row, host, placement, app), Check(row=fleet))
    return Placed(plan=placement.plan, host=placement.host, target=placement.target)


def _placed(row: Upload, host: HostRow, placement: Placement, app: App) -> tuple[Put, Put]:
    now = app.clock.now()
    placed = row.move(
        State.PLACED,
        now,
        f"placed on fleet {host.fleet}",
        host=placement.host,
        target=placement.target,
        placed_because=placement.because,
    )
    lease_until = now + timedelta(minutes=app.settings.lease_minutes)
    load = load_of(placed, app.registry) or new_load(placed, lease_until)
    return Put(row=placed), Put(row=load.but(lease_until=lease_until))


def new_load(row: Upload, lease_until: object) -> LoadRow:
    """The load record of a placed version."""
    return LoadRow.model_validate(
        {
            "host": row.host,
            "target": row.target,
            "tenant": row.tenant,
            "model": row.model,
            "upload": row.upload,
            "sha256": row.sha256,
            "lease_until": lease_until,
        }
    )
