"""Roads through the whole control plane, each from a quiet world on, for the adversary to spoil."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from tenantry.ports import Series
from tests.flows.adversary import Arena
from tests.flows.archives import archive, climbing
from tests.flows.conftest import FLEET, drop_version, tenant_profile

type Act = Callable[[Arena], None]

packed = cache(archive)
"""An archive holds the time it was packed at; packed once, it has one digest in all runs."""


@dataclass(frozen=True)
class Scenario:
    """What was there before, and what is done then.

    `patient`: whoever acts tries again until there is an answer, so an error changes nothing in the end.
    `about`: the functions whose calls go wrong; all of them when it is empty.
    """

    name: str
    before: Act
    act: Act
    patient: bool = True
    about: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


def fleet(arena: Arena) -> None:
    arena.drop("fleets/sklearn.json", FLEET)
    arena.run()


def rolled_fleet(arena: Arena) -> None:
    arena.twins.clock.sleep(1)
    arena.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    arena.run()


def resized_fleet(arena: Arena) -> None:
    arena.twins.clock.sleep(1)
    arena.drop("fleets/sklearn.json", FLEET | {"instances": {"min": 3, "max": 3}})
    arena.run()


def deleted_fleet(arena: Arena) -> None:
    arena.delete("fleets/sklearn.json")
    arena.run()


def tenant(arena: Arena) -> None:
    arena.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1))
    arena.run()


def judging_tenant(arena: Arena) -> None:
    """Swaps are judged for a minute, and version 3 is the one that fails."""
    arena.drop("tenants/acme.json", tenant_profile("churn", canary={"minutes": 1}, offboard_after=1))
    arena.run()
    arena.twins.metrics.told = counts


def counts(series: Series) -> float:
    """A thousand calls of each version, at a millisecond each."""
    failed = 1_000.0 if series.dimensions.get("Version") == "3" else 0.0
    return {"Calls": 1_000.0, "LatencySum": 1e6}.get(series.name, failed)


def updated_tenant(arena: Arena) -> None:
    arena.twins.clock.sleep(1)
    arena.drop("tenants/acme.json", tenant_profile("churn", "risk", offboard_after=1))
    arena.run()


def deleted_tenant(arena: Arena) -> None:
    arena.delete("tenants/acme.json")
    arena.run()


def restored_tenant(arena: Arena) -> None:
    arena.delete("tenants/acme.json")
    arena.run(until=timedelta(minutes=10))
    tenant(arena)


def release(version: str, body: bytes | None = None) -> Act:
    def act(arena: Arena) -> None:
        drop_version(arena, version, body=body or packed(f"answer of {version}"))
        arena.run()

    return act


def rolled_back(arena: Arena) -> None:
    arena.goes_back("acme", "churn")
    arena.run()


def overtaken(arena: Arena) -> None:
    """While version 2 is judged, version 4 comes."""
    drop_version(arena, "2", body=packed("answer of 2"))
    arena.run(until=timedelta(seconds=20))
    release("4")(arena)


def called_off(arena: Arena) -> None:
    """While version 2 is judged, an operator goes back."""
    drop_version(arena, "2", body=packed("answer of 2"))
    arena.run(until=timedelta(seconds=20))
    rolled_back(arena)


def suspended_in_a_bake(arena: Arena) -> None:
    drop_version(arena, "2", body=packed("answer of 2"))
    arena.run(until=timedelta(seconds=20))
    deleted_tenant(arena)


def unheard_release(arena: Arena) -> None:
    """The event is lost, and the sweep finds the object."""
    arena.events = False
    drop_version(arena, "2", body=packed("answer of 2"))
    arena.events = True
    swept(arena)


def unheard_stranger(arena: Arena) -> None:
    """As before, of a tenant nobody knows."""
    arena.events = False
    drop_version(arena, "1", tenant="stranger", body=packed("answer of 1"))
    arena.events = True
    swept(arena)


def swept(arena: Arena) -> None:
    """One beat of the schedules, five minutes later."""
    arena.twins.clock.sleep(300)
    for verb in ("sweep_registry", "relay_notices", "keep_warm"):
        with suppress(Exception):
            arena.invoke(verb, {})
        arena.run()


def outlived(arena: Arena) -> None:
    """A day later the version on standby goes."""
    arena.twins.clock.sleep(25 * 3600)
    swept(arena)


def after(*acts: Act) -> Act:
    def act(arena: Arena) -> None:
        for one in acts:
            one(arena)

    return act


READY = after(fleet, tenant)
ONE = after(READY, release("1"))
TWO = after(ONE, release("2"))
JUDGED = after(fleet, judging_tenant, release("1"))

SCENARIOS = (
    Scenario("fleet created", lambda _: None, fleet),
    Scenario("fleet rolled", TWO, rolled_fleet),
    Scenario("fleet resized", ONE, resized_fleet),
    Scenario("fleet deleted", fleet, deleted_fleet),
    Scenario("tenant onboarded", fleet, tenant),
    Scenario("tenant updated", ONE, updated_tenant),
    Scenario("tenant offboarded", TWO, deleted_tenant),
    Scenario("tenant restored", ONE, restored_tenant),
    Scenario("first release", READY, release("1")),
    Scenario("second release", ONE, release("2")),
    Scenario("broken third", TWO, release("3", packed(loads=False))),
    Scenario("hostile third", TWO, release("3", climbing())),
    Scenario("rollback", TWO, rolled_back, patient=False),
    Scenario("canary that goes live", JUDGED, release("2")),
    Scenario("canary that goes back", JUDGED, release("3")),
    Scenario("canary that is overtaken", JUDGED, overtaken, patient=False),
    Scenario("canary that is called off", JUDGED, called_off, patient=False),
    Scenario("suspended in a bake", JUDGED, suspended_in_a_bake, patient=False),
    Scenario("retired after its grace", TWO, outlived),
    Scenario("found by the sweep", ONE, unheard_release),
    Scenario("a stranger found by the sweep", ONE, unheard_stranger),
)
