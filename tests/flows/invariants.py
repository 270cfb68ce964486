"""What must hold of a world that has come to rest, and what must hold at every moment. Each breach is one sentence."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from tenantry.domain.names import DropKind, origin_id, parse_drop, upload_id
from tenantry.domain.notices import NoticeRow, audiences
from tenantry.domain.order import order_of
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import ENDS, OPEN, State, Upload
from tests.flows import batch_rules, moving_rules, pool_rules, standing, tidiness
from tests.flows.rows import in_flight, name_of, routes, row_at, rows_at, rows_of, uploads
from tests.flows.twins import DROP, OPERATOR, SERVING
from tests.flows.world import World

TOPICS = OPERATOR.removesuffix("OperatorTopic")
FIRST_ENDS = {*ENDS, State.LIVE, State.ROLLED_BACK}
"""Each upload comes to one of these, once, and is told of it; to ROLLED_BACK as a canary that went back."""


def breaches_at_rest(world: World) -> list[str]:
    """Everything that is wrong with a world in which nothing goes on any more."""
    rules = (
        nothing_lost,
        everything_ended,
        told_once,
        one_live,
        no_canary_is_left,
        live_is_real,
        tidiness.nothing_half_made,
        slots_are_free,
        tidiness.tenants_at_rest,
        tidiness.fleets_at_rest,
        tidiness.no_endpoint_left,
        tidiness.no_package_left,
        standing.nothing_bills,
        tidiness.nothing_runs,
        pool_rules.shared_as_profiles_say,
        moving_rules.live_where_profiles_say,
        batch_rules.batches_at_rest,
        batch_rules.runs_leave_nothing,
    )
    return [f"{rule.__name__}: {breach}" for rule in rules for breach in rule(world)]


def breaches_now(world: World) -> list[str]:
    """What must hold between any two writes."""
    each, whole = (_served, _judged), (standing.referenced_stands, standing.owned_by_a_record, pool_rules.pins_hold)
    of_routes = [
        f"{rule.__name__[1:]}: {one}" for route in routes(world) for rule in each for one in rule(world, route)
    ]
    return of_routes + [f"{rule.__name__}: {one}" for rule in whole for one in rule(world)]


def nothing_lost(world: World) -> Iterator[str]:
    """Every object version of a model has its row, in the order that S3 gives it."""
    rows = {row.upload: row for row in uploads(world)}
    for found in world.twins.artifacts.listing(DROP, "models/"):
        upload = upload_id(found.bucket, found.key, found.version_id)
        if parse_drop(found.key, found.size).kind is not DropKind.VERSION:
            continue
        if upload not in rows:
            yield f"{found.key} ({found.version_id[-4:]}) has no row"
        origin = origin_id(found.key, found.version_id)
        if upload in rows and rows[upload].order != order_of(found.last_modified, found.older_in_second, origin):
            yield f"{name_of(rows[upload])} has the order {rows[upload].order}, which is not S3's"


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
    if not kept:
        return len(states)
    return kept[0] + (State.LIVE not in states[: kept[0]])


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
    yield from _delivered(world)


def _delivered(world: World) -> Iterator[str]:
    """Everything in the outbox went out, to the topic it is for."""
    sent = {(topic.rpartition("-")[2], notice.id) for topic, notice in world.twins.channels.notices}
    for row in rows_of(world, NoticeRow):
        topic = row.audience or "OperatorTopic"
        gone = row.audience and f"{TOPICS}{topic}" not in world.twins.channels.topics
        if row.sent_at is None or row.mailed_at is None or ((topic, row.notice.id) not in sent and not gone):
            yield f"{row.audience or 'the operator'} has not got {row.notice.id}"
    for topic, notice in world.twins.channels.notices:
        if topic not in {OPERATOR, f"{TOPICS}{notice.tenant}"}:
            yield f"{notice.id}, which is about {notice.tenant}, went to {topic}"


def _hearers(world: World, row: Upload, state: State) -> tuple[str, ...]:
    known = any(notice.audience == row.tenant for notice in rows_of(world, NoticeRow))
    tenant = row_at(world, TenantRow, TenantRow.at(row.tenant))
    return audiences(row.tenant, state, known=tenant is not None or known, moved=bool(row.moved_from))


def one_live(world: World) -> Iterator[str]:
    """One LIVE row per route, and it is the one that the route names."""
    live = {(row.tenant, row.model, row.upload) for row in uploads(world) if row.state is State.LIVE}
    named = {(route.tenant, route.model, route.upload) for route in routes(world)}
    for one in live - named:
        yield f"{one[2][:6]} is LIVE and no route names it"
    for one in named - live:
        yield f"the route of {one[0]}/{one[1]} names {one[2][:6]}, which is not LIVE"


def no_canary_is_left(world: World) -> Iterator[str]:
    """Every bake comes to an end."""
    for route in routes(world):
        if route.canary:
            yield f"version {route.canary.version} of {route.tenant}/{route.model} is still judged"


def live_is_real(world: World) -> Iterator[str]:
    """What a route names was loaded and proven with the digest of what was dropped, where the host stands now."""
    for route in routes(world):
        row = row_at(world, Upload, Upload.at(route.tenant, route.model, route.upload))
        load = row_at(world, LoadRow, LoadRow.at(route.host, route.target))
        host = row_at(world, HostRow, HostRow.at(route.host))
        if row is None or load is None or host is None:
            yield f"row, load record or host of {route.tenant}/{route.model} is missing"
            continue
        yield from _same_bytes(world, row)
        if route.order != row.order or route.floor < route.order or route.version != row.version:
            yield f"the route of {route.tenant}/{route.model} does not match its row"
        if not route.suspended:
            yield from _vouched(route, row, load, host)
            yield from _served(world, route)


def answers_sample(world: World, endpoint: str, target: str) -> bool:
    """Ask it, without loading anything; where no endpoint stands, run the model that jobs use."""
    if not endpoint:
        model = world.twins.hosting.control.models.get(target)
        return bool(model) and world.twins.hosting.run(model["PrimaryContainer"]["ModelDataUrl"], b"").outcome == "ok"
    found = world.twins.hosting.control.endpoints.get(endpoint)
    copies = [one.copies[target].artifact for one in (found.instances if found else []) if target in one.copies]
    hosting = world.twins.hosting
    return bool(copies) and all(hosting.behave(target, artifact, b"").outcome == "ok" for artifact in copies)


def _vouched(route: Route, row: Upload, load: LoadRow, host: HostRow) -> Iterator[str]:
    where = host.endpoint or route.target
    if load.proven_at is None or not load.pinned or load.sha256 != row.sha256 or where not in load.evidence:
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


def slots_are_free(world: World) -> Iterator[str]:
    """Nothing of a tenant counts as in flight any more."""
    yield from (f"{name_of(row)} holds a slot of {row.tenant}" for row in in_flight(world))


def _served(world: World, route: Route) -> Iterator[str]:
    """A target that a route names, or sends a part of its calls to, can be called at this moment, and answers."""
    if route.suspended:
        return
    for part in (route, *([route.canary] if route.canary else [])):
        host = row_at(world, HostRow, HostRow.at(part.host))
        if host is None or not answers_sample(world, host.endpoint, part.target):
            yield f"{route.tenant}/{route.model} version {part.version} does not answer"
        row = row_at(world, Upload, Upload.at(route.tenant, route.model, part.upload))
        if row is None or world.twins.artifacts.latest(SERVING, row.serving_key) is None:
            yield f"the copy of {route.tenant}/{route.model} version {part.version} is gone"


def _judged(world: World, route: Route) -> Iterator[str]:
    """A route's canary is the one version that is judged, newer than all that was live, proven, and kept."""
    name = f"{route.tenant}/{route.model}"
    rows = rows_at(world, Upload, f"TENANT#{route.tenant}", f"UPLOAD#{route.model}#")
    judged = {row.upload for row in rows if row.state is State.CANARY}
    if judged != ({route.canary.upload} if route.canary else set()):
        yield f"the route of {name} judges {route.canary and route.canary.version}, and {len(judged)} rows are CANARY"
    if route.canary is None:
        return
    load = row_at(world, LoadRow, LoadRow.at(route.canary.host, route.canary.target))
    if route.canary.order <= route.floor:
        yield f"the canary of {name} is not newer than what was live"
    if load is None or load.proven_at is None or not load.pinned:
        yield f"the load record of the canary of {name} does not vouch for it"
