"""Roads of batches: run over at once, by a schedule and once more, and left by a tenant that goes."""

from datetime import timedelta
from typing import Any

from tests.flows.adversary import Arena
from tests.flows.conftest import tenant_profile
from tests.flows.scenarios import Act, Scenario, after, fleet, release

RUNNING = frozenset(
    {"receive_drop", "gather_batch", "apply_plan", "collect_batch", "settle_batch", "clear_batch", "sweep_registry"}
)
SETTING = frozenset({"set_schedules", "suspend_tenant", "retire_tenant", "close_tenant", "settle_batch"})


def nightly(**more: Any) -> Act:
    """A tenant whose model has jobs; each file is run over by night."""

    def act(arena: Arena) -> None:
        profile = tenant_profile("churn", offboard_after=1)
        profile["models"]["churn"] |= {"batch": {"schedule": "rate(1 day)"} | more}
        arena.twins.clock.sleep(1)
        arena.drop("tenants/acme.json", profile)
        arena.run()

    return act


def fed(*items: str) -> Act:
    def act(arena: Arena) -> None:
        for item in items:
            arena.twins.clock.sleep(1)
            arena.drop(f"batches/acme/churn/b1/{item}", b"" if item == "_START" else b"1,2\n")

    return act


def fired(arena: Arena) -> None:
    arena.fire("acme.")
    arena.run()


def ran(arena: Arena) -> None:
    arena.run()


def interrupted(arena: Arena) -> None:
    """A file comes, and a START, while a run has the batch."""
    arena.run(until=timedelta(minutes=1))
    fed("three.csv", "_START")(arena)
    arena.run()


def leaving(arena: Arena) -> None:
    """The tenant goes while its job is at work."""
    arena.run(until=timedelta(minutes=1))
    arena.delete("tenants/acme.json")
    arena.run()


LIVE = after(fleet, nightly(), release("1"))

BATCH_ROADS = (
    Scenario("batch: by its schedule", after(LIVE, fed("one.csv"), ran), fired, about=RUNNING),
    Scenario(
        "batch: at once, and more while it runs", LIVE, after(fed("one.csv", "_START"), interrupted), about=RUNNING
    ),
    Scenario("batch: another schedule", LIVE, nightly(schedule="rate(2 days)"), about=SETTING),
    Scenario("batch: its tenant goes", LIVE, after(fed("one.csv", "_START"), leaving), patient=False, about=SETTING),
)
