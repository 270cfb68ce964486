"""Profiles: compare what lies in the drop bucket with the row, and start what brings the row after it.

Only the current state counts, not which event told of it; events may come late, doubled or never.
"""

from tenantry.domain.base import Value
from tenantry.domain.names import Drop, DropKind, origin_id, upload_id
from tenantry.domain.order import order_of
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.inputs import FleetTask, TenantTask

DIED = {"FAILED", "TIMED_OUT", "ABORTED"}
"""How an execution ends that did not end by itself."""
_LEAVING = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}
_GONE = {FleetState.DELETING, FleetState.DELETED}


class Followed(Value):
    """Whether a machine was started (or was running), and why."""

    started: bool
    reason: str


def follow(drop: Drop, app: App, marker: str = "", *, again: bool = False) -> Followed:
    """Start the machine that this profile's object asks for; `marker` is the version id of a deletion's event.

    `again`: one that died before it wrote anything is started once more, at most once an hour.
    """
    latest = app.artifacts.latest(app.settings.drop_bucket, drop.key)
    asked = _asked(drop, latest, app, marker)
    if isinstance(asked, str):
        return Followed(started=False, reason=asked)
    return _start(asked, app, again=again)


def _asked(drop: Drop, latest: ObjectVersion | None, app: App, marker: str) -> TenantTask | FleetTask | str:
    """What is to be done, or why nothing is."""
    if drop.kind is DropKind.TENANT:
        return _tenant(drop, app.registry.get(TenantRow, TenantRow.at(drop.tenant)), latest, app, marker)
    return _fleet(drop, app.registry.get(FleetRow, FleetRow.at(drop.fleet)), latest, app, marker)


def _tenant(drop: Drop, row: TenantRow | None, latest: ObjectVersion | None, app: App, marker: str) -> TenantTask | str:
    if latest is None:
        if row is None or row.state in _LEAVING:
            return "there is no such tenant, or it is leaving already"
        name = _departure(drop.key, row, app, marker)
        return TenantTask(tenant=drop.tenant, execution=f"x-{name}", deleted=True, **row.source.model_dump())
    if row and row.state is TenantState.CLOSING:
        return "the tenant is being closed; the sweep takes its profile up afterwards"
    returning = row is not None and row.state in _LEAVING
    if row and not returning and (why := _old_news(row, latest)):
        return why
    name = _arrival(row, latest, returning=returning)
    return TenantTask(tenant=drop.tenant, execution=f"t-{name}", **_source(latest))


def _fleet(drop: Drop, row: FleetRow | None, latest: ObjectVersion | None, app: App, marker: str) -> FleetTask | str:
    if latest is None:
        if row is None or row.state in _GONE:
            return "there is no such fleet"
        name = _departure(drop.key, row, app, marker)
        return FleetTask(fleet=drop.fleet, execution=f"f-{name}", deleted=True, **row.source.model_dump())
    returning = row is not None and row.state in _GONE
    if row and not returning and (why := _old_news(row, latest)):
        return why
    name = _arrival(row, latest, returning=returning)
    return FleetTask(fleet=drop.fleet, execution=f"f-{name}", **_source(latest))


def _start(task: TenantTask | FleetTask, app: App, *, again: bool) -> Followed:
    machine, reason = _machine(task)
    if again and app.machines.status(machine, task.execution) in DIED:
        task = task.model_copy(update={"execution": f"{task.execution}-{app.clock.now():%Y%m%d%H}"})
    app.machines.start(machine, task.execution, task.payload())
    return Followed(started=True, reason=reason)


def _machine(task: TenantTask | FleetTask) -> tuple[str, str]:
    """The machine that does it, and in words what it does."""
    if isinstance(task, FleetTask):
        return "apply-fleet", "the fleet is being deleted" if task.deleted else "the profile is being applied"
    if task.deleted:
        return "offboard-tenant", "the tenant is being offboarded"
    return "onboard-tenant", "the profile is being put into force"


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
    origin = origin_id(latest.key, latest.version_id)
    order = order_of(latest.last_modified, latest.older_in_second, origin)
    return {"bucket": latest.bucket, "key": latest.key, "version_id": latest.version_id, "order": order}
