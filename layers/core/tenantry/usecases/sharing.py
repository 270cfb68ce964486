"""Who shares whose models, what is pinned to what, and whether a profile may say so."""

from collections.abc import Iterable

from tenantry.domain.errors import Rejected
from tenantry.domain.options import Isolation
from tenantry.domain.profiles import PROFILE_BYTES, TenantProfile, parse_profile
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.sentences import named
from tenantry.domain.sharing import PinRow, SharedRoute, followed
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import KEPT, Upload
from tenantry.ports import Registry
from tenantry.usecases.app import App


def users_of(owner: str, model: str, app: App) -> list[str]:
    """The READY tenants whose profile shares this model of the owner's, by name. Only a pool tenant has any."""
    row = app.registry.get(TenantRow, TenantRow.at(owner))
    if row is None or row.profile is None or row.profile.isolation is not Isolation.POOL:
        return []
    rows = app.registry.rows(TenantRow, "TENANTS")
    return [row.tenant for row in rows if row.state is TenantState.READY and _shares(row.profile, owner, model)]


def pins_of(row: Upload | LoadRow, registry: Registry) -> list[str]:
    """The tenants that are pinned to this upload."""
    pins = registry.rows(PinRow, f"TENANT#{row.tenant}", f"PIN#{row.model}#{row.upload}#")
    return [pin.tenant for pin in pins]


def route_of(tenant: str, owner: str, model: str, registry: Registry) -> Route | None:
    """The tenant's own route, or where it shares the model, its owner's as the tenant follows it."""
    route = registry.get(Route, Route.at(owner, model))
    if route is None or owner == tenant:
        return route
    shared = registry.get(SharedRoute, SharedRoute.at(tenant, model))
    return followed(shared, route) if shared else None


def kept_version(owner: str, model: str, version: str, registry: Registry) -> Upload:
    """The newest upload of this version that is kept; Rejected, with those that are, when there is none."""
    rows = registry.rows(Upload, f"TENANT#{owner}", f"UPLOAD#{model}#")
    kept = sorted((row for row in rows if row.state in KEPT), key=lambda row: row.order, reverse=True)
    found = next((row for row in kept if row.version == version), None)
    if found is None:
        names = ", ".join(dict.fromkeys(row.version for row in kept)) or "none"
        raise Rejected(f"shared.{model}.version: {owner} keeps no version {version} of {model} (it keeps: {names})")
    return found


def shared_can_be(tenant: str, profile: TenantProfile, app: App) -> None:
    """Rejected with one sentence when what it shares is nobody's to share, or what others share would be gone."""
    if profile.owner:
        _owner_has_them(tenant, profile.owner, profile, app)
    for name, shared in profile.shared.items():
        if app.registry.get(Route, Route.at(tenant, name)):
            raise Rejected(
                f"shared.{name}: a version of its own of {name} is live for tenant {tenant}, and calls go there: "
                "offboard the tenant first, or share the model under another name"
            )
        if shared.version and not _pinned_already(tenant, profile.owner, name, shared.version, app):
            kept_version(profile.owner or "", name, shared.version, app.registry)
    _none_is_left_behind(tenant, profile, app)
    _none_is_taken_over(tenant, profile, app)


def _shares(profile: TenantProfile | None, owner: str, model: str) -> bool:
    return profile is not None and profile.owner == owner and model in profile.shared


def _owner_has_them(tenant: str, owner: str, profile: TenantProfile, app: App) -> None:
    if owner == tenant:
        raise Rejected(f"owner: models of tenant {tenant} itself belong under models")
    known = list(_profiles(owner, app))
    if not known:
        raise Rejected(f"owner: there is no tenant {owner}: drop tenants/{owner}.json first")
    if all(one.isolation is not Isolation.POOL for one in known):
        raise Rejected(f"owner: tenant {owner} has isolation {known[0].isolation}, and only a pool tenant's are shared")
    for name in profile.shared:
        if not any(name in one.models for one in known if one.isolation is Isolation.POOL):
            names = ", ".join(sorted(known[0].models)) or "none"
            raise Rejected(f"shared.{name}: tenant {owner} has no model {name} of its own (it has: {names})")


def _profiles(owner: str, app: App) -> Iterable[TenantProfile]:
    """What is, or is about to be, in force for the owner: newest first."""
    row = app.registry.get(TenantRow, TenantRow.at(owner))
    latest = app.artifacts.latest(app.settings.drop_bucket, f"tenants/{owner}.json")
    if latest and (row is None or row.refused != latest.version_id):
        try:
            body = app.artifacts.read(latest.bucket, latest.key, latest.version_id, PROFILE_BYTES)
            yield parse_profile(TenantProfile, body)
        except Rejected:
            pass
    if row and row.state is TenantState.READY:
        yield from (one for one in (row.coming, row.profile) if one)


def _pinned_already(tenant: str, owner: str | None, model: str, version: str, app: App) -> bool:
    route = app.registry.get(SharedRoute, SharedRoute.at(tenant, model))
    return route is not None and route.owner == owner and route.pin is not None and route.pin.version == version


def _none_is_left_behind(tenant: str, profile: TenantProfile, app: App) -> None:
    """An owner keeps what others share. Looked up only where it would be gone."""
    row = app.registry.get(TenantRow, TenantRow.at(tenant))
    before = row.profile if row else None
    if before is None or before.isolation is not Isolation.POOL:
        return
    still = profile.models.keys() if profile.isolation is Isolation.POOL else set[str]()
    for name in sorted(before.models.keys() - still):
        if users := users_of(tenant, name, app):
            raise Rejected(f"models.{name}: it is shared by {named(users)}: take it out of their profiles first")


def _none_is_taken_over(tenant: str, profile: TenantProfile, app: App) -> None:
    """Until a version of one's own is live there would be none at all."""
    for name in profile.models:
        route = app.registry.get(SharedRoute, SharedRoute.at(tenant, name))
        if route and not route.suspended:
            raise Rejected(
                f"models.{name}: tenant {tenant} shares {name} of {route.owner}, and calls go there: take it out of "
                "shared first, and they fail until a version of its own is live; or use another name"
            )
