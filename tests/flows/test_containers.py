"""Multi-container fleets: each version a container, and every change of them another endpoint that they share."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.compositions import Composition
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.fleets import host_of
from tenantry.domain.names import container_name
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.versions import Upload
from tenantry.usecases.rollback import rollback
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.test_left_endpoints import kill, standing
from tests.flows.test_offboard_tenant import copies
from tests.flows.world import World

TOGETHER = FLEET | {"serving": "multi-container"}
BROKEN = archive("broken", loads=False)
MINUTES = timedelta(minutes=30)


def bridge(*models: str, **more: Any) -> dict[str, Any]:
    """A tenant with these models (`churn`, if none) on fleet sklearn."""
    later = {"offboard_after": more.pop("offboard_after", 24)}
    model = {"serving": "multi-container", "fleet": "sklearn", "sample": SAMPLE} | more
    return {"isolation": "bridge", "models": dict.fromkeys(models or ("churn",), model), **later}


def onboard(world: World, *tenants: str, **more: Any) -> None:
    for name in tenants:
        world.drop(f"tenants/{name}.json", bridge(**more))
    world.run(until=timedelta(minutes=1))
    assert {world.tenant(name).state for name in tenants} == {"READY"}


@pytest.fixture
def ready(world: World) -> World:
    """A fleet without a version, and a tenant that names it."""
    world.drop("fleets/sklearn.json", TOGETHER)
    world.run()
    assert world.fleet("sklearn").state == "READY", world.fleet("sklearn").reason
    onboard(world, "acme")
    return world


@pytest.fixture
def serving(ready: World) -> World:
    """Version 1 of acme is live."""
    drop_version(ready, "1")
    ready.run(until=MINUTES)
    live(ready, "acme", "1")
    return ready


def live(world: World, tenant: str, version: str) -> Upload:
    row = world.version(tenant, "churn", version)
    assert row.state == "LIVE", row.reason
    return row


def host(world: World) -> HostRow:
    found = world.twins.registry.get(HostRow, HostRow.at(host_of("sklearn")))
    assert found is not None
    return found


def composition(world: World) -> Composition:
    found = world.twins.registry.get(Composition, Composition.at(host_of("sklearn")))
    assert found is not None
    return found


def containers(world: World) -> list[str]:
    """Hostnames of the endpoint that serves."""
    model = world.twins.hosting.control.models[host(world).endpoint]
    assert model["InferenceExecutionConfig"] == {"Mode": "Direct"}
    return [one["ContainerHostname"] for one in model["Containers"]]


def named(world: World, *versions: tuple[str, str]) -> list[str]:
    return [container_name(tenant, world.version(tenant, "churn", version).upload) for tenant, version in versions]


def made(world: World) -> int:
    """Endpoints that were asked for."""
    return Counter(call.operation for call in world.twins.hosting.calls)["CreateEndpoint"]


def answer(world: World, tenant: str) -> bytes:
    """What the tenant's route leads to answers."""
    route = world.route(tenant, "churn")
    assert route is not None
    return world.twins.hosting.probe(host(world).address(route.target), b"1", "text/csv")[0].body


def states(world: World, pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [world.version(tenant, "churn", version).state.value for tenant, version in pairs]


def test_a_fleet_is_ready_before_it_has_an_endpoint(ready: World) -> None:
    assert (standing(ready), ready.twins.hosting.calls) == (set(), [])
    assert ready.last("apply-fleet").status == "SUCCEEDED"


def test_a_first_version_stands_there_twice(serving: World) -> None:
    row = live(serving, "acme", "1")
    hostname = container_name("acme", row.upload)
    assert (row.host, row.target, containers(serving)) == ("fleet-sklearn", hostname, [hostname, f"{hostname}-2"])
    assert answer(serving, "acme") == b"answer of 1"
    config = serving.twins.hosting.control.configs[host(serving).endpoint]
    assert {"Key": "tenantry:serving", "Value": "multi-container"} in config["Tags"]
    path = serving.last("release-model").path
    waited = path.count("Wait for its place")
    assert 3 <= waited <= 10, "an endpoint takes three minutes here"
    assert path.count("Place version") == waited + 1
    assert "Apply plan" not in path, "the fleet's machine makes it"
    assert (host(serving).instances, made(serving)) == (2, 1)


def test_a_second_version_comes_with_another_endpoint_and_the_first_one_stays_for_rolling_back(serving: World) -> None:
    old, route = host(serving), serving.route("acme", "churn")
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=10))
    live(serving, "acme", "2")
    assert containers(serving) == named(serving, ("acme", "1"), ("acme", "2"))
    assert (answer(serving, "acme"), serving.version("acme", "churn", "1").state) == (b"answer of 2", "STANDBY")
    assert standing(serving) == {host(serving).endpoint}, "the one before goes when nobody can be on it any more"
    assert old.endpoint != host(serving).endpoint
    assert route is not None
    assert serving.fleet("sklearn").left == {}


