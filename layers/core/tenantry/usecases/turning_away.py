"""Requests that cannot be asked: told once, with the sentence that says why."""

from tenantry.domain.errors import Conflict
from tenantry.domain.fixes import of_failed_request
from tenantry.domain.names import Drop
from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, audiences, outbox
from tenantry.domain.options import UNCALLED, uncalled
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.usecases.app import App


def turned_away(upload: str, app: App) -> bool:
    """Whether this request was REJECTED before: then it stays so, whatever has changed since."""
    return app.registry.get(NoticeRow, NoticeRow.at(OPERATOR, _identity(upload))) is not None


def turn_away(drop: Drop, upload: str, app: App, why: str = "") -> str:
    """Tell, once, why this request is REJECTED; the reason, which is `why` where that is known."""
    tenant = app.registry.get(TenantRow, TenantRow.at(drop.tenant))
    known = tenant is not None and tenant.state is not TenantState.OFFBOARDED
    notice = Notice(
        id=_identity(upload),
        about="request",
        tenant=drop.tenant,
        model=drop.model,
        version=drop.version,
        request=drop.item,
        state="REJECTED",
        reason=why or _reason(drop, tenant),
        fix=of_failed_request(drop.tenant, drop.model, drop.item),
        at=app.clock.now(),
    )
    rows = outbox(notice, *audiences(drop.tenant, notice.state, known=known))
    try:
        app.registry.commit(*(Put(row=row) for row in rows))
    except Conflict:
        return notice.reason
    return notice.reason


def _identity(upload: str) -> str:
    return f"request-{upload}-rejected"


def _reason(drop: Drop, tenant: TenantRow | None) -> str:
    if tenant is None or tenant.profile is None:
        return f"there is no tenant {drop.tenant}: drop its profile as tenants/{drop.tenant}.json first"
    model = tenant.profile.models.get(drop.model)
    if model is None:
        return f"tenants/{drop.tenant}.json names no model {drop.model}"
    if model.serving in UNCALLED:
        return uncalled(drop.tenant, drop.model)
    return f"model {drop.model} is served as {model.serving}, which takes no request files: invoke it instead"
