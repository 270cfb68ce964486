"""Pool: one tenant's model for many. One write switches all who follow; who is pinned stays, and its version, too."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import Rejected, Unavailable
from tenantry.domain.hosting import Answer
from tenantry.domain.names import inference_id
from tenantry.domain.requests import RequestRow
from tenantry.domain.routes import DRAIN, HostRow, Route
from tenantry.domain.series import of_clients
from tenantry.domain.sharing import PinRow, SharedRoute, followed
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put, Write
from tenantry.usecases import queries
from tenantry.usecases.inputs import Release, Retirement
from tenantry.usecases.retiring import Retired, retire_version
from tenantry.usecases.rollback import rollback
from tenantry.usecases.sharing import users_of
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, SAMPLE
from tests.flows.twins import DROP, RESULTS
from tests.flows.world import World

OPTIONS: dict[str, dict[str, Any]] = {
    "multi-model": {"fleet": "shared"},
    "inference-component": {"fleet": "shared"},
    "multi-container": {"fleet": "shared"},
    "real-time": {"framework": "sklearn"},
    "serverless": {"framework": "sklearn"},
    "asynchronous": {"framework": "sklearn", "instances": {"min": 1, "max": 1}},
}
SHAREABLE = ("multi-model", "inference-component", "multi-container", "real-time", "serverless")
SOON = timedelta(minutes=10)


def owner(serving: str = "multi-model", **more: Any) -> dict[str, Any]:
    """The vendor's own tenant, with one model that others may share."""
    model = {"serving": serving, "sample": SAMPLE, "grace": 1} | OPTIONS[serving] | more
    return {"isolation": "pool", "notify": ["ml@vendor.example"], "models": {"churn": model}}


def user(version: str | None = None, **more: Any) -> dict[str, Any]:
    """A tenant that shares the vendor's model, or stays with one version of it."""
    shared = {"churn": {"version": version} if version else {}}
    return {"isolation": "pool", "owner": "vendor", "shared": shared, "notify": ["ml@user.example"]} | more


def dropped(world: World, key: str, profile: dict[str, Any]) -> World:
    """A second after the one before, so that S3 can tell which is newer."""
    world.twins.clock.sleep(1)
    world.drop(key, profile)
    world.run(SOON)
    return world


def joined(world: World, name: str, version: str | None = None, **more: Any) -> World:
    dropped(world, f"tenants/{name}.json", user(version, **more))
    assert world.tenant(name).state == "READY", world.tenant(name).reason
    return world


def released(world: World, version: str, tenant: str = "vendor") -> World:
    world.twins.clock.sleep(1)
    world.drop(f"models/{tenant}/churn/{version}/model.tar.gz", archive(f"answer of {version}"))
    world.run(SOON * 2)
    return world


def pooling(worlds: list[World], serving: str, **more: Any) -> World:
    """The vendor's version 1 is live, and the schedules run."""
    worlds.append(World(scheduled=True))
    world = worlds[-1]
    if "fleet" in OPTIONS[serving]:
        dropped(world, "fleets/shared.json", FLEET | {"serving": serving})
    dropped(world, "tenants/vendor.json", owner(serving, **more))
    released(world, "1")
    assert world.version("vendor", "churn", "1").state == "LIVE", world.version("vendor", "churn", "1").reason
    return world


@pytest.fixture
def pool(worlds: list[World]) -> World:
    return pooling(worlds, "multi-model")


@pytest.fixture(params=SHAREABLE)
def any_pool(request: pytest.FixtureRequest, worlds: list[World]) -> World:
    return pooling(worlds, request.param)


def way(world: World, tenant: str) -> SharedRoute | None:
    return world.twins.registry.get(SharedRoute, SharedRoute.at(tenant, "churn"))


def leads(world: World, tenant: str) -> Route:
    """Where the tenant's calls go."""
    shared, route = way(world, tenant), world.route("vendor", "churn")
    assert shared is not None
    assert route is not None
    return followed(shared, route)


def pins(world: World) -> list[tuple[str, str]]:
    """Upload and tenant of every pin."""
    return [(row.upload, row.tenant) for row in world.twins.registry.rows(PinRow, "TENANT#vendor", "PIN#")]


def said(world: World, audience: str, about: str = "tenant") -> list[str]:
    return [f"{one.state}: {one.reason}" for one in world.notices(audience) if one.about == about]


