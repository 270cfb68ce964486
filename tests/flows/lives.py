"""Lives of the control plane that come to every call a role is for, the rare ones among them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tenantry.domain.hosting import Answer
from tenantry.domain.names import serving_key
from tenantry.domain.plans import Call
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.versions import State
from tenantry.domain.writes import Put
from tenantry.serving.multi_model import create_host
from tenantry.serving.placements import HostSettings
from tests.flows.archives import archive, behave
from tests.flows.batch_lives import runs_over_batches
from tests.flows.conftest import FLEET, SAMPLE, drop_version, tenant_profile
from tests.flows.container_lives import containers_come_and_go
from tests.flows.job_lives import versions_that_jobs_serve
from tests.flows.pool_lives import an_owner_and_its_users, an_owner_on_a_fleet_that_is_rolled
from tests.flows.twins import SERVING
from tests.flows.world import World

ROLE = "arn:aws:iam::123456789012:role/tenantry-MultiModelHostRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"


def an_ordinary_life() -> World:
    """A fleet comes, grows and is rolled; versions go live, fail, retire; a tenant goes, and the fleet with it."""
    world = World(scheduled=True)
    world.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 2, "max": 4}})
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", grace=1, offboard_after=1))
    world.run()
    for version, loads in (("1", True), ("2", True), ("3", False)):
        drop_version(world, version, body=archive(version, loads=loads))
        world.run()
    drop_version(world, "4", body=b"no archive")
    _grow(world)
    world.run(until=timedelta(hours=2))
    world.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 5, "max": 5}})
    world.run()
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    world.run(until=timedelta(hours=3))
    world.fail("move_host", RuntimeError("boom"))
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.2xlarge"})
    world.run(until=timedelta(hours=1))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    world.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1))
    world.run(until=timedelta(minutes=5))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    _forget_a_route_and_a_copy(world)
    world.run(until=timedelta(hours=2))
    world.delete("fleets/sklearn.json")
    world.run(until=timedelta(hours=2))
    assert (world.tenant("acme").state, world.fleet("sklearn").state) == ("OFFBOARDED", "DELETED")
    return world


def without_events() -> World:
    """Everything is found by the sweep."""
    world = World(scheduled=True, events=False)
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1, grace=1))
    drop_version(world, "1")
    world.run(until=timedelta(minutes=30))
    drop_version(world, "2")
    world.run(until=timedelta(hours=2))
    world.fail("settle_release", RuntimeError("worse"), times=9)
    world.fail("prove_model", RuntimeError("boom"), times=9)
    drop_version(world, "3")
    world.run(until=timedelta(hours=2))
    _die_while_rolling(world)
    world.run(until=timedelta(hours=3))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=3))
    world.delete("fleets/sklearn.json")
    world.run(until=timedelta(hours=1))
    assert (world.tenant("acme").state, world.fleet("sklearn").state) == ("OFFBOARDED", "DELETED")
    return world


def executions_that_die() -> World:
    """The coroner gives a roll, a release and a tenant their ends, and starts what waited."""
    world = World(settings={"in_flight_cap": 1})
    for key, profile in (("fleets/sklearn.json", FLEET), ("tenants/acme.json", tenant_profile("churn", "risk"))):
        world.drop(key, profile)
        world.run()
    world.fail("prove_model", RuntimeError("boom"))
    world.fail("settle_release", RuntimeError("worse"))
    drop_version(world, "1")
    world.drop("models/acme/risk/1/model.tar.gz", archive("1"))
    world.run()
    _die_while_rolling(world)
    world.run()
    assert world.version("acme", "risk", "1").state == "LIVE"
    return world


def a_host_that_gets_another_endpoint_before_the_swap() -> World:
    """The swap itself warms the new one. The version came with its tenant, so intake has to look into the profile."""
    world = World()
    for name in ("sklearn", "other"):
        world.drop(f"fleets/{name}.json", FLEET)
        world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    world.bend("prove_model", lambda answer: _roll_on(world, answer))
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "LIVE"
    return world


def a_release_that_ends_while_it_is_copied() -> World:
    """The copy nobody else knows of goes again."""
    world = World()
    for key, profile in (("fleets/sklearn.json", FLEET), ("tenants/acme.json", tenant_profile("churn"))):
        world.drop(key, profile)
        world.run()
    copy = world.twins.artifacts.copy

    def copying(*given: Any) -> None:
        copy(*given)
        row = world.version("acme", "churn", "1")
        world.twins.registry.commit(Put(row=row.move(State.FAILED, world.now(), "the tenant was suspended")))

    setattr(world.twins.artifacts, "copy", copying)  # noqa: B010 - a method may not be assigned
    drop_version(world, "1")
    world.run()
    assert list(world.twins.artifacts.listing(SERVING, "")) == []
    return world


def a_release_that_dies_with_an_endpoint_of_its_own() -> World:
    """The coroner ends it, and has its endpoint removed."""
    world = World(scheduled=True)
    model = {"serving": "real-time", "framework": "sklearn", "sample": SAMPLE}
    world.drop("tenants/acme.json", {"isolation": "silo", "models": {"churn": model}})
    world.run(until=timedelta(minutes=5))
    world.fail("settle_release", RuntimeError("worse"), times=9)
    drop_version(world, "1", body=archive("1", loads=False))
    world.run(until=timedelta(hours=1))
    control = world.twins.hosting.control
    assert world.version("acme", "churn", "1").state is State.FAILED
    assert [name for name in list(control.endpoints) if control.find(name)] == []
    return world


def components_on_a_shared_endpoint() -> World:
    """They come, scale, follow one another, fail, are kept warm and go with their tenant."""
    world = World(scheduled=True)
    model = {"serving": "inference-component", "component": {"copies": {"min": 1, "max": 4}}}
    profile = tenant_profile("churn", grace=1, offboard_after=1)
    profile["models"]["churn"] |= model
    for key, body in (
        ("fleets/sklearn.json", FLEET | {"serving": "inference-component"}),
        ("tenants/acme.json", profile),
    ):
        world.drop(key, body)
        world.run()
    for version, loads in (("1", True), ("2", True), ("3", False)):
        drop_version(world, version, body=archive(version, loads=loads))
        world.run(until=timedelta(minutes=30))
    world.drop("fleets/sklearn.json", FLEET | {"serving": "inference-component", "grace": 2})
    world.run(until=timedelta(hours=3))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    world.drop("tenants/acme.json", profile)
    world.run(until=timedelta(minutes=5))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=3))
    assert world.tenant("acme").state == "OFFBOARDED", world.tenant("acme").reason
    return world


def requests_and_their_answers() -> World:
    """Queues from zero; an answer that is told, two that nobody tells of; versions that come and go, and the tenant."""
    world = World(scheduled=True)
    each = {"serving": "asynchronous", "framework": "sklearn", "instances": {"min": 0, "max": 2}, "grace": 0}
    profile = {"isolation": "silo", "offboard_after": 0, "models": {"churn": each | {"sample": SAMPLE}}}
    world.drop("tenants/acme.json", profile)
    world.run(until=timedelta(minutes=5))
    drop_version(world, "1")
    world.run(until=timedelta(minutes=15))
    world.drop("requests/acme/churn/told", b"1")
    world.run(until=timedelta(minutes=5))
    world.delivers = lambda _: []
    world.drop("requests/acme/churn/unheard", b"1")
    world.run(until=timedelta(seconds=5))
    world.twins.hosting.behave = lambda *_: Answer(outcome="model_error", took_ms=1, status=400, message="no number")
    world.drop("requests/acme/churn/unheard-failure", b"1")
    world.run(until=timedelta(minutes=20))
    ends = {one.request: one.state for one in world.notices("acme") if one.about == "request"}
    assert ends == {"told": "ANSWERED", "unheard": "ANSWERED", "unheard-failure": "FAILED"}
    world.twins.hosting.behave = behave
    drop_version(world, "2")
    world.run(until=timedelta(hours=2))
    assert world.version("acme", "churn", "1").state is State.RETIRED
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=1))
    assert world.tenant("acme").state == "OFFBOARDED"
    return world


def a_component_whose_host_moves_before_the_swap() -> World:
    """The swap looks for it on the new endpoint, where it cannot be: the release fails, and the component goes."""
    world = World()
    shared = FLEET | {"serving": "inference-component"}
    for name in ("sklearn", "other"):
        world.drop(f"fleets/{name}.json", shared)
        world.run()
    profile = tenant_profile("churn")
    profile["models"]["churn"] |= {"serving": "inference-component"}
    world.drop("tenants/acme.json", profile)
    world.run()
    world.bend("prove_model", lambda answer: _roll_on(world, answer))
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "FAILED"
    assert world.twins.hosting.control.components.on(_host(world).endpoint) == []
    return world


def swaps_that_are_judged() -> World:
    """One goes back, one goes live because its sample answers, and one cannot be judged."""
    world = World()
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", tenant_profile("churn", canary={"alarms": ["errors"]}))
    drop_version(world, "1")
    world.run()
    drop_version(world, "2")
    world.run()
    world.twins.metrics.states["errors"] = "OK"
    drop_version(world, "3")
    world.run()
    world.fail("judge_version", RuntimeError("boom"))
    drop_version(world, "4")
    world.run()
    states = {row.version: row.state.value for row in world.versions("acme", "churn")}
    assert states == {"1": "STANDBY", "2": "ROLLED_BACK", "3": "LIVE", "4": "FAILED"}
    _judged_as_components(world)
    return world


def versions_that_somebody_decides_about() -> World:
    """One goes live, one is turned down, one goes on when nobody is asked any more, two are mirrored; then all go."""
    world = World(scheduled=True)
    world.drop("fleets/sklearn.json", FLEET)
    world.run(until=timedelta(minutes=10))
    world.drop("tenants/acme.json", tenant_profile("churn", approval="manual", offboard_after=0, grace=0))
    world.run(until=timedelta(minutes=10))
    for version, approval in (("1", "Approved"), ("2", "Rejected"), ("3", "")):
        drop_version(world, version)
        world.run(until=timedelta(minutes=10))
        if approval:
            world.twins.hosting.packaged.decide(world.version("acme", "churn", version).package, approval)
            world.run(until=timedelta(minutes=10))
    world.drop("tenants/acme.json", tenant_profile("churn", offboard_after=0, mirror=True))
    world.run(until=timedelta(minutes=10))
    drop_version(world, "4")
    world.run(until=timedelta(minutes=10))
    world.fail("record_package", RuntimeError("boom"))
    drop_version(world, "5")
    world.run(until=timedelta(minutes=10))
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=2))
    assert world.tenant("acme").state == "OFFBOARDED", world.tenant("acme").reason
    assert world.twins.hosting.packaged.groups == {}
    _approved_before_there_is_a_place(world)
    return world


def a_version_that_moves() -> World:
    """To a host of its own by its tenant's profile, and back by the sweep."""
    world = World(scheduled=True)
    world.drop("fleets/sklearn.json", FLEET)
    world.run(until=timedelta(minutes=10))
    world.drop("tenants/acme.json", tenant_profile("churn"))
    drop_version(world, "1")
    world.run(until=timedelta(minutes=10))
    model = {"serving": "real-time", "framework": "sklearn", "sample": SAMPLE}
    world.drop("tenants/acme.json", {"isolation": "silo", "models": {"churn": model}})
    world.run(until=timedelta(minutes=20))
    assert world.version("acme", "churn", "1").origin == "multi-model on fleet sklearn"
    world.fail("admit_releases", RuntimeError("boom"), times=9)
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.run(until=timedelta(minutes=20))
    assert [row.state.value for row in world.versions("acme", "churn")] == ["STANDBY", "STANDBY", "LIVE"]
    return world


