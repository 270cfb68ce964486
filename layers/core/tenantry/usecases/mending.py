"""What began and did not go on: its execution is started again a few times, then it gets its end."""

from datetime import timedelta

from tenantry.domain.failures import TaskError
from tenantry.domain.names import is_composing
from tenantry.domain.tenants import FleetRow, FleetState, SlotsRow, TenantRow, TenantState
from tenantry.domain.versions import OPEN, State, Upload
from tenantry.domain.writes import Put
from tenantry.usecases.admission import admit, lease, start
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended, undo
from tenantry.usecases.finding import YOUNG
from tenantry.usecases.inputs import FleetTask, TenantTask
from tenantry.usecases.settling_fleets import settle_fleet
from tenantry.usecases.tenants import settle_tenant

MOST_ATTEMPTS = 3
_GOING = {TenantState.SUSPENDED, TenantState.CLOSING}
STUCK = timedelta(hours=1)
"""A profile's execution that is not running so long after its last write has died."""


def mend_releases(app: App) -> list[str]:
    """Go through the open uploads of every tenant; which were started (again) or got their end."""
    before = app.clock.now() - YOUNG
    mended: list[str] = []
    for tenant in app.registry.rows(TenantRow, "TENANTS"):
        rows = app.registry.due(Upload, f"release#{tenant.tenant}", before)
        mended += [_name(row) for row in rows if row.started and _mend(row, app)]
        if any(not row.started for row in rows):
            mended += admit(tenant.tenant, app)
    return mended


def mend_profiles(app: App) -> int:
    """Give tenants and fleets whose execution has died their end; how many there were."""
    before = app.clock.now() - STUCK
    tenants = [row for row in app.registry.rows(TenantRow, "TENANTS") if row.since < before]
    fleets = [row for row in app.registry.rows(FleetRow, "FLEETS") if row.since < before]
    return sum(_mend_tenant(row, app) for row in tenants) + sum(_mend_fleet(row, app) for row in fleets)


def _mend(row: Upload, app: App) -> bool:
    status = app.machines.status("release-model", row.owner)
    if status == "RUNNING":
        return False
    if status is None:
        start(row, app)
        return True
    again = deciding(lambda: _again(row, app))
    if again is None:
        undo(row.key, app)
    else:
        start(again, app)
    return True


def _name(row: Upload) -> str:
    return f"{row.tenant}/{row.model} version {row.version} (upload {row.upload})"


def _again(stale: Upload, app: App) -> Upload | None:
    """The row with its next execution; `None` when it has, or now got, its end."""
    row = app.registry.get(Upload, stale.key)
    if row is None or row.state not in OPEN or row.owner != stale.owner:
        return None
    if row.attempt >= MOST_ATTEMPTS + bool(row.approved):  # the first of an approved one stopped as it should
        why = f"{MOST_ATTEMPTS} executions stopped without an end, the last one as {row.state}"
        app.registry.commit(*ended(row, State.FAILED, why, app, step="Sweep registry"))
        return None
    slots = app.registry.get(SlotsRow, SlotsRow.at(row.tenant)) or SlotsRow(tenant=row.tenant)
    until = app.clock.now() + timedelta(minutes=app.settings.lease_minutes)
    claimed = row.claimed()
    app.registry.commit(Put(row=claimed), Put(row=slots.but(leases={**slots.leases, lease(row): until})))
    return claimed


def _mend_tenant(row: TenantRow, app: App) -> bool:
    stuck = row.state is TenantState.ONBOARDING or (row.state is TenantState.READY and row.owner)
    if stuck and not _running("onboard-tenant", row.owner, app):
        task = TenantTask(tenant=row.tenant, execution=row.owner, error=_dead(), **row.source.model_dump())
        settle_tenant(task, app)
        return True
    if row.state in _GOING and not _running("offboard-tenant", row.owner, app):
        name = f"x-{row.tenant}-{app.clock.now():%Y%m%d%H}"
        task = TenantTask(tenant=row.tenant, execution=name, deleted=True, **row.source.model_dump())
        app.machines.start("offboard-tenant", name, task.payload())
        return True
    return False


def _mend_fleet(row: FleetRow, app: App) -> bool:
    if not row.owner or _running("apply-fleet", row.owner, app):
        return False
    deleted = row.state is FleetState.DELETING
    known = {"fleet": row.fleet, "execution": row.owner, "deleted": deleted, **row.source.model_dump()}
    task = FleetTask(**known, compose="join" if is_composing(row.owner) else "", error=_dead())
    settle_fleet(task, app)
    return True


def _running(machine: str, name: str, app: App) -> bool:
    return app.machines.status(machine, name) == "RUNNING"


def _dead() -> TaskError:
    return TaskError(error="ReleaseFailed", cause="it ended without a word")
