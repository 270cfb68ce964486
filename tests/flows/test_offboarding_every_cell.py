"""A tenant leaves: in every option and isolation nothing of it is left, and nothing of its neighbour's is touched."""

from copy import copy
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.options import REFUSALS, Isolation, Serving
from tenantry.domain.routes import HostRow
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.test_components import components
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import standing
from tests.flows.world import World

LEGAL = {
    "real-time": {"silo", "pool"},
    "serverless": {"silo", "pool"},
    "asynchronous": {"silo", "pool"},
    "multi-model": {"bridge", "pool"},
    "multi-container": {"bridge", "pool"},
    "inference-component": {"silo", "bridge", "pool"},
    "batch-transform": {"silo", "bridge", "pool"},
}
"""What SageMaker has, and Tenantry's policy allows: the table of the design, by option."""
CELLS = [(option, isolation) for option in LEGAL for isolation in ("silo", "bridge", "pool")]
SERVED = [cell for cell in CELLS if cell[1] in LEGAL[cell[0]]]
ON_FLEETS = {"multi-model", "multi-container", "inference-component"}


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


def started(world: World, option: str, isolation: str, tenant: str) -> None:
    """This tenant's version 1 is live in this cell; a silo has a fleet of its own where it needs one."""
    fleet = tenant if isolation == "silo" else "shared"
    if option in ON_FLEETS:
        own = {"tenant": tenant} if isolation == "silo" else {}
        world.drop(f"fleets/{fleet}.json", FLEET | {"serving": option} | own)
        world.run()
    where = {"fleet": fleet} if option in ON_FLEETS else {"framework": "sklearn"}
    model = {"serving": option, "sample": SAMPLE, "grace": 0} | where
    world.drop(f"tenants/{tenant}.json", {"isolation": isolation, "offboard_after": 0, "models": {"churn": model}})
    world.run()
    assert world.tenant(tenant).state == "READY", world.tenant(tenant).reason
    drop_version(world, "1", tenant)
    world.run()
    assert world.version(tenant, "churn", "1").state == "LIVE", world.version(tenant, "churn", "1").reason


def served(world: World, tenant: str) -> tuple[Any, ...]:
    """All that a tenant's calls need, as it is now; containers move to another endpoint when a neighbour leaves."""
    route = world.route(tenant, "churn")
    assert route is not None
    host = world.twins.registry.get(HostRow, HostRow.at(route.host))
    assert host is not None
    own = {name for name in (*standing(world), *components(world)) if route.upload in name}
    kept = [key for key in copies(world) if key.startswith(f"{tenant}/")]
    return route, "" if host.serving is Serving.MULTI_CONTAINER else host.endpoint, own, kept


def test_the_table_is_whole_and_says_what_the_refusals_say() -> None:
    refused = {(Serving(option), Isolation(isolation)) for option, isolation in set(CELLS) - set(SERVED)}
    assert ({Serving(option) for option in LEGAL}, refused) == (set(Serving), REFUSALS.keys())


@pytest.mark.parametrize(("option", "isolation"), SERVED)
def test_a_tenant_leaves_without_a_trace(world: World, option: str, isolation: str) -> None:
    for tenant in ("acme", "acme-2"):
        started(world, option, isolation, tenant)
    neighbour, called = served(world, "acme-2"), len(world.twins.hosting.calls)
    world.delete("tenants/acme.json")
    world.run()
    tenant, mine = world.tenant("acme"), world.version("acme", "churn", "1").upload
    assert (tenant.state, set(tenant.inventory["left"].values())) == ("OFFBOARDED", {0})
    left = (*standing(world), *components(world), *copies(world))
    assert [name for name in left if mine in name or name.startswith("acme/")] == []
    assert served(world, "acme-2") == neighbour
    if option != "multi-container":  # its neighbours' containers are asked for anew, without this one
        touched = str([call.params for call in world.twins.hosting.calls[called:]])
        assert ("acme-2" in touched, neighbour[0].upload in touched) == (False, False)


ORDER = [
    "DeregisterScalableTarget", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "the copy", "the topic",
]  # fmt: skip


@pytest.mark.parametrize("option", ["real-time", "serverless", "asynchronous"])
def test_what_is_a_silos_own_goes_in_the_order_that_works(world: World, option: str) -> None:
    started(world, option, "silo", "acme")
    log = list[str]()
    watch(log, world.twins.hosting, "carry_out", lambda call: call.operation)
    watch(log, world.twins.artifacts, "delete", lambda *_: "the copy")
    watch(log, world.twins.channels, "close", lambda _: "the topic")
    world.delete("tenants/acme.json")
    world.run()
    assert world.tenant("acme").state == "OFFBOARDED"
    assert [step for number, step in enumerate(log) if step in ORDER and step not in log[:number]] == ORDER


def test_an_endpoint_that_sagemaker_still_lists_is_not_called_nothing(world: World) -> None:
    """As when a function that was given up for lost makes it after all."""
    started(world, "real-time", "silo", "acme")
    endpoints = world.twins.hosting.control.endpoints
    [(name, endpoint)] = ((one, copy(found)) for one, found in endpoints.items())

    def made_late(answer: dict[str, Any]) -> dict[str, Any]:
        if answer["left"] == 0:
            endpoints[name] = endpoint
        return answer

    world.bend("retire_tenant", made_late)
    world.delete("tenants/acme.json")
    world.run(until=timedelta(minutes=30))
    tenant = world.tenant("acme")
    assert tenant.state != "OFFBOARDED"
    [notice] = {one.reason for one in world.notices("") if one.state == "FAILED"}
    assert "there is still something left: {'endpoints': 1}" in notice


def watch(log: list[str], port: Any, method: str, named: Any) -> None:
    """From now on each call of this method is in the log."""
    do = getattr(port, method)

    def watched(*given: Any) -> Any:
        log.append(named(*given))
        return do(*given)

    setattr(port, method, watched)
