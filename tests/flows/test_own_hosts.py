"""Silo tenants: every version on an endpoint of its own, made beside the old one and removed after it."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.routes import HostRow
from tenantry.usecases.rollback import rollback
from tests.flows.archives import archive
from tests.flows.conftest import SAMPLE, drop_version
from tests.flows.test_offboard_tenant import copies
from tests.flows.world import World

PATH = [
    *("Begin", "Vet artifact", "Register version", "Place version", "Anything to apply?", "Apply plan"),
    *("Check plan", "Settled?", "Preload model", "Prove model", "Swap version", "To be judged?"),
    *("Admit releases", "Announce"),
]
OPTIONS = ("real-time", "serverless")


def silo(serving: str = "real-time", **more: Any) -> dict[str, Any]:
    """A silo tenant with one model, which scikit-learn serves."""
    model = {"serving": serving, "framework": "sklearn", "sample": SAMPLE} | more
    return {"isolation": "silo", "notify": ["ml@acme.example"], "models": {"churn": model}}


def onboarded(world: World, profile: dict[str, Any]) -> World:
    world.drop("tenants/acme.json", profile)
    world.run()
    assert world.tenant("acme").state == "READY", world.tenant("acme").reason
    return world


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


@pytest.fixture(params=OPTIONS)
def own(request: pytest.FixtureRequest, world: World) -> World:
    """Version 1 is live, on an endpoint of its own."""
    onboarded(world, silo(request.param))
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    return world


def host(world: World, version: str) -> HostRow | None:
    row = world.version("acme", "churn", version)
    return world.twins.registry.get(HostRow, HostRow.at(row.host))


def standing(world: World) -> set[str]:
    """Names of all endpoints, configurations and models there are."""
    control = world.twins.hosting.control
    return {*(name for name in control.endpoints if control.find(name)), *control.configs, *control.models}


def once(path: list[str]) -> list[str]:
    """The path without its waiting."""
    waits = {"Wait for SageMaker"}
    kept = [state for state in path if state not in waits]
    return [state for number, state in enumerate(kept) if state not in kept[:number]]


def test_a_version_goes_live_on_an_endpoint_of_its_own(own: World) -> None:
    row, found = own.version("acme", "churn", "1"), host(own, "1")
    assert found is not None
    assert (row.host, found.fleet, standing(own)) == (f"own-{row.upload}", "", {found.endpoint})
    assert found.endpoint == f"tenantry-acme-churn-{row.upload}"
    assert once(own.last("release-model").path) == PATH
    assert (row.answer, own.route("acme", "churn").host) == ("answer of 1", row.host)  # type: ignore[union-attr]


def test_everything_made_is_tagged(own: World) -> None:
    for call in own.twins.hosting.calls:
        if "Tags" in call.params:
            tags = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
            assert tags == {
                "tenantry:stack": "tenantry",
                "tenantry:tenant": "acme",
                "tenantry:model": "churn",
                "tenantry:version": "1",
            }


def test_the_next_version_is_made_beside_it_and_the_old_one_goes_after_its_grace(own: World) -> None:
    old = host(own, "1")
    drop_version(own, "2")
    own.run(until=timedelta(minutes=20))
    new = host(own, "2")
    assert old is not None
    assert new is not None
    assert own.version("acme", "churn", "1").state == "STANDBY"
    assert standing(own) == {old.endpoint, new.endpoint}
    own.run(until=timedelta(hours=30))
    assert own.version("acme", "churn", "1").state == "RETIRED"
    assert standing(own) == {new.endpoint}
    assert host(own, "1") is None
    assert copies(own) == [own.version("acme", "churn", "2").serving_key]


def test_a_rollback_in_its_grace_is_one_write(own: World) -> None:
    drop_version(own, "2")
    own.run(until=timedelta(minutes=20))
    calls, before = len(own.twins.hosting.calls), own.route("acme", "churn")
    back = rollback("acme", "churn", None, own.twins)
    after = own.route("acme", "churn")
    assert before is not None
    assert after is not None
    assert (back.version, after.host, after.generation) == (
        "1",
        own.version("acme", "churn", "1").host,
        before.generation + 1,
    )
    assert len(own.twins.hosting.calls) == calls


@pytest.mark.parametrize("flaw", ["does not answer", "answers with an error"])
def test_what_a_failed_release_made_is_removed_and_the_old_version_serves(own: World, flaw: str) -> None:
    kept = standing(own)
    if flaw == "does not answer":
        own.fail("preload_model", ReleaseFailed("not warm"), times=9)
        drop_version(own, "2")
    else:
        drop_version(own, "2", body=archive("answer of 2", loads=False))
    own.run(until=timedelta(minutes=30))
    row = own.version("acme", "churn", "2")
    assert row.state == "FAILED", row.reason
    assert "What it made is being removed; version 1 keeps serving" in row.reason
    own.run(until=timedelta(hours=2))
    assert standing(own) == kept
    assert copies(own) == [own.version("acme", "churn", "1").serving_key]
    assert host(own, "2") is None


def test_an_endpoint_that_ends_failed_is_told_in_sagemakers_words(own: World) -> None:
    kept = standing(own)
    control = own.twins.hosting.control
    own.bend("place_version", lambda placed: _doomed(placed, control))
    drop_version(own, "2")
    own.run(until=timedelta(minutes=30))
    row = own.version("acme", "churn", "2")
    assert (row.state, "The primary container did not pass the ping health check" in row.reason) == ("FAILED", True)
    own.run(until=timedelta(hours=2))
    assert standing(own) == kept


def _doomed(placed: dict[str, Any], control: Any) -> dict[str, Any]:
    [name] = placed["plan"]["in_service"]
    control.doom(name, "The primary container did not pass the ping health check.")
    return placed


def test_offboarding_leaves_no_endpoint_and_says_so(own: World) -> None:
    drop_version(own, "2")
    own.run(until=timedelta(minutes=20))
    own.delete("tenants/acme.json")
    own.run(until=timedelta(hours=30))
    tenant = own.tenant("acme")
    assert tenant.state == "OFFBOARDED", tenant.reason
    assert (standing(own), copies(own)) == (set(), [])
    assert set(tenant.inventory["left"].values()) == {0}


def test_it_scales_before_it_takes_traffic_and_starts_with_what_the_old_one_has(world: World) -> None:
    onboarded(world, silo(instances={"min": 1, "max": 4}))
    drop_version(world, "1")
    world.run()
    first = host(world, "1")
    assert first is not None
    path = world.last("release-model").path
    assert path.index("Apply rest") < path.index("Preload model")
    world.twins.hosting.control.existing(first.endpoint).desired = 3
    drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    second = host(world, "2")
    assert second is not None
    config = world.twins.hosting.control.configs[second.endpoint]["ProductionVariants"][0]
    assert (second.instances, config["InitialInstanceCount"]) == (3, 3)
    targets = world.twins.hosting.control.targets
    assert targets[f"endpoint/{second.endpoint}/variant/all"]["MaxCapacity"] == 4


@pytest.mark.parametrize(("settings", "memory"), [({}, 1024), ({"serverless": {"memory": 4096}}, 4096)])
def test_a_serverless_endpoint_has_memory_for_its_artifact(world: World, settings: dict[str, Any], memory: int) -> None:
    onboarded(world, silo("serverless", **settings))
    drop_version(world, "1")
    world.run()
    [config] = world.twins.hosting.control.configs.values()
    assert config["ProductionVariants"][0]["ServerlessConfig"] == {"MemorySizeInMB": memory, "MaxConcurrency": 5}


def test_a_profile_that_changes_its_option_moves_what_is_live_and_the_next_version_follows(world: World) -> None:
    onboarded(world, silo("real-time"))
    drop_version(world, "1")
    world.run()
    onboarded(world, silo("serverless"))
    left = world.versions("acme", "churn", "1")[0].retire_at
    assert left is not None
    assert left - world.now() <= timedelta(hours=1), "instances that stand by bill, whatever replaced them"
    drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    found = host(world, "2")
    assert found is not None
    assert (world.version("acme", "churn", "2").state, found.serving) == ("LIVE", "serverless")
    world.run(until=timedelta(hours=30))
    assert standing(world) == {found.endpoint}


def test_an_endpoint_that_is_made_after_its_tenant_left_goes_all_the_same(own: World) -> None:
    """The plan waits for its turn while the tenant is offboarded; nobody has told SageMaker anything yet."""
    onboarded(own, silo() | {"offboard_after": 0})
    own.twins.hosting.faults.fail_next("CreateModel", Unavailable("its turn is too far away"), times=8)
    drop_version(own, "2")
    own.run(until=timedelta(seconds=5))
    own.delete("tenants/acme.json")
    own.run(until=timedelta(hours=2))
    assert own.version("acme", "churn", "2").state == "FAILED"
    made = [call.params["EndpointName"] for call in own.twins.hosting.calls if call.operation == "CreateEndpoint"]
    assert own.version("acme", "churn", "2").upload in made[-1]
    assert (own.tenant("acme").state, standing(own)) == ("OFFBOARDED", set())
