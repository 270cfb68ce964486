"""Roads of versions that are containers of one endpoint."""

from datetime import timedelta

from tests.flows.adversary import Arena
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.scenarios import Act, Scenario, after, deleted_tenant, packed, release

TOGETHER = FLEET | {"serving": "multi-container"}
JOINING = frozenset({"place_version", "register_fleet", "warm_fleet", "move_host"})
"""Whose calls go wrong while versions get an endpoint: the others do for containers what they do for all."""
BLAMING = frozenset({"settle_fleet", "settle_release"})
LEAVING = frozenset({"retire_tenant", "register_fleet", "move_host", "settle_fleet"})


def together(arena: Arena) -> None:
    """A fleet of containers, and two tenants with a model on it."""
    arena.drop("fleets/sklearn.json", TOGETHER)
    arena.run()
    model = {"serving": "multi-container", "fleet": "sklearn", "sample": SAMPLE, "grace": 1}
    for tenant in ("acme", "globex"):
        profile = {"isolation": "bridge", "offboard_after": 0, "models": {"churn": model}}
        arena.drop(f"tenants/{tenant}.json", profile)
    arena.run()


def two_at_once(body: bytes) -> Act:
    """While version 2 is on its way, a neighbour's comes with this body."""

    def act(arena: Arena) -> None:
        drop_version(arena, "2", body=packed("answer of 2"))
        arena.run(until=timedelta(seconds=20))
        drop_version(arena, "1", tenant="globex", body=body)
        arena.run()

    return act


def rolled(arena: Arena) -> None:
    arena.twins.clock.sleep(1)
    arena.drop("fleets/sklearn.json", TOGETHER | {"instance_type": "ml.m5.xlarge"})
    arena.run()


ONE = after(together, release("1"))
BOTH = after(ONE, two_at_once(packed("of globex")))

CONTAINER_ROADS = (
    Scenario("containers: two at once", ONE, two_at_once(packed("of globex")), about=JOINING),
    Scenario("containers: a bad one", ONE, two_at_once(packed(loads=False)), about=BLAMING),
    Scenario("containers: fleet rolled", BOTH, rolled, about=JOINING),
    Scenario("containers: offboarded", BOTH, deleted_tenant, about=LEAVING),
)
