"""Admit releases: which of a tenant's open uploads start now. Runs at every drop, at every end and in the sweep."""

from collections.abc import Iterable
from datetime import timedelta

from tenantry.domain.admission import Facts, Lies, Verdict, changes, judge
from tenantry.domain.approvals import LATEST
from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, FleetState, SlotsRow, TenantRow, TenantState
from tenantry.domain.versions import OPEN, State, Upload, approvals_of
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended
from tenantry.usecases.inputs import Admission, Release
from tenantry.usecases.starting_moves import begin_moves

MOST_OPEN = 5_000
"""Open uploads of one tenant that are looked at in one pass."""
_ENDS = {"reject": State.REJECTED, "fail": State.FAILED, "supersede": State.SUPERSEDED}


class Admitted(Value):
    """The uploads whose release has started."""

    started: tuple[str, ...] = ()


def admit_releases(task: Admission, app: App) -> Admitted:
    """Start what may start: of one tenant, or of every tenant that uses the fleet. What has to move begins to."""
    tenants = [task.tenant] if task.tenant else _users_of(task.fleet, app)
    return Admitted(started=tuple(upload for tenant in tenants for upload in _admit(tenant, app)))


def _admit(tenant: str, app: App) -> tuple[str, ...]:
    return admit(tenant, app, *begin_moves(app.registry.get(TenantRow, TenantRow.at(tenant)), app))


def admit(tenant: str, app: App, *fresh: tuple[str, str]) -> tuple[str, ...]:
    """Judge the tenant's open uploads and do as judged; `fresh` are rows the index may not show yet."""
    doubted = set(fresh)

    def once() -> list[Upload]:
        try:
            return _pass(tenant, app, doubted)
        except Conflict as conflict:
            doubted.update(conflict.keys)
            raise

    starting = deciding(once)
    for row in starting:
        start(row, app)
    return tuple(row.upload for row in starting)


def start(row: Upload, app: App) -> None:
    """Start the execution that owns the row; that it has started already is success."""
    app.machines.start("release-model", row.owner, Release.of(row).payload())


def lease(row: Upload) -> str:
    """The row's name among the tenant's slots."""
    return f"{row.model}#{row.upload}"


def _pass(tenant: str, app: App, doubted: set[tuple[str, str]]) -> list[Upload]:
    slots = app.registry.get(SlotsRow, SlotsRow.at(tenant)) or SlotsRow(tenant=tenant)
    uploads = _open(tenant, slots, app, doubted)
    if not uploads:
        return []
    facts = _facts(tenant, uploads, app)
    verdicts = [(row, verdict) for row, verdict in judge(uploads, facts) if changes(row, verdict)]
    for row, verdict in verdicts:
        _tell(row, verdict, app, known=facts.tenant is not None)
    return _claim([row for row, verdict in verdicts if verdict.action == "start"], slots, uploads, app)


def _open(tenant: str, slots: SlotsRow, app: App, doubted: set[tuple[str, str]]) -> list[Upload]:
    """The open uploads: from the index, which may lag, and read for certain where that could matter."""
    soon = app.clock.now() + timedelta(minutes=1)
    found = {row.key: row for row in app.registry.due(Upload, f"release#{tenant}", soon, MOST_OPEN)}
    found |= {row.key: row for row in app.registry.due(Upload, approvals_of(tenant), soon + LATEST, MOST_OPEN)}
    certain = {key for key, row in found.items() if row.started} | doubted
    certain |= {Upload.at(tenant, *name.split("#", 1)) for name in slots.leases}
    for key in certain:
        found.pop(key, None)
        if row := app.registry.get(Upload, key):
            found[key] = row
    return [row for row in found.values() if row.state in OPEN]


def _tell(row: Upload, verdict: Verdict, app: App, *, known: bool) -> None:
    """Write a verdict other than a start."""
    if verdict.action == "hold":
        app.registry.commit(Put(row=_waiting(row, verdict.reason, app)))
    elif state := _ENDS.get(verdict.action):
        step = "Admit releases" if state is State.FAILED else ""
        app.registry.commit(*ended(row, state, verdict.reason, app, step=step, by=verdict.by, known=known))


def _waiting(row: Upload, reason: str, app: App) -> Upload:
    now = app.clock.now()
    if row.state in {State.HELD, State.AWAITING_APPROVAL}:
        return row.but(reason=reason, since=now)
    return row.move(State.HELD, now, reason)


def _claim(rows: list[Upload], slots: SlotsRow, uploads: Iterable[Upload], app: App) -> list[Upload]:
    """Give each row its execution and its slot, all in one commit."""
    if not rows:
        return []
    now = app.clock.now()
    until = now + timedelta(minutes=app.settings.lease_minutes)
    claimed = [_received(row, app).claimed() for row in rows]
    kept = {lease(row): slots.leases.get(lease(row), until) for row in uploads if row.started}
    leases = kept | {lease(row): until for row in claimed}
    app.registry.commit(*(Put(row=row) for row in claimed), Put(row=slots.but(leases=leases)))
    return claimed


def _received(row: Upload, app: App) -> Upload:
    if row.state in {State.RECEIVED, State.AWAITING_APPROVAL}:
        return row.cleared(app.clock.now())
    return row.move(State.RECEIVED, app.clock.now(), "its release has started")


def _facts(tenant: str, uploads: Iterable[Upload], app: App) -> Facts:
    row = app.registry.get(TenantRow, TenantRow.at(tenant))
    models = {upload.model for upload in uploads if not upload.started}
    fleets = _fleets(models, row, app)
    routes = {model: app.registry.get(Route, Route.at(tenant, model)) for model in models}
    return Facts(
        tenant=row,
        lies=_lies(tenant, models, row, fleets, app),
        fleets={name: fleet for name, fleet in fleets.items() if fleet},
        routes={model: route for model, route in routes.items() if route},
        now=app.clock.now(),
        cap=app.settings.in_flight_cap,
        hold_minutes=app.settings.held_minutes,
    )


def _fleets(models: Iterable[str], tenant: TenantRow | None, app: App) -> dict[str, FleetRow | None]:
    profiles = tenant.profile.models if tenant and tenant.profile else {}
    names = {profile.fleet for name, profile in profiles.items() if name in models and profile.fleet}
    return {name: app.registry.get(FleetRow, FleetRow.at(name)) for name in names}


def _lies(tenant: str, models: set[str], row: TenantRow | None, fleets: dict[str, FleetRow | None], app: App) -> Lies:
    """Looked up only where a row does not answer already."""
    ready = row is not None and row.state is TenantState.READY and _names_all(models, row.profile)
    missing = [name for name, fleet in fleets.items() if fleet is None or fleet.state is not FleetState.READY]
    found = {name: version for name in missing if (version := _lying(f"fleets/{name}.json", app))}
    return Lies(tenant="" if ready else _lying(f"tenants/{tenant}.json", app), fleets=found)


def _names_all(models: set[str], profile: TenantProfile | None) -> bool:
    return profile is not None and models <= set(profile.models)


def _lying(key: str, app: App) -> str:
    latest = app.artifacts.latest(app.settings.drop_bucket, key)
    return latest.version_id if latest else ""


def _users_of(fleet: str, app: App) -> list[str]:
    """Tenants whose profile names this fleet."""
    rows = app.registry.rows(TenantRow, "TENANTS")
    used = ((row, row.profile.models.values()) for row in rows if row.profile)
    return [row.tenant for row, models in used if any(model.fleet == fleet for model in models)]
