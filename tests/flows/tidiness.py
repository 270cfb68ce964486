"""What must hold of a world at rest beside its releases: tenants, fleets, and that nothing is left lying about."""

from collections import Counter
from collections.abc import Iterator

from tenantry.domain.approvals import PackageRow
from tenantry.domain.compositions import Composition
from tenantry.domain.notices import NoticeRow
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import KEPT
from tests.flows.rows import name_of, routes, row_at, rows_of, uploads
from tests.flows.twins import DROP, SERVING
from tests.flows.world import World

GONE = {TenantState.OFFBOARDED, TenantState.SUSPENDED, TenantState.CLOSING}


def nothing_half_made(world: World) -> Iterator[str]:
    """Serving copies and load records are those of versions that are kept, all of them and no others."""
    rows = [row for row in uploads(world) if row.state in KEPT]
    keys, targets = {row.serving_key for row in rows}, {row.target for row in rows}
    standing = {one.key for row in rows_of(world, Composition) for made in row.made.values() for one in made}
    copies = {found.key for found in world.twins.artifacts.listing(SERVING, "")}
    loads = {load.target for load in rows_of(world, LoadRow)}
    for what, there, kept in (("copy", copies, keys), ("load record", loads, targets)):
        yield from (f"a {what} of {key} is left" for key in there - kept - standing)
        yield from (f"the {what} of {key} is gone" for key in kept - there)
    yield from (f"the copy of {key} is gone, and an endpoint has its container" for key in standing - copies)
    for row in uploads(world):
        if row.copied != (row.serving_key in copies):
            yield f"{name_of(row)} says copied={row.copied}"


def tenants_at_rest(world: World) -> Iterator[str]:
    for row in rows_of(world, TenantRow):
        lies = world.twins.artifacts.latest(DROP, f"tenants/{row.tenant}.json")
        suspended = [route.suspended for route in routes(world) if route.tenant == row.tenant]
        if row.state in {TenantState.ONBOARDING, TenantState.CLOSING}:
            yield f"{row.tenant} is {row.state}"
        if row.state is TenantState.READY and (row.owner or any(suspended)):
            yield f"{row.tenant} is READY, with owner '{row.owner}', routes suspended: {suspended}"
        if row.state is TenantState.SUSPENDED and not all(suspended):
            yield f"{row.tenant} is SUSPENDED and its traffic goes on"
        if row.state is TenantState.READY and row.topic_arn not in world.twins.channels.topics:
            yield f"{row.tenant} is READY and has no topic"
        if (lies is None) != (row.state in GONE) and row.state not in {TenantState.REJECTED, TenantState.FAILED}:
            yield f"{row.tenant} is {row.state}, and its profile {'lies there' if lies else 'is gone'}"
        if lies and lies.version_id not in {row.source.version_id, row.refused}:
            yield f"the newest profile of {row.tenant} was never taken up"
    yield from _ends_told_once(world, "tenant")


def fleets_at_rest(world: World) -> Iterator[str]:
    for row in rows_of(world, FleetRow):
        host = row_at(world, HostRow, HostRow.at(f"fleet-{row.fleet}"))
        if row.state in {FleetState.CREATING, FleetState.DELETING} or row.owner:
            yield f"fleet {row.fleet} is {row.state}, with owner '{row.owner}'"
        if row.state is FleetState.READY and (row.profile is None or (host is None and _needs_a_host(world, row))):
            yield f"fleet {row.fleet} is READY and has no host or no profile"
        if row.state is FleetState.DELETED and host:
            yield f"fleet {row.fleet} is DELETED and has a host"
        if host and host.next:
            yield f"host {host.host} is still about to move to {host.next}"
        if host and (found := world.twins.hosting.control.find(host.endpoint)) is None:
            yield f"host {host.host} names {host.endpoint}, which is {found}"
    yield from _ends_told_once(world, "fleet")


def _needs_a_host(world: World, row: FleetRow) -> bool:
    """One of containers has none before its first version, and after its last."""
    assert row.profile
    if row.profile.serving is not Serving.MULTI_CONTAINER:
        return True
    return any(one.state in KEPT and one.host == f"fleet-{row.fleet}" for one in uploads(world))


def _ends_told_once(world: World, about: str) -> Iterator[str]:
    """The end of one execution over a profile is told once to each audience: their ids differ by the state only."""
    ids = Counter(
        (row.audience, row.notice.id.rsplit("-", 1)[0])
        for row in rows_of(world, NoticeRow)
        if row.notice.about == about
    )
    for (who, what), count in ids.items():
        if count > 1:
            yield f"{who or 'the operator'} was told {count} ends of {what}"


def no_endpoint_left(world: World) -> Iterator[str]:
    """What stands in SageMaker is named by a host record, now or while its grace lasts; what jobs use, by a load's."""
    control, hosts = world.twins.hosting.control, rows_of(world, HostRow)
    named = {name for host in hosts for name in (host.endpoint, host.previous) if name}
    named |= {load.target for load in rows_of(world, LoadRow)}
    for kind in ("models", "configs", "endpoints"):
        for name in set(getattr(control, kind)) - named:
            if kind != "endpoints" or control.find(name):
                yield f"{name} is left among the {kind}"


def no_package_left(world: World) -> Iterator[str]:
    """What is in the Model Registry is of a version that is not removed; a group is of a tenant that is there."""
    rows = uploads(world)
    kept = {row.package for row in rows if row.copied}
    gone = {row.tenant for row in rows_of(world, TenantRow) if row.state is TenantState.OFFBOARDED}
    for name, group in world.twins.hosting.packaged.groups.items():
        yield from (f"package {arn} is left" for arn in set(group.packages) - kept)
        if group.tags["tenantry:tenant"] in gone:
            yield f"group {name} is left"
    known = {row.arn for row in rows_of(world, PackageRow)}
    yield from (f"the row of package {arn} is left" for arn in known - kept)


def nothing_runs(world: World) -> Iterator[str]:
    yield from (f"{run.machine} {run.name} is RUNNING" for run in world.twins.machines.running)
