"""What must hold of those who share a model: pins hold what they name, and routes are as their profiles say."""

from collections.abc import Iterator

from tenantry.domain.routes import HostRow, Route
from tenantry.domain.sharing import PinRow, SharedRoute
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import KEPT, Upload
from tests.flows.rows import row_at, rows_of
from tests.flows.twins import SERVING
from tests.flows.world import World


def pins_hold(world: World) -> Iterator[str]:
    """At every moment: what a tenant is pinned to is kept and stands, and its pin is there; no other pin is."""
    wanted = set()
    for shared in rows_of(world, SharedRoute):
        if shared.pin:
            wanted.add(PinRow.at(shared.owner, shared.model, shared.pin.upload, shared.tenant))
            yield from _stands(world, shared)
    for _, pin in wanted ^ {row.key for row in rows_of(world, PinRow)}:
        yield f"{pin} is a pin without a route, or a route without its pin"


def shared_as_profiles_say(world: World) -> Iterator[str]:
    """At rest: a READY tenant has a route to each model that it shares, and one that has left has none."""
    routes = rows_of(world, SharedRoute)
    for row in rows_of(world, TenantRow):
        mine = {route.model: route for route in routes if route.tenant == row.tenant}
        shared = row.profile.shared if row.profile and row.state is TenantState.READY else {}
        if row.state is TenantState.OFFBOARDED and mine:
            yield f"{row.tenant} is OFFBOARDED and has routes to {sorted(mine)}"
        for name, asked in shared.items():
            route, gone = mine.get(name), asked.version and _owner_is_gone(world, row)
            if (route is None or route.suspended) and not gone:
                yield f"{row.tenant} is READY, and its route to {name} is {'suspended' if route else 'not there'}"
            if route and (route.pin.version if route.pin else None) != asked.version:
                yield f"{row.tenant} is pinned to {route.pin}, and asked for {asked.version}"


def _stands(world: World, shared: SharedRoute) -> Iterator[str]:
    assert shared.pin
    who = f"{shared.tenant}, pinned to version {shared.pin.version} of {shared.owner}/{shared.model},"
    row = row_at(world, Upload, Upload.at(shared.owner, shared.model, shared.pin.upload))
    route = row_at(world, Route, Route.at(shared.owner, shared.model))
    if shared.suspended or route is None or route.suspended:
        return
    host = row_at(world, HostRow, HostRow.at(shared.pin.host))
    if row is None or row.state not in KEPT:
        yield f"{who} has a version that is {row.state if row else 'nowhere'}"
    elif host is None or not world.twins.hosting.control.find(host.endpoint):
        yield f"{who} has no endpoint to call"
    elif world.twins.artifacts.latest(SERVING, row.serving_key) is None:
        yield f"{who} has no copy to load"


def _owner_is_gone(world: World, row: TenantRow) -> bool:
    """Then pins are gone, too, and whoever was pinned has no way to the model."""
    assert row.profile
    owner = row_at(world, TenantRow, TenantRow.at(row.profile.owner or ""))
    return owner is None or owner.state is TenantState.OFFBOARDED
