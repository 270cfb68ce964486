"""What must hold of a world that has come to rest, and what must hold at every moment. Each breach is one sentence."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from tenantry.domain.digests import WINDOW
from tenantry.domain.names import DropKind, parse_drop, upload_id
from tenantry.domain.notices import OPERATOR, NoticeRow, audiences
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import ENDS, KEPT, OPEN, State, Upload
from tests.flows.twins import DROP, SERVING
from tests.flows.world import World

FIRST_ENDS = {*ENDS, State.LIVE}
"""Each upload comes to one of these, once, and is told of it."""
GONE = {TenantState.OFFBOARDED, TenantState.SUSPENDED, TenantState.CLOSING}


def breaches_at_rest(world: World) -> list[str]:
    """Everything that is wrong with a world in which nothing goes on any more."""
    rules = (
        nothing_lost,
        everything_ended,
        told_once,
        one_live,
        live_is_real,
        nothing_half_made,
        slots_are_free,
        tenants_at_rest,
        fleets_at_rest,
        no_endpoint_left,
        nothing_runs,
    )
    return [f"{rule.__name__}: {breach}" for rule in rules for breach in rule(world)]


def breaches_now(world: World) -> list[str]:
    """What must hold between any two writes."""
    return [f"served: {breach}" for route in routes(world) for breach in _served(world, route)]


# --- what is there ------------------------------------------------------------------------------------------------


def rows_of[R](world: World, kind: type[R]) -> list[R]:
    """Every row of this kind, whatever its partition."""
    prefix = {Upload: "UPLOAD#", Route: "MODEL#", LoadRow: "LOAD#", NoticeRow: "NOTICE#", HostRow: "HOST"}
    table, start = kind.table, prefix.get(kind, "")
    found = []
    for (name, partition), rows in world.twins.registry._partitions.items():
        if name == table and (start or partition == {TenantRow: "TENANTS", FleetRow: "FLEETS"}.get(kind)):
            found += world.twins.registry.rows(kind, partition, start) if any(k.startswith(start) for k in rows) else []
    return found


def uploads(world: World) -> list[Upload]:
    return rows_of(world, Upload)


def routes(world: World) -> list[Route]:
    return rows_of(world, Route)


def name_of(row: Upload) -> str:
    return f"{row.tenant}/{row.model} version {row.version} ({row.upload[:6]}, {row.state})"


# --- the rules ----------------------------------------------------------------------------------------------------


def nothing_lost(world: World) -> Iterator[str]:
    """Every object version of a model has its row, and no row is of something else."""
    rows = {row.upload for row in uploads(world)}
    for found in world.twins.artifacts.listing(DROP, "models/"):
        known = upload_id(found.bucket, found.key, found.version_id) in rows
        if not known and parse_drop(found.key, found.size).kind is DropKind.VERSION:
            yield f"{found.key} ({found.version_id[-4:]}) has no row"


def everything_ended(world: World) -> Iterator[str]:
    for row in uploads(world):
        if row.state in OPEN:
            yield f"{name_of(row)}: {row.reason}"
        if sum(move.state in FIRST_ENDS for move in row.moves[: _rollback_from(row)]) != 1 and row.state not in OPEN:
            yield f"{name_of(row)} ended more than once: {[move.state.value for move in row.moves]}"


def _rollback_from(row: Upload) -> int:
    """Where its first release ends: what follows are rollbacks and retirement."""
    states = [move.state for move in row.moves]
    kept = [at for at, state in enumerate(states) if state in {State.STANDBY, State.ROLLED_BACK, State.RETIRED}]
    return kept[0] if kept else len(states)


def told_once(world: World) -> Iterator[str]:
    """One notice per end and audience, sent at least once, to nobody else."""
    told = Counter(
        (row.notice.upload, row.audience, row.notice.state)
        for row in rows_of(world, NoticeRow)
        if row.notice.about == "release"
    )
    wanted = Counter(
        (row.upload, audience, move.state.value)
        for row in uploads(world)
        for move in row.moves[: _rollback_from(row)]
        if move.state in FIRST_ENDS
        for audience in _hearers(world, row, move.state)
    )
    for missing in (wanted - told).elements():
        yield f"nobody told {missing[1] or 'the operator'} that {missing[0][:6]} is {missing[2]}"
    for extra in (told - wanted).elements():
        yield f"{extra[1] or 'the operator'} was told that {extra[0][:6]} is {extra[2]}"
    for row in rows_of(world, NoticeRow):
        if row.sent_at is None or row.mailed_at is None:
            yield f"{row.audience or 'the operator'} has not got {row.notice.id}"


def _hearers(world: World, row: Upload, state: State) -> tuple[str, ...]:
    known = any(notice.audience == row.tenant for notice in rows_of(world, NoticeRow))
    tenant = world.twins.registry.get(TenantRow, TenantRow.at(row.tenant))
    return audiences(row.tenant, state, known=tenant is not None or known)


def one_live(world: World) -> Iterator[str]:
    """One LIVE row per route, and it is the one that the route names."""
    live = {(row.tenant, row.model, row.upload) for row in uploads(world) if row.state is State.LIVE}
    named = {(route.tenant, route.model, route.upload) for route in routes(world)}
    for one in live - named:
        yield f"{one[2][:6]} is LIVE and no route names it"
    for one in named - live:
        yield f"the route of {one[0]}/{one[1]} names {one[2][:6]}, which is not LIVE"


def live_is_real(world: World) -> Iterator[str]:
    """What a route names was loaded and proven with the digest of what was dropped, where the host stands now."""
    for route in routes(world):
        row = world.twins.registry.get(Upload, Upload.at(route.tenant, route.model, route.upload))
        load = world.twins.registry.get(LoadRow, LoadRow.at(route.host, route.target))
        host = world.twins.registry.get(HostRow, HostRow.at(route.host))
        if row is None or load is None or host is None:
            yield f"row, load record or host of {route.tenant}/{route.model} is missing"
            continue
        yield from _vouched(route, row, load, host)
        yield from _same_bytes(world, row)
        if route.order != row.order or route.floor < route.order or route.version != row.version:
            yield f"the route of {route.tenant}/{route.model} does not match its row"
        if not answers_sample(world, host.endpoint, route.target):
            yield f"{route.target} does not answer its sample on {host.endpoint}"


def answers_sample(world: World, endpoint: str, target: str) -> bool:
    """Ask it, without loading anything."""
    found = world.twins.hosting.control.endpoints.get(endpoint)
    copies = [one.copies[target].artifact for one in (found.instances if found else []) if target in one.copies]
    hosting = world.twins.hosting
    return bool(copies) and all(hosting.behave(target, artifact, b"").outcome == "ok" for artifact in copies)


def _vouched(route: Route, row: Upload, load: LoadRow, host: HostRow) -> Iterator[str]:
    if load.proven_at is None or not load.pinned or load.sha256 != row.sha256 or host.endpoint not in load.evidence:
        yield f"the load record of {route.target} does not vouch for it"


def _same_bytes(world: World, row: Upload) -> Iterator[str]:
    """What was judged is what is served is what was dropped."""
    bucket = world.twins.artifacts
    there = bucket.latest(SERVING, row.serving_key)
    if there is None:
        yield f"{row.serving_key} is not in the serving bucket"
        return
    served = bucket.read(SERVING, there.key, there.version_id, there.size)
    if hashlib.sha256(served).hexdigest() != row.sha256:
        yield f"{row.serving_key} is not what was judged"
    if bucket.version(DROP, row.key_, row.version_id) and served != bucket._body(DROP, row.key_, row.version_id):
        yield f"{row.serving_key} is not what was dropped"


def nothing_half_made(world: World) -> Iterator[str]:
    """Serving copies and load records are those of versions that are kept, all of them and no others."""
    kept = {row.serving_key for row in uploads(world) if row.state in KEPT}
    copies = {found.key for found in world.twins.artifacts.listing(SERVING, "")}
    loads = {load.target for load in rows_of(world, LoadRow)}
    for what, there in (("copy", copies), ("load record", loads)):
        yield from (f"a {what} of {key} is left" for key in there - kept)
        yield from (f"the {what} of {key} is gone" for key in kept - there)
    for row in uploads(world):
        if row.copied != (row.serving_key in copies):
            yield f"{name_of(row)} says copied={row.copied}"


def slots_are_free(world: World) -> Iterator[str]:
    """Nothing of a tenant counts as in flight any more."""
    for row in uploads(world):
        if row.state in OPEN and row.started:
            yield f"{name_of(row)} holds a slot of {row.tenant}"


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
        host = world.twins.registry.get(HostRow, HostRow.at(f"fleet-{row.fleet}"))
        if row.state in {FleetState.CREATING, FleetState.DELETING} or row.owner:
            yield f"fleet {row.fleet} is {row.state}, with owner '{row.owner}'"
        if row.state is FleetState.READY and (host is None or row.profile is None):
            yield f"fleet {row.fleet} is READY and has no host or no profile"
        if row.state is FleetState.DELETED and host:
            yield f"fleet {row.fleet} is DELETED and has a host"
        if host and host.next:
            yield f"host {host.host} is still about to move to {host.next}"
        if host and (found := world.twins.hosting.control.find(host.endpoint)) is None:
            yield f"host {host.host} names {host.endpoint}, which is {found}"
    yield from _ends_told_once(world, "fleet")


def _ends_told_once(world: World, about: str) -> Iterator[str]:
    """The end of one execution over a profile is told once to each audience: their ids differ by the state only."""
    ids = Counter(
        (row.audience, row.notice.id.rsplit("-", 1)[0])
        for row in rows_of(world, NoticeRow)
        if row.notice.about == about
    )
    yield from (f"{who or 'the operator'} was told {count} ends of {what}" for (who, what), count in ids.items() if count > 1)


def no_endpoint_left(world: World) -> Iterator[str]:
    """What stands in SageMaker is named by a host record, now or while its grace lasts."""
    control, hosts = world.twins.hosting.control, rows_of(world, HostRow)
    named = {name for host in hosts for name in (host.endpoint, host.previous) if name}
    for kind in ("models", "configs", "endpoints"):
        for name in set(getattr(control, kind)) - named:
            if kind != "endpoints" or control.find(name):
                yield f"{name} is left among the {kind}"


def nothing_runs(world: World) -> Iterator[str]:
    yield from (f"{run.machine} {run.name} is RUNNING" for run in world.twins.machines.running)


def _served(world: World, route: Route) -> Iterator[str]:
    """A target that a route names can be called at this moment, and answers."""
    host = world.twins.registry.get(HostRow, HostRow.at(route.host))
    if route.suspended:
        return
    if host is None or not answers_sample(world, host.endpoint, route.target):
        yield f"{route.tenant}/{route.model} version {route.version} does not answer"
    if world.twins.artifacts.latest(SERVING, route.target) is None:
        yield f"the copy of {route.tenant}/{route.model} version {route.version} is gone"


__all__ = ["WINDOW", "breaches_at_rest", "breaches_now"]