def what_no_row_names() -> World:
    """An endpoint and a copy that nobody knows of are found by the sweep."""
    world = World()
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    settings = HostSettings(stack="tenantry", role_arn=ROLE, models=f"s3://{SERVING}/")
    profile = FleetProfile.model_validate(FLEET)
    for call in create_host("tenantry-sklearn-lost", "sklearn", profile, IMAGE, settings).calls:
        world.twins.hosting.control.carry_out(call)
    world.twins.artifacts.put(SERVING, serving_key("acme", "churn", "a" * 26, "0" * 64), b"forgotten")
    world.twins.clock.sleep(2 * 3600)
    assert world.invoke("sweep_registry", {})["orphans"] == 2
    return world


LIVES: tuple[Callable[[], World], ...] = (
    an_ordinary_life,
    without_events,
    executions_that_die,
    a_host_that_gets_another_endpoint_before_the_swap,
    a_release_that_ends_while_it_is_copied,
    a_release_that_dies_with_an_endpoint_of_its_own,
    components_on_a_shared_endpoint,
    a_component_whose_host_moves_before_the_swap,
    containers_come_and_go,
    requests_and_their_answers,
    swaps_that_are_judged,
    versions_that_somebody_decides_about,
    what_no_row_names,
    an_owner_and_its_users,
    an_owner_on_a_fleet_that_is_rolled,
    runs_over_batches,
    versions_that_jobs_serve,
    a_version_that_moves,
)


