"""onboard_tenant: a tenant profile comes into force, or is refused with a sentence."""

import pytest

from tests.flows.archives import archive
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World

HAPPY = [
    "Begin",
    "Register tenant",
    "Open channel",
    "Warm tenant",
    "Set schedules",
    "Settle tenant",
    "Admit releases",
    "Announce",
    "Ended",
]
REFUSED = ["Settle tenant as failed", "Admit releases", "Announce", "Ended"]


def with_fleet(world: World) -> World:
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    return world


def test_a_tenant_is_onboarded_and_told(world: World) -> None:
    with_fleet(world).drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    tenant, run = world.tenant("acme"), world.last("onboard-tenant")
    assert (run.status, run.path) == ("SUCCEEDED", HAPPY)
    assert tenant.state == "READY"
    assert world.twins.channels.topics[tenant.topic_arn] == {"ml@acme.example"}
    assert [mail.topic_arn for mail in world.twins.channels.mails].count(tenant.topic_arn) == 1


def test_a_model_that_came_before_its_tenant_is_held_and_then_released(world: World) -> None:
    with_fleet(world).events = False
    drop_version(world, "1")
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.events = True
    world.replay()
    world.run()
    version = world.version("acme", "churn", "1")
    assert version.state == "LIVE"
    assert "HELD" in [move.state for move in version.moves]


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        (b"{", "not JSON"),
        ({"isolation": "bridge", "colour": "red"}, "colour: there is no such setting"),
        (tenant_profile("churn") | {"isolation": "silo"}, "multi-model"),
        (tenant_profile("churn", fleet_="x"), "no such setting"),
    ],
    ids=["no JSON", "an unknown key", "an impossible combination", "another unknown key"],
)
def test_a_bad_profile_is_rejected_with_a_sentence(world: World, profile: object, sentence: str) -> None:
    with_fleet(world).drop("tenants/acme.json", profile)  # type: ignore[arg-type]
    world.run()
    run, tenant = world.last("onboard-tenant"), world.tenant("acme")
    assert (run.status, run.path) == ("SUCCEEDED", ["Begin", "Register tenant", *REFUSED])
    assert (tenant.state, sentence in tenant.reason) == ("REJECTED", True), tenant.reason
    assert [notice.state for notice in world.notices("") if notice.about == "tenant"] == ["REJECTED"]


def test_an_unknown_fleet_is_named(world: World) -> None:
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    assert world.tenant("acme").state == "REJECTED"
    assert "fleets/sklearn.json" in world.tenant("acme").reason


@pytest.mark.parametrize("step", ["Register tenant", "Open channel", "Warm tenant", "Set schedules", "Settle tenant"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_step_that_fails_ends_failed(world: World, step: str, after: bool) -> None:
    world.fail(step.lower().replace(" ", "_"), RuntimeError("boom"), after=after)
    with_fleet(world).drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    run = world.last("onboard-tenant")
    assert (run.status, run.path) == ("SUCCEEDED", [*HAPPY[: HAPPY.index(step) + 1], *REFUSED])
    if step == "Settle tenant" and after:
        assert world.tenant("acme").state == "READY", "what was committed stays"
        return
    assert world.tenant("acme").state == "FAILED"
    assert step in world.tenant("acme").reason


def test_a_bad_update_leaves_the_profile_in_force(serving: World) -> None:
    serving.drop("tenants/acme.json", {"isolation": "bridge", "colour": "red"})
    serving.run()
    tenant = serving.tenant("acme")
    assert serving.last("onboard-tenant").path == ["Begin", "Register tenant", *REFUSED]
    assert tenant.state == "READY"
    assert tenant.profile is not None
    assert list(tenant.profile.models) == ["churn"]
    assert [n.state for n in serving.notices("acme") if n.about == "tenant"] == ["READY", "REJECTED"]


def test_what_dies_gets_its_end_from_the_coroner(world: World) -> None:
    world.fail("open_channel", RuntimeError("boom"))
    world.fail("settle_tenant", RuntimeError("worse"))
    with_fleet(world).drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    run = world.last("onboard-tenant")
    assert (run.status, run.path[-2:]) == ("FAILED", ["Settle tenant as failed", "Died"])
    assert world.tenant("acme").state == "FAILED"


def test_two_tenants_do_not_meet(serving: World) -> None:
    serving.drop("tenants/acme-eu.json", tenant_profile("churn", notify=["eu@acme.example"]))
    serving.run()
    drop_version(serving, "1", tenant="acme-eu", body=archive("the other one's"))
    serving.run()
    ours, theirs = serving.route("acme", "churn"), serving.route("acme-eu", "churn")
    assert ours is not None
    assert theirs is not None
    assert ours.target != theirs.target
    topics = {
        notice.tenant: topic
        for topic, notice in serving.twins.channels.notices
        if notice.tenant and "Operator" not in topic
    }
    assert topics["acme"] == serving.tenant("acme").topic_arn
    assert topics["acme-eu"] == serving.tenant("acme-eu").topic_arn
