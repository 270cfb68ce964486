"""Close tenant: the last write of an offboarding, with the inventory that proves nothing is left."""

from collections import Counter
from contextlib import suppress
from typing import Any

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.mails import compose
from tenantry.domain.notices import OPERATOR, NoticeRow
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import KEPT, OPEN, Upload
from tenantry.domain.writes import Delete, Put
from tenantry.usecases.app import App
from tenantry.usecases.inputs import TenantTask
from tenantry.usecases.offboarding import closing, notices


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
    _say_good_bye(row, told, app)
    app.registry.commit(Put(row=closed), *(Put(row=_sent(notice, app)) for notice in told))
    return Closed(inventory=inventory)


def _closed(row: TenantRow, inventory: dict[str, Any], app: App) -> TenantRow:
    return row.but(
        state=TenantState.OFFBOARDED,
        reason="offboarded: no route, no load record and no serving copy is left, and its topic is closed",
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
    expires = int(now.timestamp()) + app.settings.notice_days * 86_400
    return notice.but(sent_at=now, mailed_at=now, expires=expires)


def _sweep_out(tenant: str, app: App) -> None:
    """Routes and copies that no row of a version led to."""
    for route in app.registry.rows(Route, f"TENANT#{tenant}", "MODEL#"):
        app.registry.commit(Delete(row=route))
    for key in {found.key for found in app.artifacts.listing(app.settings.serving_bucket, f"{tenant}/")}:
        app.artifacts.delete(app.settings.serving_bucket, key)


def _inventory(tenant: str, app: App) -> dict[str, Any]:
    settings, partition = app.settings, f"TENANT#{tenant}"
    uploads = app.registry.rows(Upload, partition, "UPLOAD#")
    left = {
        "routes": len(app.registry.rows(Route, partition, "MODEL#")),
        "loads": sum(_loaded(row, app) for row in uploads),
        "copies": sum(1 for _ in app.artifacts.listing(settings.serving_bucket, f"{tenant}/")),
        "open_releases": sum(row.state in OPEN for row in uploads),
        "kept_versions": sum(row.state in KEPT for row in uploads),
    }
    kept = {
        "dropped_objects": sum(1 for _ in app.artifacts.listing(settings.drop_bucket, f"models/{tenant}/")),
        "results": sum(1 for _ in app.artifacts.listing(settings.results_bucket, f"results/{tenant}/")),
        "versions": dict(Counter(row.state.value for row in uploads)),
    }
    return {"left": left, "kept_on_purpose": kept}


def _loaded(row: Upload, app: App) -> bool:
    return bool(row.target) and app.registry.get(LoadRow, LoadRow.at(row.host, row.target)) is not None
