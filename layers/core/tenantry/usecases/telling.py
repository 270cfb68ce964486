"""The ends of a tenant's profile, as they are told: each once, by which one knows that it came."""

from tenantry.domain.names import upload_id
from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, outbox
from tenantry.domain.tenants import TenantState
from tenantry.usecases.app import App
from tenantry.usecases.inputs import TenantTask


def told(
    task: TenantTask, state: str, reason: str, app: App, *hearers: str, step: str = "", fix: str = ""
) -> tuple[NoticeRow, ...]:
    """The notice of this end, for those who hear of it."""
    notice = Notice(
        id=_notice_id(task, state),
        about="tenant",
        tenant=task.tenant,
        state=state,
        step=step,
        reason=reason,
        fix=fix,
        at=app.clock.now(),
    )
    return outbox(notice, *hearers)


def told_ready(task: TenantTask, app: App) -> bool:
    """Whether this profile came into force, whatever failed afterwards."""
    return app.registry.get(NoticeRow, NoticeRow.at(task.tenant, _notice_id(task, TenantState.READY))) is not None


def ended_before(task: TenantTask, app: App) -> bool:
    """Whether this execution has come to its end: a step of it that was given up for lost may still be running."""
    bad = [NoticeRow.at(OPERATOR, _notice_id(task, state)) for state in (TenantState.FAILED, TenantState.REJECTED)]
    return told_ready(task, app) or any(app.registry.get(NoticeRow, key) for key in bad)


def _notice_id(task: TenantTask, state: str) -> str:
    return f"tenant-{upload_id(task.bucket, task.key, task.execution)}-{state.lower()}"
