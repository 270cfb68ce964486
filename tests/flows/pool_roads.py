"""Roads of an owner and of who shares its model: joining, being pinned, and leaving, of the one and of the other."""

from tests.flows.adversary import Arena
from tests.flows.conftest import SAMPLE, drop_version
from tests.flows.pool_lives import user
from tests.flows.scenarios import Act, Scenario, after, fleet, outlived, packed

JOINING = frozenset({"register_tenant", "settle_tenant"})
RETIRING = frozenset({"sweep_registry", "retire_version", "remove_copy"})
LEAVING = frozenset({"suspend_tenant", "retire_tenant", "close_tenant"})


def owner(arena: Arena) -> None:
    model = {"serving": "multi-model", "fleet": "sklearn", "sample": SAMPLE, "grace": 1}
    arena.drop("tenants/vendor.json", {"isolation": "pool", "offboard_after": 0, "models": {"churn": model}})
    arena.run()


def release(version: str) -> Act:
    def act(arena: Arena) -> None:
        drop_version(arena, version, tenant="vendor", body=packed(f"answer of {version}"))
        arena.run()

    return act


def joined(version: str | None = None) -> Act:
    def act(arena: Arena) -> None:
        arena.twins.clock.sleep(1)
        arena.drop("tenants/acme.json", user(version))
        arena.run()

    return act


def gone(name: str) -> Act:
    def act(arena: Arena) -> None:
        arena.delete(f"tenants/{name}.json")
        arena.run()

    return act


ONE = after(fleet, owner, release("1"))
PINNED = after(ONE, joined("1"), release("2"))

POOL_ROADS = (
    Scenario("pool: a user joins", ONE, joined(), about=JOINING),
    Scenario("pool: a user is pinned", after(ONE, joined()), joined("1"), about=JOINING),
    Scenario("pool: a user follows again", PINNED, joined(), about=JOINING),
    Scenario("pool: past its grace, and pinned", PINNED, outlived, about=RETIRING),
    Scenario("pool: a user leaves", PINNED, gone("acme"), about=LEAVING),
    Scenario("pool: the owner leaves", PINNED, gone("vendor"), about=LEAVING),
)
