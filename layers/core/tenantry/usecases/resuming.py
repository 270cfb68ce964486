"""Warm tenant, and routes that lead somewhere again: a suspended tenant comes back, and nothing of it comes back cold.

While it was suspended nobody kept its versions warm. So each live one is loaded and answers its sample before its
route resumes; one that cannot stays suspended, is told of, and is probed by `keep_warm` until it answers. Behind a
queue nobody finds a version cold: it may have no instance at all, and what comes in waits until it has. Nor do jobs.
"""

from datetime import datetime, timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.notices import OPERATOR, Notice, outbox
from tenantry.domain.options import UNCALLED, Serving
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import TenantTask
from tenantry.usecases.loads import sample_for, shown_on
from tenantry.usecases.telling_users import tell_users
from tenantry.usecases.warming import prove, warm

_NEVER_COLD = UNCALLED | {Serving.ASYNCHRONOUS}
MOST_ROUTES = 90
"""Routes that go into one commit with their tenant's row."""


class WarmedTenant(Value):
    """The models that are warm again, and why others are not."""

    warm: tuple[str, ...]
    cold: dict[str, str]


def warm_tenant(task: TenantTask, app: App) -> WarmedTenant:
    """Load and prove what the tenant's suspended routes name. What there is no time for is left to `keep_warm`."""
    limit = app.clock.now() + timedelta(seconds=app.settings.heartbeat_budget_seconds)
    why = {route.model: _cold(route, limit, app) for route in _suspended(task.tenant, app)}
    return WarmedTenant(
        warm=tuple(model for model, reason in why.items() if not reason),
        cold={model: reason for model, reason in why.items() if reason},
    )


def returning_routes(row: TenantRow, app: App) -> tuple[list[Route], list[Route]]:
    """The suspended routes: those whose target was shown warm since the tenant's profile came back, and the others."""
    suspended = _suspended(row.tenant, app)
    back = [route for route in suspended if _warm_since(route, row.since, app)]
    return back, [route for route in suspended if route not in back]


def resumed(back: list[Route], app: App) -> list[Route]:
    """These routes as they lead somewhere again, for the commit that makes their tenant READY.

    What does not fit into it is written before: its profile is back, so its traffic may be, too.
    """
    for route in back[MOST_ROUTES:]:
        app.registry.commit(Put(row=route.but(suspended=False)))
    return [route.but(suspended=False) for route in back[:MOST_ROUTES]]


def resume(load: LoadRow, app: App) -> None:
    """Let a route that stayed suspended, because this target was cold, lead to it again."""
    if deciding(lambda: _resume(load, app)):
        tell_users(load.tenant, [load.model], "READY", f"{load.tenant}-{load.upload}-{app.clock.now():%Y%m%d%H%M}", app)


def _suspended(tenant: str, app: App) -> list[Route]:
    return [route for route in app.registry.rows(Route, f"TENANT#{tenant}", "MODEL#") if route.suspended]


def _warm_since(route: Route, since: datetime, app: App) -> bool:
    """Wherever its host stands, or is about to."""
    load, host = _there(route, app)
    if load is None or host is None:
        return False
    if host.serving in _NEVER_COLD:
        return True
    shown = [load.evidence.get(name) for name in host.endpoints]
    return all(one is not None and datetime.fromisoformat(one["at"]) >= since for one in shown)


def _cold(route: Route, limit: datetime, app: App) -> str:
    """Why the route's target is not warm; empty when it is, and its load record says so."""
    load, host = _there(route, app)
    sample = sample_for(load, app) if load else None
    if load is None or host is None:
        return "its load record or its host is gone"
    if host.serving in _NEVER_COLD:
        return ""
    if sample is None:
        return "the profile names no such model any more"
    if app.clock.now() >= limit:
        return "there was no time left for it"
    try:
        shown = {name: warm(host.address(load.target, name), sample, app) for name in host.endpoints}
        prove(host.address(load.target), sample, app)
    except ReleaseFailed as why:
        return str(why)
    for name, evidence in shown.items():
        shown_on(load, name, evidence.model_dump(mode="json"), app)
    return ""


def _there(route: Route, app: App) -> tuple[LoadRow | None, HostRow | None]:
    load = app.registry.get(LoadRow, LoadRow.at(route.host, route.target))
    return load, app.registry.get(HostRow, HostRow.at(route.host))


def _resume(load: LoadRow, app: App) -> bool:
    """Whether the route leads there again.

    Both rows in one commit: a tenant that is suspended again meanwhile keeps its routes suspended.
    """
    tenant = app.registry.get(TenantRow, TenantRow.at(load.tenant))
    if tenant is None or tenant.state is not TenantState.READY or load.model not in tenant.cold:
        return False
    route = app.registry.get(Route, Route.at(load.tenant, load.model))
    writes = [Put(row=tenant.but(cold=tuple(model for model in tenant.cold if model != load.model)))]
    if route and route.suspended and route.target == load.target:
        told = outbox(_led_again(route, app), route.tenant, OPERATOR)
        writes += [Put(row=route.but(suspended=False)), *(Put(row=row) for row in told)]
    app.registry.commit(*writes)
    return len(writes) > 1


def _led_again(route: Route, app: App) -> Notice:
    return Notice(
        id=f"tenant-{route.tenant}-{route.model}-resumed-{route.revision}",
        about="tenant",
        tenant=route.tenant,
        model=route.model,
        version=route.version,
        upload=route.upload,
        state=TenantState.READY,
        step="Keep warm",
        reason=f"model {route.model} serves again: version {route.version} is loaded and answers",
        at=app.clock.now(),
    )