def test_nothing_is_removed_before_the_last_call_on_it_can_have_ended(serving: World) -> None:
    old = host(serving).endpoint
    drop_version(serving, "2")
    while host(serving).endpoint == old:
        serving.run(until=timedelta(seconds=5))
    serving.run(until=timedelta(seconds=55))
    found = serving.twins.hosting.endpoint(old)
    assert found is not None
    assert found.status == "InService"


def test_a_rollback_is_one_write(serving: World) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=10))
    calls = len(serving.twins.hosting.calls)
    back = rollback("acme", "churn", None, serving.twins)
    assert (back.version, answer(serving, "acme")) == ("1", b"answer of 1")
    assert len(serving.twins.hosting.calls) == calls


def test_six_at_once_take_three_endpoints_and_each_gets_its_own_end(ready: World) -> None:
    """The first one leads at once, and those that come while its endpoint is made are in the next one."""
    tenants = [f"t{number}" for number in range(6)]
    onboard(ready, *tenants)
    for tenant in tenants:
        ready.drop(f"models/{tenant}/churn/1/model.tar.gz", archive(f"of {tenant}"))
    ready.run(until=MINUTES)
    assert states(ready, [(tenant, "1") for tenant in tenants]) == ["LIVE"] * 6
    assert [answer(ready, tenant) for tenant in tenants] == [f"of {tenant}".encode() for tenant in tenants]
    assert made(ready) <= 3
    assert len(standing(ready)) == 1
    assert sorted(containers(ready)) == sorted(named(ready, *((tenant, "1") for tenant in tenants)))
    told = [notice for tenant in tenants for notice in ready.notices(tenant) if notice.about == "release"]
    assert [notice.state for notice in told] == ["LIVE"] * 6


def test_a_bad_one_takes_nobody_along(serving: World) -> None:
    """Its container never becomes healthy, so the endpoint they share fails; then each is tried alone."""
    before = host(serving).endpoint
    tenants = ["bad", "good", "well"]
    onboard(serving, *tenants)
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=30))
    for tenant in tenants:
        serving.drop(f"models/{tenant}/churn/1/model.tar.gz", BROKEN if tenant == "bad" else archive(tenant))
    serving.run(until=timedelta(hours=1))
    assert states(serving, [("bad", "1"), ("good", "1"), ("well", "1")]) == ["FAILED", "LIVE", "LIVE"]
    reason = serving.version("bad", "churn", "1").reason
    assert "did not pass the ping health check" in reason
    assert [answer(serving, tenant) for tenant in ("acme", "good", "well")] == [b"answer of 2", b"good", b"well"]
    assert made(serving) <= 1 + 1 + 1 + 3
    assert len(standing(serving) - {before}) == 1


def test_a_bad_one_alone_fails_and_the_others_serve_on(serving: World) -> None:
    before = host(serving)
    drop_version(serving, "2", body=BROKEN)
    serving.run(until=MINUTES)
    row = serving.version("acme", "churn", "2")
    assert (row.state, "ping health check" in row.reason) == ("FAILED", True)
    assert "version 1 keeps serving" in row.reason
    assert (host(serving), answer(serving, "acme")) == (before, b"answer of 1")
    assert standing(serving) == {before.endpoint}
    drop_version(serving, "3")
    serving.run(until=MINUTES)
    live(serving, "acme", "3")


