"""What should be warm is kept warm, and warmed again where it is not."""

from dataclasses import replace
from datetime import timedelta

from tenantry.domain.plans import Call
from tenantry.domain.routes import HostRow
from tenantry.usecases.heartbeat import keep_warm
from tests.flows.conftest import drop_version
from tests.flows.world import World


def endpoint(world: World) -> str:
    row = world.twins.registry.get(HostRow, HostRow.at("fleet-sklearn"))
    assert row
    return row.endpoint


def test_what_is_warm_costs_a_few_calls_and_no_load(serving: World) -> None:
    loads = len(serving.twins.hosting.loads)
    beat = keep_warm(serving.twins)
    assert (beat.warm, beat.rewarmed, beat.cold) == (1, 0, ())
    assert len(serving.twins.hosting.loads) == loads


def test_live_and_standby_are_kept_warm(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    assert keep_warm(serving.twins).warm == 2


def test_after_an_instance_was_replaced_everything_is_loaded_there_too(serving: World) -> None:
    serving.twins.hosting.replace_instance(endpoint(serving), 0)
    assert keep_warm(serving.twins).rewarmed == 1
    held = serving.twins.hosting.loaded(endpoint(serving))
    assert all(target in copies for copies in held for target in (serving.version("acme", "churn", "1").target,))
    assert keep_warm(serving.twins).rewarmed == 0


def test_after_a_scale_out_the_new_instances_are_warmed(serving: World) -> None:
    capacity = [{"VariantName": "all", "DesiredInstanceCount": 4}]
    params = {"EndpointName": endpoint(serving), "DesiredWeightsAndCapacities": capacity}
    serving.twins.hosting.carry_out(Call(operation="UpdateEndpointWeightsAndCapacities", params=params))
    serving.twins.clock.sleep(600)
    beat = keep_warm(serving.twins)
    held = serving.twins.hosting.loaded(endpoint(serving))
    assert (beat.rewarmed, len(held), all(held)) == (1, 4, True)
    row = serving.twins.registry.get(HostRow, HostRow.at("fleet-sklearn"))
    assert row
    assert row.instances == 4


def test_what_cannot_be_warmed_is_named(serving: World) -> None:
    serving.twins.artifacts.delete(
        serving.twins.settings.serving_bucket, serving.version("acme", "churn", "1").serving_key
    )
    for number in (0, 1):
        serving.twins.hosting.replace_instance(endpoint(serving), number)
    assert keep_warm(serving.twins).cold == (f"acme/churn on {endpoint(serving)}",)


def test_a_suspended_tenant_is_not_kept_warm(serving: World) -> None:
    serving.delete("tenants/acme.json")
    serving.run(until=timedelta(minutes=1))
    assert keep_warm(serving.twins).warm == 0


def test_when_the_budget_is_used_up_the_rest_is_counted(serving: World) -> None:
    serving.twins.settings = replace(serving.twins.settings, heartbeat_budget_seconds=0)
    beat = keep_warm(serving.twins)
    assert (beat.warm, beat.not_reached) == (0, 1)
