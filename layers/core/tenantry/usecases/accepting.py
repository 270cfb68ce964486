"""Whether a tenant's profile can be put into force here and now: what its text alone could not tell."""

from tenantry.domain.errors import Rejected
from tenantry.domain.fleets import foreign
from tenantry.domain.images import image_of
from tenantry.domain.models import AUTO
from tenantry.domain.options import Serving
from tenantry.domain.order import numbered
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow
from tenantry.serving import OPTIONS
from tenantry.usecases.app import App
from tenantry.usecases.replicas import profile_is_replica
from tenantry.usecases.sharing import shared_can_be


def accept(tenant: str, profile: TenantProfile, app: App) -> None:
    """Rejected with one sentence when this release cannot serve it, a fleet is unknown, or an order cannot change."""
    _served(profile)
    _fleets_exist(tenant, profile, app)
    _own_hosts_can_be(profile, app)
    if not (_owner_unknown(profile, app) and profile_is_replica(tenant, app)):
        shared_can_be(tenant, profile, app)
    orders_hold(tenant, profile, app)


def _served(profile: TenantProfile) -> None:
    for name, model in profile.models.items():
        if model.serving not in {*OPTIONS, AUTO}:
            served = ", ".join(sorted(OPTIONS))
            raise Rejected(f"models.{name}.serving: this release serves {served} only, not {model.serving}")


def _fleets_exist(tenant: str, profile: TenantProfile, app: App) -> None:
    for name, model in profile.models.items():
        if model.fleet is None:
            continue
        if not _exists(model.fleet, app):
            if profile_is_replica(tenant, app):
                continue  # in any order: versions wait for the fleet
            why = f"models.{name}.fleet: there is no fleet {model.fleet}: drop fleets/{model.fleet}.json first"
            raise Rejected(why)
        row = app.registry.get(FleetRow, FleetRow.at(model.fleet))
        if row and row.profile and row.profile.serving is not model.serving:
            raise Rejected(f"models.{name}: fleet {model.fleet} is for {row.profile.serving}, not {model.serving}")
        if row and row.profile and (why := foreign(model.fleet, row.profile, tenant, profile.isolation)):
            raise Rejected(f"models.{name}.fleet: {why}")


def _own_hosts_can_be(profile: TenantProfile, app: App) -> None:
    for name, model in profile.models.items():
        if model.fleet is None:
            image_of(model, app.images, app.settings.region)
        if model.serving is Serving.SERVERLESS and app.settings.host_subnets:
            raise Rejected(
                f"models.{name}.serving: this stack runs its hosts in a VPC, and a serverless endpoint cannot "
                "(SageMaker guide, serverless-endpoints): use serving real-time"
            )


def _owner_unknown(profile: TenantProfile, app: App) -> bool:
    if profile.owner is None or app.registry.get(TenantRow, TenantRow.at(profile.owner)):
        return False
    return app.artifacts.latest(app.settings.drop_bucket, f"tenants/{profile.owner}.json") is None


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
