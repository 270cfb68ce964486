"""A fleet that is one tenant's own: a silo tenant's components run on it, and nobody else's anything."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flows.conftest import FLEET, SAMPLE, drop_version, tenant_profile
from tests.flows.test_own_hosts import standing
from tests.flows.world import World

SOON = timedelta(minutes=20)
PARTS = FLEET | {"serving": "inference-component"}
OWN = PARTS | {"tenant": "acme"}


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


def components(fleet: str, isolation: str = "silo", **more: Any) -> dict[str, Any]:
    model = {"serving": "inference-component", "fleet": fleet, "sample": SAMPLE}
    return {"isolation": isolation, "notify": ["ml@acme.example"], "models": {"churn": model}} | more


def fleet(world: World, name: str, profile: dict[str, Any]) -> str:
    """What became of its newest profile, in words."""
    world.twins.clock.sleep(1)
    world.drop(f"fleets/{name}.json", profile)
    world.run(until=SOON)
    return next(one.reason for one in reversed(world.notices("")) if one.fleet == name)


def tenant(world: World, profile: dict[str, Any], name: str = "acme") -> str:
    """As above."""
    world.twins.clock.sleep(1)
    world.drop(f"tenants/{name}.json", profile)
    world.run(until=timedelta(minutes=5))
    told = [one for one in (*world.notices(name), *world.notices("")) if one.about == "tenant" and one.tenant == name]
    return max(told, key=lambda one: one.at).reason


@pytest.fixture
def own(world: World) -> World:
    """Version 1 of a silo tenant is live as a component on a fleet of its own."""
    fleet(world, "mine", OWN)
    assert tenant(world, components("mine", offboard_after=0)) == "its profile is in force"
    drop_version(world, "1")
    world.run(until=SOON)
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    return world


def test_a_silo_tenants_component_runs_on_a_fleet_of_its_own(own: World) -> None:
    route = own.route("acme", "churn")
    assert route
    assert route.host == "fleet-mine"
    [made] = [call for call in own.twins.hosting.calls if call.operation == "CreateEndpoint"]
    tags = {tag["Key"]: tag["Value"] for tag in made.params["Tags"]}
    assert (tags["tenantry:fleet"], tags["tenantry:tenant"]) == ("mine", "acme")


@pytest.mark.parametrize(
    ("name", "profile", "why"),
    [
        ("globex", components("mine"), "models.churn.fleet: fleet mine is tenant acme's own"),
        ("globex", components("mine", "bridge"), "models.churn.fleet: fleet mine is tenant acme's own"),
        (
            "globex",
            components("parts"),
            (
                "models.churn.fleet: a silo tenant shares no hosts, and fleet parts is not its own: name one whose "
                'profile says "tenant": "globex", or use serving real-time'
            ),
        ),
    ],
    ids=["another silo", "a bridge", "a silo on a shared fleet"],
)
def test_whose_fleet_it_is_decides_who_may_use_it(own: World, name: str, profile: dict[str, Any], why: str) -> None:
    fleet(own, "parts", PARTS)
    assert tenant(own, profile, name) == why
    assert own.tenant(name).state == "REJECTED"


def test_a_bridge_tenant_may_have_a_fleet_of_its_own_too(own: World) -> None:
    assert tenant(own, components("mine", "bridge")) == "its profile is in force"
    own.run(until=SOON)
    assert len(own.versions("acme", "churn")) == 1, "what is where it should be does not move"


@pytest.mark.parametrize(
    ("profile", "becomes"), [(PARTS, "shared"), (PARTS | {"tenant": "globex"}, "tenant globex's own")]
)
def test_whose_fleet_it_is_does_not_change_while_it_is_used(own: World, profile: dict[str, Any], becomes: str) -> None:
    why = f"fleet mine cannot become {becomes} while in use by acme: name another one there first"
    assert fleet(own, "mine", profile) == why
    assert own.fleet("mine").state == "READY"


def test_a_shared_fleet_becomes_nobodys_own_while_others_are_on_it(world: World) -> None:
    fleet(world, "sklearn", FLEET)
    for name in ("acme", "globex"):
        tenant(world, tenant_profile("churn"), name)
        drop_version(world, "1", tenant=name)
        world.run(until=SOON)
    why = fleet(world, "sklearn", FLEET | {"tenant": "acme"})
    assert why.startswith("fleet sklearn cannot become tenant acme's own while in use by globex")
    tenant(world, {"isolation": "bridge", "models": {}, "offboard_after": 0}, "globex")
    world.delete("tenants/globex.json")
    world.run(until=timedelta(hours=1))
    assert fleet(world, "sklearn", FLEET | {"tenant": "acme"}) == "in service with its newest profile"
    assert world.version("acme", "churn", "1").state == "LIVE"


def test_what_the_fleet_turns_out_to_be_is_told_when_the_version_is_placed(world: World) -> None:
    """The tenant's profile was accepted while the fleet's lay there, and nobody had read it."""
    world.slow_down(create=300)
    world.drop("fleets/mine.json", PARTS)
    assert tenant(world, components("mine")) == "its profile is in force"
    drop_version(world, "1")
    world.run(until=SOON)
    row = world.version("acme", "churn", "1")
    assert row.state == "FAILED"
    assert "a silo tenant shares no hosts, and fleet mine is not its own" in row.reason


def test_offboarding_keeps_the_fleet_and_says_so(own: World) -> None:
    own.delete("tenants/acme.json")
    own.run(until=timedelta(hours=2))
    row = own.tenant("acme")
    assert row.state == "OFFBOARDED", row.reason
    assert row.reason.endswith("; its own hosts remain: delete fleets/mine.json where they are not needed")
    assert row.inventory["kept_on_purpose"]["fleets"] == ["fleets/mine.json"]
    own.delete("fleets/mine.json")
    own.run(until=timedelta(hours=2))
    assert (own.fleet("mine").state, standing(own)) == ("DELETED", set())


def test_auto_takes_no_fleet_of_another_tenants(world: World) -> None:
    fleet(world, "mine", FLEET | {"tenant": "acme"})
    choosing = {"serving": "auto", "framework": "sklearn", "sample": SAMPLE}
    for name in ("acme", "globex"):
        tenant(world, {"isolation": "bridge", "models": {"churn": choosing}}, name)
        drop_version(world, "1", tenant=name)
        world.run(until=SOON)
    assert world.version("acme", "churn", "1").host == "fleet-mine"
    row = world.version("globex", "churn", "1")
    assert row.state == "REJECTED"
    assert row.reason.startswith("no serving option is possible with these needs"), row.reason


def test_a_tenant_is_promoted_to_components_of_its_own(world: World) -> None:
    fleet(world, "parts", PARTS)
    tenant(world, components("parts", "bridge"))
    drop_version(world, "1")
    world.run(until=SOON)
    fleet(world, "mine", OWN)
    tenant(world, components("mine"))
    world.run(until=SOON)
    old, new = world.versions("acme", "churn")
    assert (old.state, new.state, new.host) == ("STANDBY", "LIVE", "fleet-mine"), new.reason