def _judged_as_components(world: World) -> None:
    """Another tenant's version is proven once more because nobody calls it."""
    shared = {"serving": "inference-component", "fleet": "parts", "sample": SAMPLE, "canary": {"minutes": 1}}
    for key, body in (
        ("fleets/parts.json", FLEET | {"serving": "inference-component"}),
        ("tenants/globex.json", {"isolation": "bridge", "models": {"churn": shared}}),
    ):
        world.drop(key, body)
        world.run()
    for version in ("1", "2"):
        drop_version(world, version, tenant="globex")
        world.run()
    assert "it answered its sample again" in world.version("globex", "churn", "2").reason


def _approved_before_there_is_a_place(world: World) -> None:
    """Another tenant's version is approved while the fleet that its profile names by now is still being made."""
    profile = tenant_profile("churn", approval="manual")
    world.drop("tenants/globex.json", profile)
    world.run(until=timedelta(minutes=5))
    drop_version(world, "1", tenant="globex")
    world.run(until=timedelta(minutes=5))
    world.drop("fleets/later.json", FLEET)
    world.run(until=timedelta(seconds=10))
    profile["models"]["churn"] = profile["models"]["churn"] | {"fleet": "later"}
    world.drop("tenants/globex.json", profile)
    world.run(until=timedelta(seconds=30))
    world.twins.hosting.packaged.decide(world.version("globex", "churn", "1").package, "Approved")
    world.run(until=timedelta(seconds=30))
    assert world.version("globex", "churn", "1").reason == "fleet later is not READY yet"
    world.run(until=timedelta(minutes=15))
    assert world.version("globex", "churn", "1").state == "LIVE", world.version("globex", "churn", "1").reason


