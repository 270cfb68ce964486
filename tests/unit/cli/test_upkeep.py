"""doctor and destroy."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tenantry.domain.profiles import TenantProfile
from tenantry.domain.tenants import FleetState, TenantRow, TenantState
from tenantry_cli.world import Address, Thing
from tests.unit.cli.world import FakeEstate, TwinWorld, fleet, host, tenant

ENDPOINT = Thing("endpoint", "stack-e", "arn:e")
MODEL = Thing("model", "stack-m", "arn:m")


def verdicts(world: TwinWorld) -> dict[str, str]:
    return {one["check"]: one["verdict"] for one in world.json("doctor")}


def test_a_healthy_installation_passes_every_check(world: TwinWorld) -> None:
    world.has(fleet(), host())
    assert verdicts(world) == {
        "stack deployed": "ok",
        "drop bucket tells EventBridge": "ok",
        "EventBridge rules armed": "ok",
        "dead-letter queues": "ok",
        "e-mail confirmed": "ok",
        "quota for ml.m5.large": "ok",
        "image of fleet sklearn": "ok",
    }
    assert world.run("doctor").exit_code == 0


def test_each_trouble_is_named_with_what_to_do(world: TwinWorld) -> None:
    world.has(fleet(), host())
    account = world.account
    account.state, account.enabled, account.tells = "ROLLBACK_COMPLETE", {"DropRule": False}, False
    account.letters, account.there, account.quota = {"IntakeDeadLetters": 3}, False, 3
    account.mail = [Address("stack-acme", "ml@acme.example", confirmed=False)]
    result = world.run("doctor")
    assert result.exit_code == 1
    assert set(verdicts(world).values()) == {"bad"}
    for words in ("ROLLBACK_COMPLETE", "DropRule", "IntakeDeadLetters holds 3", "ml@acme.example", "twice the fleets"):
        assert words in result.stdout
    assert result.stdout.count("→") == 7


def test_twice_the_fleet_is_the_sum_over_fleets_of_a_type_that_are_not_gone(world: TwinWorld) -> None:
    world.has(fleet("a"), fleet("b"), fleet("c", state=FleetState.DELETED))
    assert verdicts(world)["quota for ml.m5.large"] == "ok"
    world.account.quota = 7
    assert verdicts(world)["quota for ml.m5.large"] == "bad"


def silo(name: str, kind: str = "ml.m5.large", **model: Any) -> TenantRow:
    own = {"framework": "sklearn", "sample": {"body": "1"}, "serving": "real-time", "instance_type": kind} | model
    profile = TenantProfile.model_validate({"isolation": "silo", "models": {"churn": own, "fraud": own}})
    return tenant(name).but(profile=profile)


def test_models_with_endpoints_of_their_own_need_twice_their_most_instances_too(world: TwinWorld) -> None:
    world.has(fleet(), tenant("bridge"), silo("acme", instances={"min": 1, "max": 2}), silo("other", "ml.c5.large"))
    assert verdicts(world)["quota for ml.m5.large"] == "bad"
    world.account.quota = 4 + 2 * (2 + 2)
    seen = verdicts(world)
    assert (seen["quota for ml.m5.large"], seen["quota for ml.c5.large"]) == ("ok", "unknown")


@pytest.mark.parametrize("state", [TenantState.OFFBOARDED, TenantState.REJECTED])
def test_a_tenant_that_is_gone_needs_no_instances(world: TwinWorld, state: TenantState) -> None:
    world.has(silo("acme").but(state=state))
    assert "quota for ml.m5.large" not in verdicts(world)


@pytest.mark.parametrize(("endpoints", "at_once", "verdict"), [(2, 40, "ok"), (1, 40, "bad"), (2, 39, "bad")])
def test_a_serverless_model_needs_two_endpoints_and_twice_its_concurrency(
    world: TwinWorld, endpoints: int, at_once: int, verdict: str
) -> None:
    own = {"framework": "sklearn", "sample": {"body": "1"}, "serving": "serverless", "serverless": {"concurrency": 20}}
    world.has(tenant().but(profile=TenantProfile.model_validate({"isolation": "silo", "models": {"churn": own}})))
    world.account.serverless = {
        "Maximum number of serverless endpoints": endpoints,
        "Maximum total concurrency that can be allocated across all serverless endpoints": at_once,
    }
    seen = {check: one for check, one in verdicts(world).items() if check.startswith("quota")}
    assert set(seen) == {"quota for serverless endpoints", "quota for serverless concurrency"}
    assert max(seen.values(), key=lambda one: one == "bad") == verdict


@pytest.mark.parametrize(("there", "verdict"), [(6, "ok"), (5, "bad")])
def test_jobs_need_twice_their_instances_and_no_endpoint(world: TwinWorld, there: int, verdict: str) -> None:
    own = {"framework": "sklearn", "sample": {"body": "1"}, "serving": "batch-transform", "batch": {"instances": 3}}
    world.has(tenant().but(profile=TenantProfile.model_validate({"isolation": "silo", "models": {"churn": own}})))
    world.account.serverless = {"ml.m5.large for transform job usage": there}
    seen = {check: one for check, one in verdicts(world).items() if check.startswith("quota")}
    assert seen == {"quota for ml.m5.large in jobs": verdict}


def test_what_cannot_be_known_is_said_and_is_not_wrong(world: TwinWorld) -> None:
    world.has(fleet(), host())
    world.account.quota = world.account.there = world.account.tells = None
    unknown = {check for check, verdict in verdicts(world).items() if verdict == "unknown"}
    assert unknown == {"image of fleet sklearn", "quota for ml.m5.large", "drop bucket tells EventBridge"}
    assert world.run("doctor").exit_code == 0


def test_a_check_that_aws_refuses_does_not_stop_the_others(world: TwinWorld) -> None:
    def refuse() -> dict[str, int]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "GetQueueAttributes")

    world.account.dead_letters = refuse  # type: ignore[method-assign]
    assert verdicts(world)["dead letters empty"] == "unknown"
    assert verdicts(world)["e-mail confirmed"] == "ok"


def test_destroy_removes_everything_and_waits_for_what_is_being_changed(world: TwinWorld) -> None:
    world.estate = FakeEstate(ENDPOINT, MODEL)
    world.estate.busy["stack-e"] = 5
    result = world.run("destroy", "--yes")
    assert result.exit_code == 0
    assert world.estate.things == []
    assert "stack-e" in result.stdout
    assert "stack-m" in result.stdout


def test_destroy_names_what_could_not_be_removed_in_time(world: TwinWorld) -> None:
    world.estate = FakeEstate(ENDPOINT, MODEL)
    world.estate.busy["stack-e"] = 10_000
    result = world.run("destroy", "--yes")
    assert result.exit_code == 1
    assert "run destroy again later: stack-e" in result.stderr
    assert world.estate.things == [ENDPOINT]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_without_yes_it_is_shown_and_nothing_is_removed(world: TwinWorld, form: list[str]) -> None:
    world.estate = FakeEstate(ENDPOINT)
    result = world.run("destroy", *form)
    assert result.exit_code == 2
    assert "stack-e" in result.stdout
    assert world.estate.things == [ENDPOINT]


def test_nothing_left_is_success(world: TwinWorld) -> None:
    assert world.json("destroy") == {"stack": "stack", "found": [], "removed": False}
    assert world.run("destroy").exit_code == 0


def test_buckets_are_emptied_only_when_told(world: TwinWorld) -> None:
    world.estate = FakeEstate(ENDPOINT)
    world.run("destroy", "--yes")
    assert world.estate.emptied == []
    assert world.run("destroy", "--yes", "--empty-buckets").exit_code == 0
    assert world.estate.emptied == ["drop"]


def notified(world: TwinWorld, *addresses: str) -> None:
    profile = TenantProfile.model_validate({"isolation": "bridge", "notify": addresses})
    world.has(tenant().but(profile=profile, topic_arn="arn:aws:sns:eu-west-1:123456789012:stack-acme"))


def test_an_address_that_sns_has_forgotten_is_not_confirmed_either(world: TwinWorld) -> None:
    notified(world, "ml@acme.example", "never@acme.example")
    [finding] = [one for one in world.json("doctor") if one["check"] == "e-mail confirmed"]
    assert (finding["verdict"], finding["says"]) == ("bad", "not yet: never@acme.example (stack-acme)")
    assert "48 hours" in finding["fix"]


def test_the_status_of_one_tenant_says_who_has_not_confirmed(world: TwinWorld) -> None:
    notified(world, "ml@acme.example", "never@acme.example")
    assert [one["reason"] for one in world.json("status")["tenants"]] == ["as dropped"]
    [acme] = world.json("status", "acme")["tenants"]
    assert acme == {"tenant": "acme", "state": "READY", "reason": "as dropped; not confirmed yet: never@acme.example"}
    world.account.mail.append(Address("stack-acme", "never@acme.example", confirmed=True))
    assert [one["reason"] for one in world.json("status", "acme")["tenants"]] == ["as dropped"]


def test_a_status_is_shown_though_sns_does_not_answer(world: TwinWorld) -> None:
    def refuse(topic_arn: str = "") -> list[Address]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "ListSubscriptionsByTopic")

    notified(world, "never@acme.example")
    world.account.addresses = refuse  # type: ignore[method-assign]
    assert [one["reason"] for one in world.json("status", "acme")["tenants"]] == ["as dropped"]


def test_a_stack_with_capital_letters_is_no_place_to_deploy_to(world: TwinWorld) -> None:
    world.stack = "Tenantry"
    assert verdicts(world)["stack's name"] == "bad"
    assert world.run("doctor").exit_code == 1


@pytest.mark.parametrize(
    ("asks", "groups", "verdict"), [({"approval": "manual"}, 2, "ok"), ({"mirror": True}, 1, "bad"), ({}, 0, None)]
)
def test_each_model_that_is_approved_or_mirrored_needs_a_group(
    world: TwinWorld, asks: dict[str, Any], groups: int, verdict: str | None
) -> None:
    each = {"fleet": "sklearn", "sample": {"body": "1"}, "serving": "multi-model"}
    profile = {"isolation": "bridge", "models": {"churn": each, "risk": each}} | asks
    world.has(tenant().but(profile=TenantProfile.model_validate(profile)))
    world.account.serverless = {"Model package groups per account": groups}
    assert verdicts(world).get("quota for model package groups") == verdict
