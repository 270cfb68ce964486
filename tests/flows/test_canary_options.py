"""Every option is judged alike; where SageMaker counts a version by itself, its counts are compared, too."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.routes import HostRow, Route
from tenantry.domain.series import of_clients, of_host
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.world import World

CANARY = {"minutes": 10, "least_calls": 100}
SHARED = {"fleet": "shared", "sample": SAMPLE, "canary": CANARY}
OWN = {"framework": "sklearn", "sample": SAMPLE, "canary": CANARY}
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "multi-model": ("bridge", SHARED),
    "inference-component": ("bridge", SHARED),
    "real-time": ("silo", OWN),
    "serverless": ("silo", OWN),
    "asynchronous": ("silo", OWN),
}
BY_SAGEMAKER = ("inference-component", "real-time", "serverless", "asynchronous")
"""Of these, it publishes how often each version was called, and how that went."""


def baking(world: World, serving: str) -> World:
    """Version 1 is live, and version 2 is judged."""
    isolation, model = OPTIONS[serving]
    if model is SHARED:
        world.drop("fleets/shared.json", FLEET | {"serving": serving})
        world.run()
    world.drop("tenants/acme.json", {"isolation": isolation, "models": {"churn": {"serving": serving, **model}}})
    world.run()
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    drop_version(world, "2")
    for _ in range(40):
        world.run(until=timedelta(seconds=30))
        if world.version("acme", "churn", "2").state == "CANARY":
            return world
    raise AssertionError(world.version("acme", "churn", "2").reason)


def route_of(world: World) -> Route:
    route = world.route("acme", "churn")
    assert route is not None
    return route


def host_of(world: World, host: str) -> HostRow:
    row = world.twins.registry.get(HostRow, HostRow.at(host))
    assert row is not None
    return row


def counted(world: World, version: str, calls: int, errors: int) -> None:
    publish(world, of_clients("tenantry", "acme", "churn", version), calls, errors)


def publish(world: World, trio: Any, calls: int, errors: int) -> None:
    for series, value in zip(trio, (calls, errors, calls * 20_000), strict=True):
        world.twins.metrics.publish(series, value)


@pytest.mark.parametrize("serving", OPTIONS)
@pytest.mark.parametrize(("errors", "end"), [(0, "LIVE"), (50, "ROLLED_BACK")], ids=["promotion", "the way back"])
def test_every_option_is_judged_alike(world: World, serving: str, errors: int, end: str) -> None:
    baking(world, serving)
    counted(world, "1", 900, 0)
    counted(world, "2", 100, errors)
    world.run(until=timedelta(minutes=11))
    row, route = world.version("acme", "churn", "2"), route_of(world)
    assert (row.state, row.verdict["comparisons"][0]["source"]) == (end, "client")
    assert (route.version, route.canary) == ("2" if end == "LIVE" else "1", None)
    assert route.host == world.version("acme", "churn", route.version).host
    host_of(world, row.host)


@pytest.mark.parametrize("serving", BY_SAGEMAKER)
@pytest.mark.parametrize(("errors", "end"), [(0, "LIVE"), (50, "ROLLED_BACK")], ids=["promotion", "the way back"])
def test_sagemakers_own_counts_decide_where_clients_tell_nothing(
    world: World, serving: str, errors: int, end: str
) -> None:
    baking(world, serving)
    route = route_of(world)
    assert route.canary is not None
    publish(world, of_host(host_of(world, route.host), route.target), 900, 0)
    publish(world, of_host(host_of(world, route.canary.host), route.canary.target), 100, errors)
    world.run(until=timedelta(minutes=11))
    row = world.version("acme", "churn", "2")
    assert (row.state, "SageMaker's counts" in row.reason) == (end, True)


def test_a_multi_model_host_has_no_counts_of_one_version(world: World) -> None:
    baking(world, "multi-model")
    route = route_of(world)
    assert of_host(host_of(world, route.host), route.target) is None
