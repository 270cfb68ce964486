"""Close tenant: the last write of an offboarding, with the inventory that proves nothing is left."""

from collections import Counter
from contextlib import suppress
from typing import Any

from tenantry.domain.base import Value, expiry
from tenantry.domain.batch_keys import indexes_prefix
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.mails import compose
from tenantry.domain.names import schedules_of, upload_of_endpoint
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import KEPT, OPEN, Upload
from tenantry.domain.writes import Delete, Put
from tenantry.usecases.abandoning import forget_batches, open_batches
from tenantry.usecases.app import App
from tenantry.usecases.inputs import TenantTask
from tenantry.usecases.offboarding import closing, notices, package_groups
from tenantry.usecases.orphans import READABLE
from tenantry.usecases.pinning import remove_shared, shared_routes
from tenantry.usecases.telling_users import end_pins, pins, tell_users


class Closed(Value):
    """What was counted. Everything is 0 but what is kept on purpose: uploads, results and history."""

    inventory: dict[str, Any]


def close_tenant(task: TenantTask, app: App) -> Closed:
    """Count what is left (ReleaseFailed when that is anything), say good-bye, close the topic, write OFFBOARDED."""
    row = closing(task, app)
    if row.state is TenantState.OFFBOARDED:
        return Closed(inventory=row.inventory)
    _sweep_out(task.tenant, app)
    inventory = _inventory(task.tenant, app)
    if left := {name: count for name, count in inventory["left"].items() if count}:
        raise ReleaseFailed(f"of tenant {task.tenant} there is still something left: {left}")
    closed = _closed(row, inventory, app)
    told = notices(closed, app, f"offboarded-{row.revision}")
    tell_users(task.tenant, row.profile.models if row.profile else (), "GONE", task.execution, app)
    _say_good_bye(row, told, app)
    app.registry.commit(Put(row=closed), *(Put(row=_sent(notice, app)) for notice in told))
    return Closed(inventory=inventory)


def _closed(row: TenantRow, inventory: dict[str, Any], app: App) -> TenantRow:
    return row.but(
        state=TenantState.OFFBOARDED,
        reason="offboarded: no route, no load record and no serving copy is left, and its topic is closed"
        f"{_remaining(inventory['kept_on_purpose']['fleets'])}",
        since=app.clock.now(),
        topic_arn="",
        delivers=(),
        owner="",
        profile=None,
        offboard_at=None,
        inventory=inventory,
    )


def _say_good_bye(row: TenantRow, told: tuple[NoticeRow, ...], app: App) -> None:
    """Sent here and not by the relay: the topic is gone a moment later, or was closed by an earlier try."""
    if not row.topic_arn:
        return
    notice = told[0].notice
    mail = compose([notice])
    with suppress(ReleaseFailed):
        app.channels.send(row.topic_arn, notice)
        app.channels.mail(row.topic_arn, mail.subject, mail.text)
    app.channels.close(row.topic_arn)


def _sent(notice: NoticeRow, app: App) -> NoticeRow:
    if notice.audience == OPERATOR:
        return notice
    now = app.clock.now()
    return notice.but(sent_at=now, mailed_at=now, expires=expiry(now, app.settings.notice_days))


def _sweep_out(tenant: str, app: App) -> None:
    """Shared routes with their pins, and routes and copies that no row of a version led to."""
    remove_shared(tenant, app)
    end_pins(tenant, app)
    forget_batches(tenant, app)
    for route in app.registry.rows(Route, f"TENANT#{tenant}", "MODEL#"):
        app.registry.commit(Delete(row=route))
    for key in {found.key for found in app.artifacts.listing(app.settings.serving_bucket, f"{tenant}/")}:
        app.artifacts.delete(app.settings.serving_bucket, key)


def _inventory(tenant: str, app: App) -> dict[str, Any]:
    settings, partition = app.settings, f"TENANT#{tenant}"
    uploads = app.registry.rows(Upload, partition, "UPLOAD#")
    left = {
        "routes": len(app.registry.rows(Route, partition, "MODEL#")),
        "shared_routes": len(shared_routes(tenant, app)),
        "pins": len(pins(tenant, app)),
        "loads": sum(_loaded(row, app) for row in uploads),
        "endpoints": _endpoints(tenant, uploads, app),
        "copies": sum(1 for _ in app.artifacts.listing(settings.serving_bucket, f"{tenant}/")),
        "open_releases": sum(row.state in OPEN for row in uploads),
        "kept_versions": sum(row.state in KEPT for row in uploads),
        "schedules": len(app.schedules.names(schedules_of(tenant))),
        "open_batches": open_batches(tenant, app),
        "batch_indexes": sum(1 for _ in app.artifacts.listing(settings.results_bucket, indexes_prefix(tenant))),
        "model_package_groups": sum(app.hosting.package_group(name) for name in package_groups(uploads, app)),
    }
    kept = {
        "dropped_objects": sum(1 for _ in app.artifacts.listing(settings.drop_bucket, f"models/{tenant}/")),
        "results": sum(1 for _ in app.artifacts.listing(settings.results_bucket, f"results/{tenant}/")),
        "versions": dict(Counter(row.state.value for row in uploads)),
        "fleets": _own_fleets(tenant, app),
    }
    return {"left": left, "kept_on_purpose": kept}


def _remaining(fleets: list[str]) -> str:
    return f"; its own hosts remain: delete {', '.join(fleets)} where they are not needed" if fleets else ""


def _own_fleets(tenant: str, app: App) -> list[str]:
    """The objects of the fleets that are its own. They are the vendor's to keep or to delete."""
    rows = app.registry.rows(FleetRow, "FLEETS")
    own = (row for row in rows if row.state is not FleetState.DELETED and row.profile and row.profile.tenant == tenant)
    return [f"fleets/{row.fleet}.json" for row in own]


def _endpoints(tenant: str, uploads: list[Upload], app: App) -> int:
    """Of these versions' own, as SageMaker lists them; their names end with the upload's id."""
    own = {row.upload for row in uploads if row.hosted}
    if not own:
        return 0
    listed = app.hosting.endpoints(f"{app.settings.stack}-{tenant}"[:READABLE], app.clock.now())
    return sum(upload_of_endpoint(one.name) in own for one in listed)


def _loaded(row: Upload, app: App) -> bool:
    return bool(row.target) and app.registry.get(LoadRow, LoadRow.at(row.host, row.target)) is not None
