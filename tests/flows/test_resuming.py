"""A tenant that was suspended comes back: no route leads anywhere before its version is warm and answers again."""

from datetime import timedelta

import pytest

from tenantry.domain.hosting import Answer
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.writes import Put
from tests.flows.archives import behave
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World

SILENT = Answer(outcome="model_error", took_ms=1, status=400, message="the database is away")


@pytest.fixture
def suspended(serving: World) -> World:
    """Version 1 was live; then the tenant was suspended, and its model was pushed out of memory."""
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(minutes=10))
    for name in serving.twins.hosting.control.endpoints:
        for number in range(2):
            serving.twins.hosting.replace_instance(name, number)
    assert serving.tenant("acme").state == "SUSPENDED"
    return serving


def restore(world: World, *models: str, **more: object) -> None:
    world.drop("tenants/acme.json", tenant_profile(*(models or ("churn",)), **more))
    world.run(until=timedelta(minutes=20))
    assert world.tenant("acme").state == "READY"


def is_loaded(world: World) -> bool:
    route = world.route("acme", "churn")
    assert route is not None
    endpoint = next(iter(world.twins.hosting.control.endpoints))
    return all(route.target in held for held in world.twins.hosting.loaded(endpoint))


def silence(world: World) -> None:
    """No model answers any more."""
    world.twins.hosting.behave = lambda *_: SILENT


def led(world: World) -> bool:
    route = world.route("acme", "churn")
    assert route is not None
    return not route.suspended


def test_a_route_resumes_with_its_tenant_and_its_version_is_loaded_everywhere(suspended: World) -> None:
    cold_at_ready: list[bool] = []
    suspended.bend("settle_tenant", lambda answer: (cold_at_ready.append(not is_loaded(suspended)), answer)[1])
    restore(suspended)
    assert (led(suspended), cold_at_ready) == (True, [False])
    assert suspended.tenant("acme").cold == ()
    told = [one for one in suspended.notices("acme") if one.state == "READY"]
    assert [one.reason for one in told] == ["its profile is in force"] * 2


def test_a_version_that_cannot_be_warmed_stays_suspended_and_both_are_told(suspended: World) -> None:
    silence(suspended)
    restore(suspended)
    assert (led(suspended), suspended.tenant("acme").cold) == (False, ("churn",))
    for audience in ("acme", ""):
        told = [one for one in suspended.notices(audience) if one.about == "tenant"][-1]
        assert (told.state, told.step) == ("READY", "Warm tenant")
        assert "still suspended" in told.reason
        assert "churn version 1" in told.reason
        assert "probed every five minutes" in told.fix


def test_keep_warm_lets_it_lead_again_once_it_answers(suspended: World) -> None:
    silence(suspended)
    restore(suspended)
    suspended.invoke("keep_warm", {})
    assert not led(suspended), "it still answers nothing"
    suspended.twins.hosting.behave = behave
    suspended.invoke("keep_warm", {})
    assert (led(suspended), is_loaded(suspended), suspended.tenant("acme").cold) == (True, True, ())
    told = [one for one in suspended.notices("acme") if one.about == "tenant"][-1]
    assert told.reason == "model churn serves again: version 1 is loaded and answers"
    written = suspended.route("acme", "churn")
    suspended.invoke("keep_warm", {})
    assert suspended.route("acme", "churn") == written


def test_a_tenant_that_is_suspended_again_is_not_led_anywhere_by_keep_warm(suspended: World) -> None:
    silence(suspended)
    restore(suspended)
    suspended.delete("tenants/acme.json")
    suspended.run(until=timedelta(minutes=1))
    suspended.twins.hosting.behave = behave
    suspended.invoke("keep_warm", {})
    assert (suspended.tenant("acme").state, led(suspended)) == ("SUSPENDED", False)


def test_a_new_version_goes_live_although_the_old_one_stayed_cold(suspended: World) -> None:
    silence(suspended)
    restore(suspended)
    suspended.twins.hosting.behave = behave
    drop_version(suspended, "2")
    suspended.run(until=timedelta(minutes=10))
    route = suspended.route("acme", "churn")
    assert route is not None
    assert (route.version, led(suspended)) == ("2", True)
    suspended.invoke("keep_warm", {})
    assert suspended.tenant("acme").cold == ()


def test_a_model_that_the_restored_profile_does_not_name_stays_suspended(suspended: World) -> None:
    restore(suspended, "other")
    assert (led(suspended), suspended.tenant("acme").cold) == (False, ("churn",))


def test_a_sample_answered_otherwise_than_expected_does_not_resume(suspended: World) -> None:
    restore(suspended, sample={"content_type": "text/csv", "body": "1", "expect": "something else"})
    assert (led(suspended), suspended.tenant("acme").cold) == (False, ("churn",))


def test_a_restore_that_meets_a_roll_is_warm_wherever_the_host_is_about_to_stand(suspended: World) -> None:
    suspended.twins.clock.sleep(1)
    suspended.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    suspended.run(until=timedelta(seconds=150))
    restore(suspended)
    assert led(suspended)
    endpoints = [name for name in suspended.twins.hosting.control.endpoints if suspended.twins.hosting.endpoint(name)]
    route = suspended.route("acme", "churn")
    assert route is not None
    assert len(endpoints) == 2
    for name in endpoints:
        assert any(route.target in held for held in suspended.twins.hosting.loaded(name)), name


def test_an_execution_from_before_this_release_leaves_it_to_keep_warm(suspended: World) -> None:
    """Its machine has no state that warms, so nothing was shown warm when it settles."""
    suspended.fail("warm_tenant", RuntimeError("boom"))
    suspended.drop("tenants/acme.json", tenant_profile("churn"))
    suspended.run(until=timedelta(minutes=20))
    row = suspended.tenant("acme")
    assert (row.state, "Warm tenant" in row.reason, led(suspended)) == ("FAILED", True, False)
    payload = suspended.last("onboard-tenant").payload
    profile = TenantProfile.model_validate(tenant_profile("churn"))
    suspended.twins.registry.commit(Put(row=row.but(owner=payload["execution"], profile=profile)))
    suspended.invoke("settle_tenant", payload)
    assert (suspended.tenant("acme").state, led(suspended)) == ("READY", False)
    suspended.invoke("keep_warm", {})
    assert led(suspended)
