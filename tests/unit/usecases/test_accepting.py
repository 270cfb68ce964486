"""A tenant's profile that is well-formed but cannot be put into force."""

from typing import Any

import pytest

from tenantry.domain.tenants import TenantState
from tenantry.domain.versions import State
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World

SAMPLE = {"body": "1"}


def silo(serving: str, **more: Any) -> dict[str, Any]:
    model = {"serving": serving, "framework": "sklearn", "sample": SAMPLE} | more
    return {"isolation": "silo", "models": {"churn": model}}


def user(owner: str, **more: Any) -> dict[str, Any]:
    return {"isolation": "pool", "owner": owner, "shared": {"risk": {}}} | more


REFUSED = {
    "a schedule that is none": (
        silo("batch-transform", batch={"schedule": "every night"}),
        '"every night" is no schedule: it is neither cron(...) nor rate(...); cron(0 2 * * ? *) is every night',
    ),
    "no network for jobs": (silo("batch-transform", network=True), "a transform job has no network isolation"),
    "a type that jobs do not run on": (
        silo("batch-transform", batch={"instance_type": "ml.c5.large"}),
        "transform jobs do not run on ml.c5.large",
    ),
    "nothing shared": ({"isolation": "pool", "owner": "vendor"}, "owner: name the models that are shared"),
    "nobody's model": ({"isolation": "pool", "shared": {"risk": {}}}, "shared: name the tenant whose models they are"),
    "an owner that is not there": (user("nobody"), "there is no tenant nobody: drop tenants/nobody.json first"),
    "a share of one's own": (user("acme"), "owner: models of tenant acme itself belong under models"),
    "a shared model in a silo": (user("vendor", isolation="silo"), "shared: only isolation pool shares a model"),
    "one's own and shared": (
        user("vendor", models=tenant_profile("risk")["models"]),
        "shared.risk: it is named under models, too",
    ),
    "an unknown image": (silo("real-time", framework_version="0.1"), "sklearn has no 0.1"),
    "no image": (silo("real-time", framework=None), "a host of its own needs an image"),
    "a fleet for a host of its own": (silo("real-time", fleet="sklearn"), "has hosts of its own: leave fleet out"),
    "instances for serverless": (silo("serverless", instances={"min": 2}), "a serverless endpoint has no instances"),
    "serverless for instances": (silo("real-time", serverless={"memory": 2048}), "belongs to serving serverless"),
    "memory that serverless has not": (silo("serverless", serverless={"memory": 1500}), "serverless.memory"),
    "more provisioned than concurrent": (
        silo("serverless", serverless={"concurrency": 2, "provisioned": 3}),
        "provisioned 3 is above concurrency 2",
    ),
    "a burstable type that scales": (
        silo("real-time", instance_type="ml.t2.medium", instances={"min": 1, "max": 2}),
        "cannot scale by itself",
    ),
    "a host's settings on a shared host": (
        {
            "isolation": "bridge",
            "models": {"churn": {"serving": "multi-model", "fleet": "sklearn", "network": True, "sample": SAMPLE}},
        },
        "on a shared host that is the fleet's to say",
    ),
    "a silo on a shared host": (
        tenant_profile("churn") | {"isolation": "silo"},
        "a multi-model endpoint is a shared host",
    ),
    "an unknown fleet": (
        {"isolation": "bridge", "models": {"churn": {"serving": "multi-model", "fleet": "nowhere", "sample": SAMPLE}}},
        "there is no fleet nowhere: drop fleets/nowhere.json first",
    ),
    "an unknown setting": (tenant_profile("churn") | {"color": "red"}, "color: there is no such setting"),
}


@pytest.mark.parametrize(("profile", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_first_profile_is_rejected_with_a_sentence(world: World, profile: dict[str, Any], sentence: str) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", profile)
    world.run()
    row = world.tenant("acme")
    assert (row.state, sentence in row.reason) == (TenantState.REJECTED, True)
    assert [notice.reason for notice in world.notices("") if notice.about == "tenant"] == [row.reason]


@pytest.mark.parametrize(("profile", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_update_leaves_the_tenant_as_it_was(serving: World, profile: dict[str, Any], sentence: str) -> None:
    before = serving.tenant("acme")
    serving.drop("tenants/acme.json", profile)
    serving.run()
    after = serving.tenant("acme")
    assert (after.state, after.profile, after.source) == (TenantState.READY, before.profile, before.source)
    assert sentence in [notice.reason for notice in serving.notices("acme") if notice.about == "tenant"][-1]
    drop_version(serving, "2")
    serving.run()
    assert serving.version("acme", "churn", "2").state is State.LIVE


def test_numbers_cannot_be_taken_back(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", tenant_profile("churn", order="number"))
    drop_version(world, "7")
    world.run()
    assert world.version("acme", "churn", "7").state is State.LIVE
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    assert 'it stays "number"' in [one.reason for one in world.notices("acme") if one.about == "tenant"][-1]


def test_a_profile_that_is_mended_is_put_into_force(world: World) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", b"{")
    world.run()
    assert world.tenant("acme").state is TenantState.REJECTED
    world.twins.clock.sleep(1)
    world.drop("tenants/acme.json", tenant_profile("churn"))
    world.run()
    assert world.tenant("acme").state is TenantState.READY
