"""Whether a tenant's profile can be put into force here and now: what its text alone could not tell."""

from tenantry.domain.errors import Rejected
from tenantry.domain.options import Isolation
from tenantry.domain.order import numbered
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, FleetState
from tenantry.serving import OPTIONS
from tenantry.usecases.app import App


def accept(tenant: str, profile: TenantProfile, app: App) -> None:
    """Rejected with one sentence when this release cannot serve it, a fleet is unknown, or an order cannot change."""
    _served(profile)
    _fleets_exist(profile, app)
    orders_hold(tenant, profile, app)


def _served(profile: TenantProfile) -> None:
    for name, model in profile.models.items():
        if model.serving not in OPTIONS:
            served = ", ".join(sorted(OPTIONS))
            raise Rejected(f"models.{name}.serving: this release serves {served} only, not {model.serving}")
    if profile.isolation is not Isolation.BRIDGE and profile.models:
        raise Rejected(f"isolation: this release serves bridge only, not {profile.isolation}")


def _fleets_exist(profile: TenantProfile, app: App) -> None:
    for name, model in profile.models.items():
        if model.fleet and not _exists(model.fleet, app):
            why = f"models.{name}.fleet: there is no fleet {model.fleet}: drop fleets/{model.fleet}.json first"
            raise Rejected(why)


def _exists(fleet: str, app: App) -> bool:
    row = app.registry.get(FleetRow, FleetRow.at(fleet))
    if row and row.state is FleetState.READY:
        return True
    return app.artifacts.latest(app.settings.drop_bucket, f"fleets/{fleet}.json") is not None


def orders_hold(tenant: str, profile: TenantProfile, app: App) -> None:
    """Rejected when versions went live by number, and the profile would have them ordered by upload again.

    Numbers sort above times, so nothing ordered by upload could ever be newer.
    """
    for name, model in profile.models.items():
        route = app.registry.get(Route, Route.at(tenant, name))
        if model.order == "upload" and route and numbered(route.floor):
            raise Rejected(f'models.{name}.order: its versions went live by number, so it stays "number"')
