"""Requests and batches: which of them this release can serve, which is none yet, and the sentence that says so."""

from tenantry.domain.errors import Conflict
from tenantry.domain.names import Drop, DropKind
from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, audiences, outbox
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.usecases.app import App


def turned_away(drop: Drop, upload: str, app: App) -> bool:
    """Whether this request or batch was REJECTED before: then it stays so, whatever has changed since."""
    return app.registry.get(NoticeRow, NoticeRow.at(OPERATOR, _identity(drop, upload))) is not None


def turn_away(drop: Drop, upload: str, app: App, why: str = "") -> str:
    """Tell, once, why this request or batch is REJECTED; the reason, which is `why` where that is known."""
    tenant = app.registry.get(TenantRow, TenantRow.at(drop.tenant))
    known = tenant is not None and tenant.state is not TenantState.OFFBOARDED
    notice = Notice(
        id=_identity(drop, upload),
        about="request" if drop.kind is DropKind.REQUEST else "batch",
        tenant=drop.tenant,
        model=drop.model,
        version=drop.version,
        request=drop.item if drop.kind is DropKind.REQUEST else "",
        state="REJECTED",
        reason=why or _reason(drop, tenant),
        at=app.clock.now(),
    )
    rows = outbox(notice, *audiences(drop.tenant, notice.state, known=known))
    try:
        app.registry.commit(*(Put(row=row) for row in rows))
    except Conflict:
        return notice.reason
    return notice.reason


def _identity(drop: Drop, upload: str) -> str:
    """One notice per request, one per batch however many objects it has."""
    if drop.kind is DropKind.REQUEST:
        return f"request-{upload}-rejected"
    return f"batch-{drop.tenant}-{drop.model}-{drop.version}-rejected"


def _reason(drop: Drop, tenant: TenantRow | None) -> str:
    if tenant is None or tenant.profile is None:
        return f"there is no tenant {drop.tenant}: drop its profile as tenants/{drop.tenant}.json first"
    model = tenant.profile.models.get(drop.model)
    if model is None:
        return f"tenants/{drop.tenant}.json names no model {drop.model}"
    if drop.kind is DropKind.REQUEST:
        return f"model {drop.model} is served as {model.serving}, which takes no request files: invoke it instead"
    return f"model {drop.model} has no batch in its profile, so nothing would read batches/{drop.tenant}/{drop.model}/"
