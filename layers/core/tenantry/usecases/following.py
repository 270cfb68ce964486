"""Profiles: compare what lies in the drop bucket with the row, and start what brings the row after it.

Only the current state counts, not which event told of it; events may come late, doubled or never.
"""

from tenantry.domain.base import Value
from tenantry.domain.names import Drop, DropKind, upload_id
from tenantry.domain.order import order_of
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.inputs import FleetTask, TenantTask

_LEAVING = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}
_GONE = {FleetState.DELETING, FleetState.DELETED}


class Followed(Value):
    """Whether a machine was started (or was running), and why."""

    started: bool
    reason: str


def follow(drop: Drop, app: App, marker: str = "") -> Followed:
    """Start the machine that this profile's object asks for; `marker` is the version id of a deletion's event."""
    latest = app.artifacts.latest(app.settings.drop_bucket, drop.key)
    if drop.kind is DropKind.TENANT:
        tenant = app.registry.get(TenantRow, TenantRow.at(drop.tenant))
        return _tenant(drop, tenant, latest, app, marker)
    return _fleet(drop, app.registry.get(FleetRow, FleetRow.at(drop.fleet)), latest, app, marker)


def _tenant(drop: Drop, row: TenantRow | None, latest: ObjectVersion | None, app: App, marker: str) -> Followed:
    if latest is None:
        if row is None or row.state in _LEAVING:
            return Followed(started=False, reason="there is no such tenant, or it is leaving already")
        name = _departure(drop.key, row, app, marker)
        return _offboard(drop, row, f"x-{name}", app)
    if row and row.state is TenantState.CLOSING:
        return Followed(started=False, reason="the tenant is being closed; the sweep takes its profile up afterwards")
    returning = row is not None and row.state in _LEAVING
    if row and not returning and (why := _old_news(row, latest)):
        return Followed(started=False, reason=why)
    name = _arrival(row, latest, returning=returning)
    task = TenantTask(tenant=drop.tenant, execution=f"t-{name}", **_source(latest))
    app.machines.start("onboard-tenant", task.execution, task.payload())
    return Followed(started=True, reason="the profile is being put into force")


def _offboard(drop: Drop, row: TenantRow, name: str, app: App) -> Followed:
    task = TenantTask(tenant=drop.tenant, execution=name, deleted=True, **row.source.model_dump())
    app.machines.start("offboard-tenant", name, task.payload())
    return Followed(started=True, reason="the tenant is being offboarded")


def _fleet(drop: Drop, row: FleetRow | None, latest: ObjectVersion | None, app: App, marker: str) -> Followed:
    if latest is None:
        if row is None or row.state in _GONE:
            return Followed(started=False, reason="there is no such fleet")
        task = FleetTask(
            fleet=drop.fleet,
            execution=f"f-{_departure(drop.key, row, app, marker)}",
            deleted=True,
            **row.source.model_dump(),
        )
        return _apply(task, "the fleet is being deleted", app)
    returning = row is not None and row.state in _GONE
    if row and not returning and (why := _old_news(row, latest)):
        return Followed(started=False, reason=why)
    name = _arrival(row, latest, returning=returning)
    task = FleetTask(fleet=drop.fleet, execution=f"f-{name}", **_source(latest))
    return _apply(task, "the profile is being applied", app)


def _apply(task: FleetTask, reason: str, app: App) -> Followed:
    app.machines.start("apply-fleet", task.execution, task.payload())
    return Followed(started=True, reason=reason)


def _old_news(row: TenantRow | FleetRow, latest: ObjectVersion) -> str:
    """Why the object needs nothing done; empty when it does."""
    if latest.version_id in {row.source.version_id, row.refused}:
        return "this profile was taken up before"
    if _source(latest)["order"] < row.source.order:
        return "a newer profile is in force"
    return ""


def _arrival(row: TenantRow | FleetRow | None, latest: ObjectVersion, *, returning: bool) -> str:
    """A profile that returns after a deletion may be the same object version, so its execution has the revision too."""
    upload = upload_id(latest.bucket, latest.key, latest.version_id)
    return f"{upload}-{row.revision}" if row and returning else upload


def _departure(key: str, row: TenantRow | FleetRow, app: App, marker: str) -> str:
    """By the delete marker, if an event named one, else by the row as it was found."""
    bucket = app.settings.drop_bucket
    return (
        upload_id(bucket, key, marker) if marker else f"{upload_id(bucket, key, row.source.version_id)}-{row.revision}"
    )


def _source(latest: ObjectVersion) -> dict[str, str]:
    upload = upload_id(latest.bucket, latest.key, latest.version_id)
    order = order_of(latest.last_modified, latest.older_in_second, upload)
    return {"bucket": latest.bucket, "key": latest.key, "version_id": latest.version_id, "order": order}
