"""Who uses a fleet, and what it may not become because of them."""

from tenantry.domain.fleets import change, foreign, host_of
from tenantry.domain.options import FOLLOWING
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import LoadRow
from tenantry.domain.sentences import named
from tenantry.domain.tenants import FleetRow, TenantRow
from tenantry.usecases.app import App
from tenantry.usecases.reading import fleet_host


def serves(fleet: str, app: App) -> str:
    """Who needs the fleet; empty when nobody does."""
    users = [row.tenant for row in app.registry.rows(TenantRow, "TENANTS") if _names(row, fleet)]
    if users:
        return f"the profiles of {named(users)} name it"
    loads = app.registry.rows(LoadRow, f"HOST#{host_of(fleet)}", "LOAD#")
    return f"versions of {named(sorted({load.tenant for load in loads}))} are loaded on it" if loads else ""


def shut_out(fleet: str, profile: FleetProfile, app: App) -> str:
    """Who needs the fleet and might not use it by this profile; empty when that is nobody."""
    loaded = {load.tenant for load in app.registry.rows(LoadRow, f"HOST#{host_of(fleet)}", "LOAD#")}
    users = (row for row in app.registry.rows(TenantRow, "TENANTS") if row.tenant in loaded or _names(row, fleet))
    kinds = ((row.tenant, row.profile.isolation) for row in users if row.profile)
    shut = [tenant for tenant, isolation in kinds if foreign(fleet, profile, tenant, isolation)]
    becomes = f"tenant {profile.tenant}'s own" if profile.tenant else "shared"
    why = f"fleet {fleet} cannot become {becomes} while in use by {named(shut)}: name another one there first"
    return why if shut else ""


def bound(row: FleetRow, profile: FleetProfile, app: App) -> str:
    """Why what is loaded keeps the fleet on the endpoint it has; empty when nothing does.

    A target of one option means nothing to another.
    """
    host = fleet_host(row.fleet, app.registry)
    asked = change(profile, row.profile, host)
    if host is None or asked.kind != "roll" or (host.serving is profile.serving and profile.serving in FOLLOWING):
        return ""
    loads = app.registry.rows(LoadRow, f"HOST#{host.host}", "LOAD#")
    if not loads:
        return ""
    name, tenants = row.fleet, named(sorted({load.tenant for load in loads}))
    return (
        f"fleet {name} cannot be rolled ({asked.reason}) while versions of {tenants} are on it: what runs as "
        f"{host.serving} cannot follow to the new endpoint. Drop another fleet and name it in their profiles"
    )


def _names(row: TenantRow, fleet: str) -> bool:
    profiles = [profile for profile in (row.profile, row.coming) if profile]
    return any(model.fleet == fleet for profile in profiles for model in profile.models.values())