def committing(world: World) -> list[Write]:
    """Every write from now on, as it was committed."""
    registry, made = world.twins.registry, list[Write]()
    commit = registry.commit

    def noted(*writes: Write) -> None:
        commit(*writes)
        made.extend(writes)

    registry.commit = noted
    return made


def calls(world: World, tenant: str) -> bytes:
    """What the tenant's next call is answered."""
    route = leads(world, tenant)
    host = world.twins.registry.get(HostRow, HostRow.at(route.host))
    assert host is not None
    [answer] = world.twins.hosting.probe(host.address(route.target), b"1,2", "text/csv")
    assert answer.outcome == "ok", answer
    body: bytes = answer.body
    return body


def past_its_grace(world: World, version: str) -> Upload:
    row = world.version("vendor", "churn", version)
    past = row.but(retire_at=world.now() - timedelta(seconds=1))
    world.twins.registry.commit(Put(row=past))
    return world.version("vendor", "churn", version)


def retired(world: World, version: str) -> Retired:
    """An execution retires it, if it may go."""
    row = past_its_grace(world, version)
    task = Release.of(row).model_dump(by_alias=True)
    return retire_version(Retirement(**task), world.twins)


def test_fifty_tenants_are_switched_by_one_write(any_pool: World) -> None:
    names = [f"user-{number:02}" for number in range(50)]
    for name in names:
        any_pool.drop(f"tenants/{name}.json", user())
    any_pool.run(SOON)
    assert users_of("vendor", "churn", any_pool.twins) == names
    before = {name: leads(any_pool, name).generation for name in names}
    assert {leads(any_pool, name).version for name in names} == {"1"}
    made = committing(any_pool)
    released(any_pool, "2")
    assert [(type(one).__name__, one.row.key) for one in made if isinstance(one.row, Route | SharedRoute)] == [
        ("Put", ("TENANT#vendor", "MODEL#churn"))
    ]
    assert {leads(any_pool, name).version for name in names} == {"2"}
    assert {leads(any_pool, name).generation - before[name] for name in names} == {1}
    assert {one.row.key[0] for one in made if one.row.key[0].startswith("TENANT#user")} == set()


def test_who_is_pinned_stays_through_swap_and_grace_and_its_version_with_it(any_pool: World) -> None:
    joined(any_pool, "acme", version="1")
    joined(any_pool, "globex")
    released(any_pool, "2")
    row = any_pool.version("vendor", "churn", "1")
    assert (leads(any_pool, "acme").version, leads(any_pool, "globex").version) == ("1", "2")
    assert (leads(any_pool, "acme").host, leads(any_pool, "acme").target) == (row.host, row.target)
    assert pins(any_pool) == [(row.upload, "acme")]
    any_pool.run(timedelta(hours=3))
    assert (any_pool.version("vendor", "churn", "1").state, any_pool.runs("retire-model")) == ("STANDBY", [])
    assert (calls(any_pool, "acme"), calls(any_pool, "globex")) == (b"answer of 1", b"answer of 2")


def test_without_its_pin_a_version_goes_once_nobody_can_be_using_it(any_pool: World) -> None:
    joined(any_pool, "acme", version="1")
    released(any_pool, "2")
    any_pool.run(timedelta(hours=3))
    began = any_pool.now()
    joined(any_pool, "acme")
    row = any_pool.version("vendor", "churn", "1")
    assert (leads(any_pool, "acme").version, pins(any_pool)) == ("2", [])
    assert row.retire_at is None or row.retire_at >= began + DRAIN
    any_pool.run(timedelta(minutes=30))
    row = any_pool.version("vendor", "churn", "1")
    assert row.state == "RETIRED"
    assert next(move.at for move in row.moves if move.state is State.RETIRED) >= began + DRAIN


def test_a_pin_moves_with_the_profile_and_generations_only_rise(pool: World) -> None:
    joined(pool, "acme", version="1")
    seen = [leads(pool, "acme").generation]
    released(pool, "2")
    for version in (None, "1", "2", None):
        seen.append(leads(pool, "acme").generation)
        joined(pool, "acme", version=version)
        assert leads(pool, "acme").version == (version or "2")
        assert [tenant for _, tenant in pins(pool)] == (["acme"] if version else [])
    seen.append(leads(pool, "acme").generation)
    assert seen == sorted(set(seen))


def test_a_profile_that_changes_something_else_writes_no_shared_route(pool: World) -> None:
    joined(pool, "acme", version="1")
    before = way(pool, "acme")
    joined(pool, "acme", version="1", offboard_after=1)
    assert way(pool, "acme") == before


