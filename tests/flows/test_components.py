"""Inference components: a bridge tenant's versions, each a component of its own on the endpoint of a shared fleet."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.adapters.memory.components import Component
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.fleets import host_of
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.usecases.rollback import rollback
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import once, standing
from tests.flows.world import World

SHARED = FLEET | {"serving": "inference-component", "instances": {"min": 2, "max": 4}}
PATH = [
    *("Begin", "Vet artifact", "Register version", "Place version", "Anything to apply?", "Apply plan"),
    *("Check plan", "Settled?", "Preload model", "Prove model"),
]


def bridge(isolation: str = "bridge", **more: Any) -> dict[str, Any]:
    """A tenant with one model on fleet sklearn."""
    later = {"offboard_after": more.pop("offboard_after", 24)}
    model = {"serving": "inference-component", "fleet": "sklearn", "sample": SAMPLE} | more
    return {"isolation": isolation, "notify": ["ml@acme.example"], "models": {"churn": model}, **later}


@pytest.fixture
def ready(world: World) -> World:
    """A fleet for components, and a tenant that names it."""
    for key, profile in (("fleets/sklearn.json", SHARED), ("tenants/acme.json", bridge())):
        world.drop(key, profile)
        world.run()
    assert (world.fleet("sklearn").state, world.tenant("acme").state) == ("READY", "READY"), world.tenant("acme").reason
    return world


@pytest.fixture
def serving(ready: World) -> World:
    """Version 1 is live."""
    drop_version(ready, "1")
    ready.run()
    assert ready.version("acme", "churn", "1").state == "LIVE", ready.version("acme", "churn", "1").reason
    return ready


def host(world: World) -> HostRow:
    found = world.twins.registry.get(HostRow, HostRow.at(host_of("sklearn")))
    assert found is not None
    return found


def components(world: World) -> set[str]:
    """Names of all components there are."""
    found = world.twins.hosting.control.components
    return {name for name in list(found.all) if found.find(name)}


def component(world: World, version: str) -> Component:
    found = world.twins.hosting.control.components.find(world.version("acme", "churn", version).target)
    assert found is not None
    return found


def test_a_fleet_for_components_is_an_endpoint_without_a_model(ready: World) -> None:
    [config] = ready.twins.hosting.control.configs.values()
    [variant] = config["ProductionVariants"]
    assert "ModelName" not in variant
    assert variant["ManagedInstanceScaling"] == {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 4}
    assert config["EnableNetworkIsolation"] is True
    assert config["ExecutionRoleArn"].endswith("role/tenantry-MultiModelHostRole")
    assert {"Key": "tenantry:serving", "Value": "inference-component"} in config["Tags"]
    assert (standing(ready), ready.twins.hosting.control.models) == ({host(ready).endpoint}, {})
    assert host(ready).serving == "inference-component"


def test_a_version_goes_live_as_a_component_of_its_own(serving: World) -> None:
    row, route = serving.version("acme", "churn", "1"), serving.route("acme", "churn")
    assert once(serving.last("release-model").path)[: len(PATH)] == PATH
    assert (row.host, row.target) == ("fleet-sklearn", f"tenantry-acme-churn-{row.upload}")
    assert route is not None
    assert (route.host, route.target, row.answer) == (row.host, row.target, "answer of 1")
    made = component(serving, "1")
    assert (made.endpoint, made.copies, made.status) == (host(serving).endpoint, 1, "InService")
    assert made.tags == {
        "tenantry:stack": "tenantry",
        "tenantry:tenant": "acme",
        "tenantry:model": "churn",
        "tenantry:version": "1",
    }
    [create] = [one for one in serving.twins.hosting.calls if one.operation == "CreateInferenceComponent"]
    container = create.params["Specification"]["Container"]
    assert container["ArtifactUrl"].endswith(row.serving_key)
    assert serving.twins.artifacts.latest("tenantry-servingbucket", row.serving_key) is not None


def test_the_next_version_is_made_beside_it_and_the_old_one_goes_after_its_grace(serving: World) -> None:
    before = host(serving)
    old = component(serving, "1").name
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    new = component(serving, "2").name
    assert (serving.version("acme", "churn", "1").state, components(serving)) == ("STANDBY", {old, new})
    serving.run(until=timedelta(hours=3))
    sweep(serving)
    assert serving.version("acme", "churn", "1").state == "RETIRED"
    assert (components(serving), standing(serving)) == ({new}, {before.endpoint})
    assert host(serving) == before, "the host is shared, and nothing of it changed"
    assert copies(serving) == [serving.version("acme", "churn", "2").serving_key]


def sweep(world: World) -> None:
    """What the schedule would do, and all that comes of it."""
    world.invoke("sweep_registry", {})
    world.run()
    world.twins.clock.sleep(60)


def test_a_release_takes_one_call_that_creates(serving: World) -> None:
    calls = len(serving.twins.hosting.calls)
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    made = [call.operation for call in serving.twins.hosting.calls[calls:]]
    assert made == ["CreateInferenceComponent"]


def test_a_rollback_in_its_grace_is_one_write(serving: World) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    calls = len(serving.twins.hosting.calls)
    back = rollback("acme", "churn", None, serving.twins)
    after = serving.route("acme", "churn")
    assert after is not None
    assert (back.version, after.target, after.version) == ("1", component(serving, "1").name, "1")
    assert len(serving.twins.hosting.calls) == calls


@pytest.mark.parametrize("flaw", ["does not answer", "answers with an error", "ends Failed"])
def test_what_a_failed_release_made_is_removed_and_the_old_version_serves(serving: World, flaw: str) -> None:
    kept, body, words = components(serving), archive("answer of 2"), ""
    if flaw == "does not answer":
        serving.fail("preload_model", ReleaseFailed("not warm"), times=9)
    elif flaw == "ends Failed":
        words = "there are not enough hardware resources on the instances"
        serving.bend("place_version", lambda placed: doomed(placed, serving, words))
    else:
        body = archive("answer of 2", loads=False)
    drop_version(serving, "2", body=body)
    serving.run(until=timedelta(minutes=30))
    row = serving.version("acme", "churn", "2")
    assert (row.state, words in row.reason) == ("FAILED", True)
    assert "What it made is being removed; version 1 keeps serving" in row.reason
    serving.run(until=timedelta(hours=2))
    assert (components(serving), host(serving).serving) == (kept, "inference-component")
    assert copies(serving) == [serving.version("acme", "churn", "1").serving_key]
    assert [load.upload for load in loads(serving)] == [serving.version("acme", "churn", "1").upload]


def loads(world: World) -> list[LoadRow]:
    return world.twins.registry.rows(LoadRow, "HOST#fleet-sklearn", "LOAD#")


def doomed(placed: dict[str, Any], world: World, reason: str) -> dict[str, Any]:
    [name] = placed["plan"]["components_in_service"]
    world.twins.hosting.control.doom(name, reason)
    return placed


def test_a_component_that_is_still_being_created_is_removed_by_a_later_try(serving: World) -> None:
    kept = components(serving)
    serving.fail("check_plan", RuntimeError("boom"), times=9)
    serving.slow_down(component=600)
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=5))
    assert serving.version("acme", "churn", "2").state == "FAILED"
    assert len(components(serving)) == 2
    serving.run(until=timedelta(hours=1))
    serving._faults.clear()
    sweep(serving)
    assert components(serving) == kept


def test_offboarding_leaves_none_and_says_so(serving: World) -> None:
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(hours=30))
    tenant = serving.tenant("acme")
    assert tenant.state == "OFFBOARDED", tenant.reason
    assert (components(serving), copies(serving), loads(serving)) == (set(), [], [])
    assert set(tenant.inventory["left"].values()) == {0}
    assert standing(serving) == {host(serving).endpoint}, "the fleet is not the tenant's"


def test_copies_scale_before_traffic_comes_and_start_with_what_the_live_version_has(world: World) -> None:
    settings = {"copies": {"min": 2, "max": 6}, "memory": 2048, "cpus": 0.5}
    for key, profile in (("fleets/sklearn.json", SHARED), ("tenants/acme.json", bridge(component=settings))):
        world.drop(key, profile)
        world.run()
    drop_version(world, "1")
    world.run()
    path = world.last("release-model").path
    assert path.index("Apply rest") < path.index("Preload model")
    first = component(world, "1")
    assert first.copies == 2
    first.desired = first.copies = 5
    drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    second = component(world, "2")
    assert second.copies == 5
    target = world.twins.hosting.control.targets[f"inference-component/{second.name}"]
    assert (target["ScalableDimension"], target["MinCapacity"], target["MaxCapacity"]) == (
        "sagemaker:inference-component:DesiredCopyCount",
        2,
        6,
    )
    create = [call for call in world.twins.hosting.calls if call.operation == "CreateInferenceComponent"][-1]
    reserved = create.params["Specification"]["ComputeResourceRequirements"]
    assert reserved == {"MinMemoryRequiredInMb": 2048, "NumberOfCpuCoresRequired": 0.5}
    world.run(until=timedelta(hours=3))
    sweep(world)
    assert set(world.twins.hosting.control.targets) == {f"inference-component/{second.name}"}


def test_copies_may_go_while_nobody_calls_and_nothing_of_ours_brings_them_back(world: World) -> None:
    sleepy = SHARED | {"instances": {"min": 0, "max": 2}}
    profile = bridge(component={"copies": {"min": 0, "max": 2}}, offboard_after=1)
    for key, body in (("fleets/sklearn.json", sleepy), ("tenants/acme.json", profile)):
        world.drop(key, body)
        world.run()
    drop_version(world, "1")
    world.run()
    row, control = world.version("acme", "churn", "1"), world.twins.hosting.control
    assert row.state == "LIVE", row.reason
    assert component(world, "1").copies == 1, "it had to be proven"
    assert control.targets[f"inference-component/{row.target}"]["MinCapacity"] == 0
    made = [call for call in world.twins.hosting.calls if call.operation == "PutMetricAlarm"]
    assert [call.params["MetricName"] for call in made] == ["NoCapacityInvocationFailures"]
    asleep(world)
    loads = len(world.twins.hosting.loads)
    beat = world.invoke("keep_warm", {})
    assert (beat["warm"], beat["rewarmed"], beat["cold"]) == (0, 0, [])
    world.drop("fleets/sklearn.json", sleepy | {"grace": 2})
    world.run()
    assert world.last("apply-fleet").status == "SUCCEEDED"
    assert (world.fleet("sklearn").profile.grace, len(world.twins.hosting.loads)) == (2, loads)  # type: ignore[union-attr]


def asleep(world: World) -> None:
    """Application Auto Scaling has taken the copies away."""
    found = component(world, "1")
    found.desired = found.copies = 0


def test_a_restored_tenant_waits_for_its_copies_and_then_serves_again(world: World) -> None:
    profile = bridge(component={"copies": {"min": 0, "max": 2}})
    for key, body in (("fleets/sklearn.json", SHARED), ("tenants/acme.json", profile)):
        world.drop(key, body)
        world.run()
    drop_version(world, "1")
    world.run()
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=5))
    asleep(world)
    world.drop("tenants/acme.json", profile)
    world.run(until=timedelta(hours=1))
    route = world.route("acme", "churn")
    assert route is not None
    assert (world.tenant("acme").cold, route.suspended) == (("churn",), True)
    found = component(world, "1")
    found.desired = found.copies = 1
    world.invoke("keep_warm", {})
    after = world.route("acme", "churn")
    assert after is not None
    assert (world.tenant("acme").cold, after.suspended) == ((), False)


@pytest.mark.parametrize(
    "changed",
    [{"instance_type": "ml.m5.xlarge"}, {"instances": {"min": 2, "max": 8}}, {"serving": "multi-model"}],
    ids=["type", "limits", "option"],
)
def test_a_fleet_that_has_components_is_not_rolled(serving: World, changed: dict[str, Any]) -> None:
    before = host(serving)
    serving.drop("fleets/sklearn.json", SHARED | changed)
    serving.run()
    fleet = serving.fleet("sklearn")
    assert (fleet.state, host(serving), standing(serving)) == ("READY", before, {before.endpoint})
    told = [notice for notice in serving.notices("") if notice.about == "fleet"][-1]
    assert told.state == "REJECTED"
    assert "cannot be rolled" in told.reason
    assert "versions of acme are on it" in told.reason
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    assert serving.version("acme", "churn", "2").state == "LIVE"


def test_a_fleet_without_components_rolls_to_other_limits(ready: World) -> None:
    before = host(ready)
    ready.drop("fleets/sklearn.json", SHARED | {"instances": {"min": 1, "max": 8}})
    ready.run()
    after = host(ready)
    assert (after.endpoint != before.endpoint, after.serving) == (True, "inference-component")
    variant = ready.twins.hosting.control.configs[after.endpoint]["ProductionVariants"][0]
    assert variant["ManagedInstanceScaling"]["MaxInstanceCount"] == 8


def test_a_change_that_asks_nothing_of_sagemaker_keeps_the_components_warm(serving: World) -> None:
    calls = len(serving.twins.hosting.calls)
    serving.drop("fleets/sklearn.json", SHARED | {"grace": 2})
    serving.run()
    assert serving.last("apply-fleet").status == "SUCCEEDED"
    assert serving.fleet("sklearn").profile.grace == 2  # type: ignore[union-attr]
    assert len(serving.twins.hosting.calls) == calls


def test_components_of_two_tenants_share_the_endpoint(serving: World) -> None:
    serving.drop("tenants/globex.json", bridge())
    serving.run()
    drop_version(serving, "1", tenant="globex", body=archive("of globex"))
    serving.run()
    route = serving.route("globex", "churn")
    assert route is not None
    assert len(components(serving)) == 2
    shared = host(serving)
    answers = serving.twins.hosting.probe(shared.address(route.target), b"1", "text/csv")
    assert [answer.body for answer in answers] == [b"of globex"]
    serving.delete("tenants/globex.json")
    serving.run(until=timedelta(hours=30))
    assert components(serving) == {component(serving, "1").name}


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        (bridge("silo"), "a silo tenant shares no hosts"),
        (bridge(fleet=None), "name its fleet"),
        (bridge(instance_type="ml.m5.xlarge"), "put it into fleets/{fleet}.json"),
        (bridge(serving="multi-model"), "fleet sklearn is for inference-component, not multi-model"),
    ],
    ids=["silo", "no fleet", "the fleet's setting", "another option"],
)
def test_what_this_release_cannot_serve_is_refused_with_a_sentence(
    ready: World, profile: dict[str, Any], sentence: str
) -> None:
    ready.drop("tenants/acme.json", profile)
    ready.run()
    told = [notice for notice in ready.notices("acme") if notice.about == "tenant"][-1]
    assert (told.state, sentence in told.reason) == ("REJECTED", True), told.reason


def test_while_components_of_a_tenant_go_their_fleet_stays_where_it_is(serving: World) -> None:
    """Its load record is kept until the component is gone, and that is what a roll looks at."""
    serving.slow_down(delete=3600)
    serving.drop("tenants/acme.json", bridge(offboard_after=0))
    serving.run()
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(minutes=10))
    assert serving.tenant("acme").state == "CLOSING"
    before = host(serving)
    serving.drop("fleets/sklearn.json", SHARED | {"instance_type": "ml.m5.xlarge"})
    serving.run(until=timedelta(minutes=10))
    assert host(serving) == before
    assert [notice.state for notice in serving.notices("") if notice.about == "fleet"][-1] == "REJECTED"
    serving.run(until=timedelta(hours=3))
    assert (serving.tenant("acme").state, components(serving), loads(serving)) == ("OFFBOARDED", set(), [])


def test_a_model_is_followed_to_other_fleets_by_its_next_versions(serving: World) -> None:
    serving.drop("fleets/other.json", FLEET)
    serving.run()
    serving.drop("tenants/acme.json", bridge(serving="multi-model", fleet="other"))
    serving.run()
    assert serving.tenant("acme").state == "READY", serving.tenant("acme").reason
    drop_version(serving, "2")
    serving.run(until=timedelta(minutes=20))
    route = serving.route("acme", "churn")
    assert route is not None
    assert (route.version, route.host) == ("2", "fleet-other")
    serving.run(until=timedelta(hours=25))
    sweep(serving)
    assert (serving.version("acme", "churn", "1").state, components(serving)) == ("RETIRED", set())
    serving.drop("tenants/acme.json", bridge())
    serving.run()
    drop_version(serving, "3")
    serving.run(until=timedelta(minutes=20))
    assert components(serving) == {component(serving, "2").name, component(serving, "3").name}
