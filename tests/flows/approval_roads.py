"""Roads of versions that a person decides about."""

from contextlib import suppress

from tests.flows.adversary import Arena
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.own_roads import LEAVING
from tests.flows.scenarios import Act, Scenario, after, deleted_tenant, packed

DECIDING = frozenset({"place_version", "plan_package", "apply_plan", "record_package", "take_approval"})
"""Whose calls go wrong while a version waits and is decided about: those of others are the same as ever."""
REMOVING = frozenset({"retire_version", "apply_plan", "remove_copy", "sweep_registry"})
"""As above, while what was turned down is removed."""


def asking(arena: Arena) -> None:
    """A tenant whose versions have to be approved."""
    arena.drop("fleets/sklearn.json", FLEET)
    arena.run()
    arena.drop("tenants/acme.json", tenant_profile("churn", approval="manual", offboard_after=1, grace=1))
    arena.run()


def decided(version: str, approval: str) -> Act:
    """A version is dropped; somebody looks every few minutes, and decides once it waits."""

    def act(arena: Arena) -> None:
        drop_version(arena, version, body=packed(f"answer of {version}"))
        arena.run()
        for _ in range(4):
            if arena.version("acme", "churn", version).parked:
                break
            arena.twins.clock.sleep(6 * 60)
            with suppress(Exception):
                arena.invoke("sweep_registry", {})
            arena.run()
        row = arena.version("acme", "churn", version)
        if row.parked:
            arena.twins.hosting.packaged.decide(row.package, approval, "as agreed")
        arena.run()

    return act


LIVE = after(asking, decided("1", "Approved"))

APPROVAL_ROADS = (
    Scenario("approval: given", asking, decided("1", "Approved"), about=DECIDING),
    Scenario("approval: refused", LIVE, decided("2", "Rejected"), about=DECIDING | REMOVING),
    Scenario("approval: given, and offboarded", LIVE, deleted_tenant, about=LEAVING),
)