def _grow(world: World) -> None:
    """Automatic scaling has added an instance."""
    wanted = [{"VariantName": "all", "DesiredInstanceCount": 3}]
    params = {"EndpointName": _host(world).endpoint, "DesiredWeightsAndCapacities": wanted}
    world.twins.hosting.control.carry_out(Call(operation="UpdateEndpointWeightsAndCapacities", params=params))


def _die_while_rolling(world: World) -> None:
    """The next roll has told the host record of its endpoint, and then its execution dies."""
    world.fail("move_host", RuntimeError("boom"))
    world.fail("settle_fleet", RuntimeError("worse"))
    world.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.2xlarge"})


def _roll_on(world: World, answer: Any) -> Any:
    other = world.twins.registry.get(HostRow, HostRow.at("fleet-other"))
    assert other is not None
    world.twins.registry.commit(Put(row=_host(world).but(next=other.endpoint)))
    return answer


def _forget_a_route_and_a_copy(world: World) -> None:
    """Neither belongs to a version that anybody knows."""
    route = Route(
        tenant="acme", model="ghost", host="fleet-sklearn", target="acme/ghost/u-0.tar.gz", version="1", upload="u",
        order="1", floor="1", since=world.now(), suspended=True,
    )  # fmt: skip
    world.twins.registry.commit(Put(row=route))
    world.twins.artifacts.put(SERVING, "acme/ghost/u-0.tar.gz", b"forgotten")


def _host(world: World) -> HostRow:
    row = world.twins.registry.get(HostRow, HostRow.at("fleet-sklearn"))
    assert row is not None
    return row