def test_a_pin_stays_with_its_upload_when_another_has_the_name(pool: World) -> None:
    joined(pool, "acme", version="1")
    first = pool.version("vendor", "churn", "1").upload
    released(pool, "1")
    joined(pool, "acme", version="1", offboard_after=1)
    joined(pool, "globex", version="1")
    newest = pool.version("vendor", "churn", "1").upload
    assert sorted(pins(pool), key=lambda pin: pin[1]) == [(first, "acme"), (newest, "globex")]


def test_a_pin_to_what_is_not_kept_is_rejected_with_what_is(pool: World) -> None:
    released(pool, "2")
    dropped(pool, "tenants/acme.json", user("7"))
    assert pool.tenant("acme").reason == "shared.churn.version: vendor keeps no version 7 of churn (it keeps: 2, 1)"
    joined(pool, "globex", version="2")
    dropped(pool, "tenants/globex.json", user("0"))
    assert (leads(pool, "globex").version, pool.tenant("globex").state) == ("2", "READY")
    assert "keeps no version 0 of churn" in said(pool, "globex")[-1]


def test_a_version_that_went_while_the_profile_was_on_its_way_is_rejected_too(pool: World) -> None:
    released(pool, "2")

    def meanwhile(answer: Any) -> Any:
        assert not retired(pool, "1").cancelled
        return answer

    pool.bend("open_channel", meanwhile)
    dropped(pool, "tenants/acme.json", user("1"))
    assert (pool.tenant("acme").state, way(pool, "acme"), pins(pool)) == ("REJECTED", None, [])
    assert "keeps no version 1 of churn (it keeps: 2)" in pool.tenant("acme").reason


def test_what_is_pinned_is_not_retired_even_if_asked(pool: World) -> None:
    joined(pool, "acme", version="1")
    joined(pool, "globex", version="1")
    released(pool, "2")
    answer = retired(pool, "1")
    assert (answer.cancelled, answer.plan.reason) == (True, "pinned by tenant acme, globex")


def test_a_retirement_that_did_not_see_the_pin_is_refused(pool: World) -> None:
    """The pin is committed after the retirement has looked for pins and before it writes: it has to look again."""
    released(pool, "2")
    registry = pool.twins.registry
    commit, once = registry.commit, list[int]()

    def late(*writes: Write) -> None:
        retiring = any(isinstance(one.row, Upload) and one.row.state is State.RETIRED for one in writes)
        if retiring and not once:
            once.append(1)
            joined(pool, "acme", version="1")
        commit(*writes)

    past_its_grace(pool, "1")
    registry.commit = late
    answer = retired(pool, "1")
    assert once == [1]
    assert (answer.cancelled, answer.plan.reason) == (True, "pinned by tenant acme")
    assert (leads(pool, "acme").version, pool.version("vendor", "churn", "1").state) == ("1", "STANDBY")


def test_a_suspended_user_is_cut_off_at_once_and_comes_back_as_it_was(pool: World) -> None:
    joined(pool, "acme", version="1", offboard_after=24)
    joined(pool, "globex")
    generation = leads(pool, "acme").generation
    pool.delete("tenants/acme.json")
    pool.run(timedelta(minutes=1))
    assert (leads(pool, "acme").suspended, leads(pool, "globex").suspended) == (True, False)
    assert users_of("vendor", "churn", pool.twins) == ["globex"]
    joined(pool, "acme", version="1")
    assert (leads(pool, "acme").suspended, leads(pool, "acme").version) == (False, "1")
    assert leads(pool, "acme").generation > generation


def test_of_a_user_that_left_nothing_is_there_and_its_pin_holds_nothing(pool: World) -> None:
    joined(pool, "acme", version="1", offboard_after=0)
    joined(pool, "globex", version="1")
    released(pool, "2")
    pool.delete("tenants/acme.json")
    pool.run(timedelta(minutes=30))
    acme = pool.tenant("acme")
    assert (acme.state, way(pool, "acme"), [tenant for _, tenant in pins(pool)]) == ("OFFBOARDED", None, ["globex"])
    assert (acme.inventory["left"]["shared_routes"], acme.inventory["left"]["pins"]) == (0, 0)
    assert set(acme.inventory["left"].values()) == {0}
    assert calls(pool, "globex") == b"answer of 1"


