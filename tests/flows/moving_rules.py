"""What must hold of versions that move: they stand where their profiles say, or it was tried."""

from collections.abc import Iterator

from tenantry.domain.moves import misplaced, move_id
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import FleetRow, TenantRow, TenantState
from tenantry.domain.versions import Upload
from tests.flows.rows import routes, row_at
from tests.flows.world import World


def live_where_profiles_say(world: World) -> Iterator[str]:
    """At rest: what is live on another host than its profile asks for was to be moved, and had its end."""
    for route in routes(world):
        tenant = row_at(world, TenantRow, TenantRow.at(route.tenant))
        host = row_at(world, HostRow, HostRow.at(route.host))
        if tenant is None or host is None or tenant.profile is None or tenant.state is not TenantState.READY:
            continue
        model = tenant.profile.models.get(route.model)
        fleet = row_at(world, FleetRow, FleetRow.at(host.fleet)) if host.fleet else None
        tried = Upload.at(route.tenant, route.model, move_id(route.upload, tenant.source.version_id))
        if model and misplaced(host, model, tenant, fleet) and row_at(world, Upload, tried) is None:
            yield f"{route.tenant}/{route.model} is live on {host.host}, and nobody tried to move it"
