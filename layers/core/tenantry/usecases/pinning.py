"""The shared routes of a tenant, and its pins: the writes that bring them after its profile, and those that end them.

A pin and the version that it holds are written together, so that a retirement that did not see the pin is refused.
"""

from datetime import datetime

from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import DRAIN, Route
from tenantry.domain.sharing import Pin, PinRow, SharedModel, SharedRoute
from tenantry.domain.versions import KEPT, State, Upload
from tenantry.domain.writes import Check, Delete, Put, Write
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.sharing import kept_version

Group = tuple[Write, ...]
"""What is written about one model, in one commit."""
_LEAVING = {State.STANDBY, State.ROLLED_BACK}


def shared_routes(tenant: str, app: App) -> list[SharedRoute]:
    """Every shared route of this tenant."""
    return app.registry.rows(SharedRoute, f"TENANT#{tenant}", "SHARED#")


def shared_as_asked(tenant: str, profile: TenantProfile | None, app: App) -> list[Group]:
    """What brings the shared routes after the profile. Rejected when a version to be pinned is not kept any more."""
    there = {route.model: route for route in shared_routes(tenant, app)}
    owner, wanted = (profile.owner or "", profile.shared) if profile else ("", {})
    groups = [_led(tenant, owner, name, asked, there.get(name), app) for name, asked in wanted.items()]
    groups += [without(route, app) for name, route in there.items() if name not in wanted]
    return [group for group in groups if group]


def fitting(groups: list[Group], room: int, app: App) -> tuple[Write, ...]:
    """As many writes as there is room for; what does not fit is committed before, model by model."""
    together: tuple[Write, ...] = ()
    for group in groups:
        if len(together) + len(group) <= room:
            together += group
        else:
            app.registry.commit(*group)
    return together


def without(route: SharedRoute, app: App) -> Group:
    """The commit that ends this shared route, and its pin."""
    return (Delete(row=route), *_unpinned(route, app))


def remove_shared(tenant: str, app: App) -> None:
    """End every shared route of a tenant that leaves."""
    for route in shared_routes(tenant, app):
        deciding(lambda: _remove(route.key, app))  # noqa: B023 - called before the loop goes on


def _remove(key: tuple[str, str], app: App) -> None:
    if route := app.registry.get(SharedRoute, key):
        app.registry.commit(*without(route, app))


def _led(tenant: str, owner: str, model: str, asked: SharedModel, route: SharedRoute | None, app: App) -> Group:
    now = app.clock.now()
    upload = _pinned_to(owner, model, asked, route, app)
    pin = _pin(upload) if upload else None
    if route and (route.owner, route.pin) == (owner, pin):
        return (Put(row=route.but(suspended=False)),) if route.suspended else ()
    raised, as_read = _raised(route, owner, app) if route else (0, ())
    led = SharedRoute(tenant=tenant, model=model, owner=owner, since=now, pin=pin, raised=raised).after(route)
    pinned = _held(tenant, upload, now, app) if upload else ()
    return (Put(row=led), *(_unpinned(route, app) if route else ()), *pinned, *as_read)


def _raised(route: SharedRoute, owner: str, app: App) -> tuple[int, Group]:
    """What the generation starts from, and that the old owner's route is still as it was counted."""
    old = app.registry.get(Route, Route.at(route.owner, route.model)) if route.owner != owner else None
    return (route.raised + old.revision, (Check(row=old),)) if old else (route.raised, ())


def _pinned_to(owner: str, model: str, asked: SharedModel, route: SharedRoute | None, app: App) -> Upload | None:
    """The upload that is asked for: the one it is pinned to, while that is kept, even if a later one has its name."""
    if asked.version is None:
        return None
    if route and route.pin and (route.owner, route.pin.version) == (owner, asked.version):
        row = app.registry.get(Upload, Upload.at(owner, model, route.pin.upload))
        if row and row.state in KEPT:
            return row
    return kept_version(owner, model, asked.version, app.registry)


def _pin(row: Upload) -> Pin:
    return Pin(version=row.version, upload=row.upload, host=row.host, target=row.target)


def _held(tenant: str, row: Upload, now: datetime, app: App) -> Group:
    """The pin, and its upload written again: of a retirement at the same time, one has to look again."""
    fresh = PinRow(owner=row.tenant, model=row.model, upload=row.upload, tenant=tenant, since=now)
    return (Put(row=fresh.after(app.registry.get(PinRow, fresh.key))), Put(row=row))


def _unpinned(route: SharedRoute, app: App) -> Group:
    """The pin goes; its version stays until no client can be using it any more."""
    pin = route.pin
    if pin is None:
        return ()
    held = app.registry.get(PinRow, PinRow.at(route.owner, route.model, pin.upload, route.tenant))
    row = app.registry.get(Upload, Upload.at(route.owner, route.model, pin.upload))
    gone: Group = (Delete(row=held),) if held else ()
    if row and row.state in _LEAVING and row.retire_at:
        until = max(row.retire_at, app.clock.now() + DRAIN)
        return (*gone, Put(row=row.but(retire_at=until)))
    return gone