def test_one_that_does_not_answer_as_expected_ends_alone_and_the_others_need_no_other_endpoint(serving: World) -> None:
    expecting = SAMPLE | {"expect": "never"}
    onboard(serving, "good")
    onboard(serving, "odd", sample=expecting)
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=30))
    for tenant in ("good", "odd"):
        serving.drop(f"models/{tenant}/churn/1/model.tar.gz", archive(tenant))
    serving.run(until=MINUTES)
    assert states(serving, [("good", "1"), ("odd", "1")]) == ["LIVE", "FAILED"]
    assert "not what the profile expects" in serving.version("odd", "churn", "1").reason
    assert made(serving) == 3


@pytest.fixture
def full(ready: World) -> World:
    """Fifteen places are taken: fourteen by live versions, one by a version that is kept for rolling back."""
    tenants = [f"t{number:02}" for number in range(13)]
    onboard(ready, *tenants)
    for tenant in ("acme", *tenants):
        ready.drop(f"models/{tenant}/churn/1/model.tar.gz", archive(tenant))
    ready.run(until=MINUTES)
    drop_version(ready, "2")
    ready.run(until=timedelta(minutes=10))
    live(ready, "acme", "2")
    assert len(containers(ready)) == 15
    return ready


def test_a_sixteenth_is_refused_with_who_has_the_places_and_comes_in_when_one_is_free(full: World) -> None:
    before = host(full)
    drop_version(full, "3")
    full.run(until=timedelta(minutes=5))
    row = full.version("acme", "churn", "3")
    assert (row.state, host(full)) == ("REJECTED", before)
    assert "fleet sklearn has room for 15 containers" in row.reason
    until = full.version("acme", "churn", "1").retire_at
    assert until is not None
    assert f"acme/churn version 1 (STANDBY until {until:%Y-%m-%d %H:%M} UTC)" in row.reason
    assert "acme/churn version 2 (LIVE)" in row.reason
    assert "shorten grace" in row.reason
    full.run(until=timedelta(hours=2))
    full.invoke("sweep_registry", {})
    full.run()
    assert full.version("acme", "churn", "1").state == "RETIRED"
    drop_version(full, "4")
    full.run(until=timedelta(minutes=10))
    live(full, "acme", "4")
    assert len(containers(full)) == 15
    assert named(full, ("acme", "1"))[0] not in containers(full)


def test_of_sixteen_at_the_same_moment_fifteen_get_in(worlds: list[World]) -> None:
    """Their functions run beside one another, and nobody counts places that another one takes meanwhile."""
    world = World(beside=True)
    worlds.append(world)
    world.drop("fleets/sklearn.json", TOGETHER)
    world.run()
    tenants = [f"t{number:02}" for number in range(16)]
    onboard(world, *tenants)
    for tenant in tenants:
        world.drop(f"models/{tenant}/churn/1/model.tar.gz", archive(tenant))
    world.run(until=MINUTES)
    assert Counter(states(world, [(tenant, "1") for tenant in tenants])) == {"LIVE": 15, "REJECTED": 1}
    assert (len(containers(world)), made(world) <= 3) == (15, True)


def sweep(world: World, hours: float) -> None:
    """The schedules go on for so long."""
    for _ in range(round(hours * 12)):
        world.twins.clock.sleep(300)
        world.invoke("sweep_registry", {})
        world.run(until=timedelta(minutes=4))


def test_what_is_retired_keeps_its_copy_as_long_as_an_endpoint_has_its_container(serving: World) -> None:
    """SageMaker reads the copy again for each new instance of that endpoint."""
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=10))
    sweep(serving, 2)
    old = serving.version("acme", "churn", "1")
    assert (old.state, old.copied, old.serving_key in copies(serving)) == ("RETIRED", True, True)
    loads = serving.twins.registry.rows(LoadRow, "HOST#fleet-sklearn", "LOAD#")
    assert [load.upload for load in loads] == [live(serving, "acme", "2").upload], "nobody probes it any more"
    executions = len(serving.executions)
    sweep(serving, 2)
    assert len(serving.executions) == executions, "nothing is tried again and again"
    drop_version(serving, "3")
    serving.run(until=timedelta(minutes=10))
    assert containers(serving) == named(serving, ("acme", "2"), ("acme", "3"))
    sweep(serving, 2)
    assert old.serving_key not in copies(serving)
    assert not serving.version("acme", "churn", "1").copied


