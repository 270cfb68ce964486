"""offboard_tenant: suspended at once, gone after its time, back at any moment before."""

from datetime import timedelta

import pytest

from tenantry.domain.errors import Unavailable
from tests.flows.conftest import drop_version, tenant_profile
from tests.flows.twins import SERVING
from tests.flows.world import World

SUSPENDED = ["Begin", "Suspend tenant", "Announce suspension", "Wait for offboarding"]
CLOSED = [*SUSPENDED, "Retire tenant", "All retired?", "Close tenant", "Announce", "Ended"]
FAILED = ["Settle tenant", "Announce", "Ended"]


def copies(world: World) -> list[str]:
    return [one.key for one in world.twins.artifacts.listing(SERVING, "")]


def test_a_deleted_tenant_is_suspended_at_once_and_gone_after_a_day(serving: World) -> None:
    topic = serving.tenant("acme").topic_arn
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(minutes=1))
    route = serving.route("acme", "churn")
    assert route is not None
    assert (serving.tenant("acme").state, route.suspended, len(copies(serving))) == ("SUSPENDED", True, 1)
    began = serving.now()
    serving.run()
    tenant, run = serving.tenant("acme"), serving.last("offboard-tenant")
    assert (run.status, run.path) == ("SUCCEEDED", CLOSED)
    assert timedelta(hours=23) < serving.now() - began < timedelta(hours=25)
    assert tenant.state == "OFFBOARDED"
    assert set(tenant.inventory["left"].values()) == {0}
    assert (serving.route("acme", "churn"), copies(serving)) == (None, [])
    assert topic not in serving.twins.channels.topics
    assert [n.state for n in serving.notices("") if n.tenant == "acme" and n.about == "tenant"] == [
        "SUSPENDED",
        "OFFBOARDED",
    ]


def test_a_profile_that_comes_back_in_time_cancels(serving: World) -> None:
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(hours=1))
    serving.drop("tenants/acme.json", tenant_profile("churn"))
    serving.run()
    run, route = serving.last("offboard-tenant"), serving.route("acme", "churn")
    assert run.path == [*SUSPENDED, "Retire tenant", "All retired?", "Ended"]
    assert route is not None
    assert (serving.tenant("acme").state, route.suspended, len(copies(serving))) == ("READY", False, 1)


def test_an_open_release_of_a_suspended_tenant_ends(serving: World) -> None:
    serving.fail("prove_model", Unavailable("busy"), times=5)
    drop_version(serving, "2")
    serving.run(until=timedelta(seconds=8))
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(hours=1))
    version = serving.version("acme", "churn", "2")
    assert version.state == "FAILED"
    assert version.reason == "the tenant was suspended. What it made was removed; the model's route is suspended."
    assert (version.copied, len(copies(serving))) == (False, 1)
    assert serving.last("release-model").path[-4:] == [
        "Prove model",
        "Settle release",
        "Admit releases",
        "Announce",
    ]


def test_many_versions_take_several_rounds(serving: World) -> None:
    for number in range(2, 24):
        drop_version(serving, str(number))
        serving.run()
    serving.delete("tenants/acme.json")
    serving.run()
    assert serving.last("offboard-tenant").path.count("Retire tenant") == 2
    assert serving.tenant("acme").state == "OFFBOARDED"
    assert copies(serving) == []


@pytest.mark.parametrize("step", ["Suspend tenant", "Retire tenant", "Close tenant"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_step_that_fails_is_told(serving: World, step: str, after: bool) -> None:
    serving.fail(step.lower().replace(" ", "_"), RuntimeError("boom"), after=after)
    serving.delete("tenants/acme.json")
    serving.run()
    run = serving.last("offboard-tenant")
    assert (run.status, run.path) == ("SUCCEEDED", [*CLOSED[: CLOSED.index(step) + 1], *FAILED])


def test_it_does_not_go_round_for_ever(serving: World) -> None:
    serving.bend("retire_tenant", lambda answer: answer | {"left": 1})
    serving.delete("tenants/acme.json")
    serving.run()
    run = serving.last("offboard-tenant")
    assert run.path.count("Retire tenant") == 600
    assert run.path[-4:] == ["All retired?", *FAILED]


def test_what_dies_is_closed_by_the_coroner(serving: World) -> None:
    serving.fail("close_tenant", RuntimeError("boom"))
    serving.fail("settle_tenant", RuntimeError("worse"))
    serving.delete("tenants/acme.json")
    serving.run()
    run = serving.last("offboard-tenant")
    assert (run.status, run.path[-2:]) == ("FAILED", ["Settle tenant", "Died"])