def test_when_the_owner_is_suspended_all_hear_of_it_and_when_it_is_back(pool: World) -> None:
    joined(pool, "acme", version="1")
    joined(pool, "globex")
    pool.delete("tenants/vendor.json")
    pool.run(timedelta(minutes=2))
    assert (leads(pool, "acme").suspended, leads(pool, "globex").suspended) == (True, True)
    dropped(pool, "tenants/vendor.json", owner())
    assert (leads(pool, "acme").suspended, leads(pool, "globex").suspended) == (False, False)
    lost = "SUSPENDED: model churn is suspended with its owner, tenant vendor: calls fail until that tenant is back"
    back = "READY: model churn serves again: its owner, tenant vendor, is back"
    assert said(pool, "acme", "sharing") == said(pool, "globex", "sharing") == [lost, back]


def test_when_the_owner_goes_pins_die_and_its_users_are_told_once(pool: World) -> None:
    joined(pool, "acme", version="1")
    joined(pool, "globex")
    pool.fail("close_tenant", Unavailable("busy"), times=2, after=True)
    dropped(pool, "tenants/vendor.json", owner() | {"offboard_after": 0})
    pool.delete("tenants/vendor.json")
    pool.run(timedelta(minutes=30))
    vendor = pool.tenant("vendor")
    assert (vendor.state, vendor.inventory["left"]["pins"], pins(pool)) == ("OFFBOARDED", 0, [])
    assert (way(pool, "acme"), way(pool, "globex") is not None, pool.route("vendor", "churn")) == (None, True, None)
    gone = "GONE: model churn is gone: its owner, tenant vendor, was offboarded"
    for name in ("acme", "globex"):
        told = said(pool, name, "sharing")
        assert (len(told), told.count(gone), pool.tenant(name).state) == (2, 1, "READY")


def test_an_owner_that_comes_back_serves_those_who_followed_it(pool: World) -> None:
    joined(pool, "globex")
    dropped(pool, "tenants/vendor.json", owner() | {"offboard_after": 0})
    pool.delete("tenants/vendor.json")
    pool.run(timedelta(minutes=30))
    dropped(pool, "tenants/vendor.json", owner())
    released(pool, "9")
    assert (leads(pool, "globex").version, calls(pool, "globex")) == ("9", b"answer of 9")


def test_a_pin_that_came_while_the_owner_left_goes_with_it(pool: World) -> None:
    joined(pool, "acme")
    dropped(pool, "tenants/vendor.json", owner() | {"offboard_after": 0})
    upload = pool.version("vendor", "churn", "1").upload

    def late(answer: Any) -> Any:
        row = PinRow(owner="vendor", model="churn", upload=upload, tenant="acme", since=pool.now())
        pool.twins.registry.commit(Put(row=row)) if not pins(pool) else None
        return answer

    pool.bend("retire_tenant", late)
    pool.delete("tenants/vendor.json")
    pool.run(timedelta(minutes=30))
    assert (pool.tenant("vendor").state, pins(pool)) == ("OFFBOARDED", [])


def test_another_owner_takes_over_and_the_generation_goes_on(pool: World) -> None:
    for version in ("2", "3", "4"):
        released(pool, version)
    joined(pool, "acme", version="3")
    before = leads(pool, "acme").generation
    dropped(pool, "tenants/other.json", owner())
    released(pool, "7", tenant="other")
    dropped(pool, "tenants/acme.json", user() | {"owner": "other"})
    shared, route = way(pool, "acme"), pool.route("other", "churn")
    assert shared is not None
    assert route is not None
    assert (followed(shared, route).version, pins(pool)) == ("7", [])
    assert followed(shared, route).generation > before


def test_a_version_dropped_for_a_shared_model_is_rejected(pool: World) -> None:
    joined(pool, "acme")
    released(pool, "5", tenant="acme")
    [row] = pool.versions("acme", "churn")
    assert (row.state, row.reason) == (
        "REJECTED",
        "churn is shared by tenant vendor: only vendor's own versions are released",
    )
    assert leads(pool, "acme").version == "1"


def test_an_owner_keeps_what_others_share(pool: World) -> None:
    users = ("acme", "beta", "globex", "hooli", "initech", "stark")
    for name in users:
        joined(pool, name)
    some = "acme, beta, globex, hooli, initech and 1 more"
    shared = f"models.churn: it is shared by {some}: take it out of their profiles first"
    bridge = owner() | {"isolation": "bridge"}
    for profile in (owner() | {"models": {}}, bridge):
        dropped(pool, "tenants/vendor.json", profile)
        assert said(pool, "vendor")[-1] == f"REJECTED: {shared}"
    for name in users:
        dropped(pool, f"tenants/{name}.json", {"isolation": "pool"})
        assert (pool.tenant(name).state, way(pool, name)) == ("READY", None)
    dropped(pool, "tenants/vendor.json", bridge)
    assert pool.tenant("vendor").profile.isolation == "bridge"  # type: ignore[union-attr]