def test_a_roll_takes_everything_along_before_it_moves(serving: World) -> None:
    onboard(serving, "globex")
    serving.drop("models/globex/churn/1/model.tar.gz", archive("of globex"))
    serving.run(until=MINUTES)
    before = host(serving)
    serving.drop("fleets/sklearn.json", TOGETHER | {"instance_type": "ml.m5.xlarge"})
    serving.run(until=MINUTES)
    assert serving.fleet("sklearn").profile.instance_type == "ml.m5.xlarge"  # type: ignore[union-attr]
    after = host(serving)
    assert after.endpoint != before.endpoint
    assert containers(serving) == named(serving, ("acme", "1"), ("globex", "1"))
    assert [answer(serving, tenant) for tenant in ("acme", "globex")] == [b"answer of 1", b"of globex"]
    assert standing(serving) == {before.endpoint, after.endpoint}, "its grace is the profile's"
    serving.run(until=timedelta(hours=2))
    assert standing(serving) == {after.endpoint}


def test_a_release_that_waits_while_its_fleet_is_rolled_goes_live_after_it(serving: World) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=40))
    serving.drop("fleets/sklearn.json", TOGETHER | {"instance_type": "ml.m5.xlarge"})
    serving.run(until=MINUTES)
    live(serving, "acme", "2")
    config = serving.twins.hosting.control.configs[host(serving).endpoint]
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.m5.xlarge"
    assert containers(serving) == named(serving, ("acme", "1"), ("acme", "2"))
    serving.run(until=timedelta(hours=3))
    assert standing(serving) == {host(serving).endpoint}


def test_more_instances_are_added_in_place_and_the_next_endpoint_begins_with_them(serving: World) -> None:
    before = host(serving).endpoint
    serving.drop("fleets/sklearn.json", TOGETHER | {"instances": {"min": 3, "max": 3}})
    serving.run(until=MINUTES)
    assert (host(serving).endpoint, host(serving).instances, made(serving)) == (before, 3, 1)
    drop_version(serving, "2")
    serving.run(until=MINUTES)
    live(serving, "acme", "2")
    assert (made(serving), host(serving).instances) == (2, 3)


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
def test_whoever_waits_leads_on_when_the_execution_that_made_the_endpoint_has_died(serving: World, heard: bool) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=40))
    releases = [run for run in serving._queue if run[2].execution.status != "SUCCEEDED"]
    kill(serving, heard=heard)
    serving._queue.extend(one for one in releases if one[2].execution is not serving.last("apply-fleet"))
    serving.run(until=MINUTES)
    live(serving, "acme", "2")
    sweep(serving, 1)
    assert standing(serving) == {host(serving).endpoint}
    assert serving.fleet("sklearn").left == {}


def test_a_leader_whose_release_dies_is_started_again_and_finds_its_place(serving: World) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=40))
    run = serving.last("release-model")
    serving._queue[:] = [one for one in serving._queue if one[2].execution is not run]
    run.status = "ABORTED"
    serving.twins.machines.finish("release-model", run.name, run.status)
    sweep(serving, 0.5)
    live(serving, "acme", "2")
    assert made(serving) == 2


def test_a_step_that_breaks_ends_the_one_release_it_was_for_and_frees_the_fleet(serving: World) -> None:
    serving.fail("warm_fleet", RuntimeError("boom"))
    drop_version(serving, "2")
    serving.run(until=MINUTES)
    row = serving.version("acme", "churn", "2")
    assert (row.state, "boom" in row.reason) == ("FAILED", True)
    drop_version(serving, "3")
    serving.run(until=MINUTES)
    live(serving, "acme", "3")
    sweep(serving, 1)
    assert standing(serving) == {host(serving).endpoint}


def test_it_waits_no_longer_than_it_may(serving: World) -> None:
    serving.slow_down(create=1_000_000)
    drop_version(serving, "2")
    serving.run(until=timedelta(hours=8))
    row = serving.version("acme", "churn", "2")
    assert (row.state, host(serving).next) == ("FAILED", "")
    assert answer(serving, "acme") == b"answer of 1"


def test_offboarding_has_an_endpoint_made_without_the_tenant(serving: World) -> None:
    onboard(serving, "globex", offboard_after=0)
    serving.drop("models/globex/churn/1/model.tar.gz", archive("of globex"))
    serving.run(until=MINUTES)
    assert len(containers(serving)) == 2
    serving.delete("tenants/globex.json")
    serving.run(until=timedelta(hours=1))
    tenant = serving.tenant("globex")
    assert tenant.state == "OFFBOARDED", tenant.reason
    assert set(tenant.inventory["left"].values()) == {0}
    [one] = named(serving, ("acme", "1"))
    assert containers(serving) == [one, f"{one}-2"]
    assert copies(serving) == [live(serving, "acme", "1").serving_key]
    assert (answer(serving, "acme"), standing(serving)) == (b"answer of 1", {host(serving).endpoint})


def test_when_the_last_tenant_goes_the_endpoint_does_and_the_fleet_waits_for_the_next(serving: World) -> None:
    serving.drop("tenants/acme.json", bridge(offboard_after=0))
    serving.run(until=MINUTES)
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(hours=1))
    assert serving.tenant("acme").state == "OFFBOARDED", serving.tenant("acme").reason
    assert (standing(serving), copies(serving)) == (set(), [])
    assert (serving.fleet("sklearn").state, serving.fleet("sklearn").left) == ("READY", {})
    onboard(serving, "globex")
    serving.drop("models/globex/churn/1/model.tar.gz", archive("of globex"))
    serving.run(until=MINUTES)
    assert answer(serving, "globex") == b"of globex"
    serving.drop("tenants/globex.json", bridge(offboard_after=0))
    serving.run(until=MINUTES)
    serving.delete("tenants/globex.json")
    serving.run(until=timedelta(hours=1))
    serving.delete("fleets/sklearn.json")
    serving.run(until=timedelta(hours=1))
    assert (serving.fleet("sklearn").state, standing(serving)) == ("DELETED", set())
    assert serving.twins.registry.get(Composition, Composition.at("fleet-sklearn")) is None
    serving.drop("fleets/sklearn.json", TOGETHER)
    serving.run(until=MINUTES)
    onboard(serving, "initech")
    serving.drop("models/initech/churn/1/model.tar.gz", archive("of initech"))
    serving.run(until=MINUTES)
    assert answer(serving, "initech") == b"of initech"
    composing = [name for machine, name in serving.executions if name.startswith("c-")]
    assert all(name.endswith("-1") for name in composing), "a name that was used is not used again"


def test_a_fleet_that_serves_is_neither_deleted_nor_made_for_another_option(serving: World) -> None:
    before = host(serving)
    serving.drop("fleets/sklearn.json", FLEET)
    serving.run(until=MINUTES)
    serving.delete("fleets/sklearn.json")
    serving.run(until=MINUTES)
    told = [notice for notice in serving.notices("") if notice.about == "fleet"][-2:]
    assert [notice.state for notice in told] == ["REJECTED", "REJECTED"]
    assert "cannot be rolled (changed: serving)" in told[0].reason
    assert (host(serving), serving.fleet("sklearn").state) == (before, "READY")


def test_a_fleet_of_another_option_that_nobody_uses_gives_its_endpoint_up(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.twins.clock.sleep(1)
    world.drop("fleets/sklearn.json", TOGETHER)
    world.run()
    assert world.fleet("sklearn").profile.serving == "multi-container"  # type: ignore[union-attr]
    world.twins.clock.sleep(60)
    assert standing(world) == set()


def test_a_release_into_a_fleet_that_is_somewhere_else_by_now_fails_with_a_sentence(serving: World) -> None:
    serving.fail("apply_plan", ReleaseFailed("the account's limit of instances is 4"))
    drop_version(serving, "2")
    serving.run(until=MINUTES)
    row = serving.version("acme", "churn", "2")
    assert (row.state, "the account's limit of instances is 4" in row.reason) == ("FAILED", True)
    assert composition(serving).serves == host(serving).endpoint


def test_an_accelerator_is_refused_when_the_profile_is_dropped(world: World) -> None:
    world.drop("fleets/sklearn.json", TOGETHER | {"instance_type": "ml.g5.xlarge"})
    world.run()
    assert world.fleet("sklearn").state == "REJECTED"
    assert "a multi-container endpoint runs on CPUs only" in world.fleet("sklearn").reason