def test_a_tenant_shares_what_its_owner_has_or_is_about_to(pool: World) -> None:
    dropped(pool, "tenants/acme.json", user() | {"shared": {"risk": {}}})
    assert pool.tenant("acme").reason == "shared.risk: tenant vendor has no model risk of its own (it has: churn)"
    pool.twins.clock.sleep(1)
    more = owner()["models"] | {"risk": owner()["models"]["churn"]}
    pool.drop("tenants/vendor.json", owner() | {"models": more})
    pool.drop("tenants/globex.json", user() | {"shared": {"risk": {}}})
    pool.run(SOON)
    assert (pool.tenant("globex").state, users_of("vendor", "risk", pool.twins)) == ("READY", ["globex"])


def test_only_a_pool_tenants_models_are_shared(pool: World) -> None:
    dropped(pool, "tenants/vendor.json", owner() | {"isolation": "bridge"})
    dropped(pool, "tenants/acme.json", user())
    reason = "owner: tenant vendor has isolation bridge, and only a pool tenant's are shared"
    assert (pool.tenant("acme").state, pool.tenant("acme").reason) == ("REJECTED", reason)


def test_a_model_with_versions_of_ones_own_is_not_shared_and_one_that_is_shared_gets_none(pool: World) -> None:
    dropped(pool, "tenants/globex.json", owner() | {"isolation": "bridge"})
    released(pool, "1", tenant="globex")
    dropped(pool, "tenants/globex.json", user())
    assert "a version of its own of churn is live for tenant globex" in said(pool, "globex")[-1]
    joined(pool, "acme")
    dropped(pool, "tenants/acme.json", owner())
    assert "tenant acme shares churn of vendor, and calls go there: take it out of shared" in said(pool, "acme")[-1]
    assert calls(pool, "acme") == b"answer of 1"


def test_who_shares_many_models_has_all_of_them_however_many_one_commit_takes(worlds: list[World]) -> None:
    worlds.append(World())
    world = worlds[0]
    dropped(world, "fleets/shared.json", FLEET)
    names = [f"m{number:03}" for number in range(120)]
    dropped(world, "tenants/vendor.json", owner() | {"models": dict.fromkeys(names, owner()["models"]["churn"])})
    dropped(world, "tenants/acme.json", user() | {"shared": {name: {} for name in names}})
    routes = world.twins.registry.rows(SharedRoute, "TENANT#acme", "SHARED#")
    assert (world.tenant("acme").state, [route.model for route in routes]) == ("READY", names)


def test_a_canary_of_the_owners_is_one_for_all_who_follow_and_judged_by_what_they_count(pool: World) -> None:
    joined(pool, "acme")
    joined(pool, "globex", version="1")
    asked = {"percent": 20, "minutes": 10, "least_calls": 100}
    dropped(pool, "tenants/vendor.json", owner(canary=asked))
    pool.twins.clock.sleep(1)
    pool.drop("models/vendor/churn/2/model.tar.gz", archive("answer of 2"))
    pool.run(timedelta(minutes=2))
    following, staying = leads(pool, "acme").canary, leads(pool, "globex").canary
    assert following is not None
    assert (following.version, following.weight, staying) == ("2", 20, None)
    for tenant, version, failed in (("acme", "1", 0), ("acme", "2", 90), ("vendor", "1", 0), ("vendor", "2", 0)):
        for series, value in zip(of_clients("tenantry", tenant, "churn", version), (100, failed, 2_000), strict=True):
            pool.twins.metrics.publish(series, value)
    pool.run(SOON * 2)
    row = pool.version("vendor", "churn", "2")
    [compared] = row.verdict["comparisons"]
    assert (row.state, compared["canary"]["calls"], compared["canary"]["errors"]) == ("ROLLED_BACK", 200, 90)
    assert leads(pool, "acme").canary is None


def test_the_operator_is_shown_where_a_tenants_calls_go_and_what_happened_there(pool: World) -> None:
    joined(pool, "acme", version="1")
    released(pool, "2")
    registry = pool.twins.registry
    [route] = queries.status(registry, "acme").routes
    [theirs] = queries.status(registry, "vendor").routes
    assert (route.tenant, route.owner, route.version, route.endpoint) == ("acme", "vendor", "1", theirs.endpoint)
    assert route.target_model == pool.version("vendor", "churn", "1").target
    assert (theirs.owner, theirs.version) == ("", "2")
    assert queries.history(registry, "acme", "churn") == queries.history(registry, "vendor", "churn") != ()
    assert queries.version_outcome(registry, "acme", "churn", "2").good
    with pytest.raises(Rejected, match="churn is shared by tenant vendor: roll it back there"):
        rollback("acme", "churn", None, pool.twins)


@pytest.fixture
def queued(worlds: list[World]) -> World:
    """The vendor's version 1 is live behind a queue; acme follows it, globex is pinned to it."""
    world = joined(pooling(worlds, "asynchronous"), "acme")
    joined(world, "globex", version="1")
    world.twins.channels.notices.clear()
    return world


def asked(world: World, tenant: str, name: str = "r1") -> RequestRow:
    """Drop a request; its row once the event was taken."""
    made = world.drop(f"requests/{tenant}/churn/{name}", b"1,2")
    world.run(timedelta())
    row = world.twins.registry.get(RequestRow, RequestRow.at(inference_id(DROP, made.key, made.version_id)))
    assert row is not None, said(world, tenant, "request")
    return row


def test_a_users_request_is_answered_under_its_own_prefix_and_told_to_it_alone(queued: World) -> None:
    row = asked(queued, "acme")
    assert (row.tenant, row.version, row.host) == ("acme", "1", queued.version("vendor", "churn", "1").host)
    queued.run(timedelta(seconds=5))
    result = f"results/acme/churn/requests/r1/{row.upload}.out"
    assert row.answer == f"s3://{RESULTS}/{result}"
    assert queued.twins.artifacts.latest(RESULTS, result) is not None
    told = [(arn[-4:], one.state, one.result) for arn, one in queued.twins.channels.notices if one.about == "request"]
    assert told == [("acme", "ANSWERED", f"s3://{RESULTS}/{result}")]


def test_what_the_container_said_lies_where_its_user_reads_it(queued: World) -> None:
    queued.twins.hosting.behave = lambda *_: Answer(outcome="model_error", took_ms=1, status=400, message="no number")
    row = asked(queued, "acme")
    queued.run(SOON)
    [notice] = [one for one in queued.notices("acme") if one.about == "request"]
    said_at = f"failures/acme/churn/requests/r1/{row.upload}.out"
    assert (notice.state, notice.reason, f"s3://{RESULTS}/{said_at}" in notice.fix) == ("FAILED", "no number", True)
    assert queued.twins.artifacts.latest(RESULTS, said_at) is not None


def test_requests_go_where_calls_would_and_hold_the_queue_they_wait_in(queued: World) -> None:
    released(queued, "2")
    assert (asked(queued, "acme").version, asked(queued, "globex").version) == ("2", "1")
    queued.twins.hosting.queues.seconds = 7_200.0
    joined(queued, "globex")
    queued.twins.hosting.queues.waiting.clear()
    row = asked(queued, "globex", "r2")
    assert (row.version, row.host) == ("2", queued.version("vendor", "churn", "2").host)
    released(queued, "3")
    queued.run(timedelta(minutes=90))
    assert queued.version("vendor", "churn", "2").state == "STANDBY", "a request still waits in its queue"
    queued.run(timedelta(hours=3))
    assert queued.version("vendor", "churn", "2").state == "RETIRED"


def test_a_request_that_nobody_can_take_says_why(pool: World) -> None:
    joined(pool, "acme")
    pool.drop("requests/acme/churn/r1", b"1")
    pool.run(timedelta(minutes=1))
    why = "model churn of tenant vendor is served as multi-model, which takes no request files: invoke it instead"
    assert said(pool, "acme", "request") == [f"REJECTED: {why}"]


def test_a_queue_from_before_its_tenant_was_an_owner_is_moved_and_then_asked_by_others(worlds: list[World]) -> None:
    worlds.append(World(scheduled=True))
    world = worlds[0]
    dropped(world, "tenants/vendor.json", owner("asynchronous") | {"isolation": "silo"})
    released(world, "1")
    dropped(world, "tenants/vendor.json", owner("asynchronous"))
    joined(world, "acme")
    world.run(SOON * 3)
    row = asked(world, "acme")
    world.run(SOON)
    assert row.version == "1"
    assert world.twins.artifacts.latest(RESULTS, f"results/acme/churn/requests/r1/{row.upload}.out") is not None
