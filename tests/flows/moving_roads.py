"""Roads of a live version that moves to another host, because its tenant's profile says so by now."""

from tests.flows.own_roads import owner
from tests.flows.scenarios import ONE, Scenario, after, release

MOVING = frozenset({"admit_releases", "vet_artifact", "register_version", "swap_version", "sweep_registry"})
"""Whose calls go wrong: the others do for a move what they do for every release."""

MOVING_ROADS = (
    Scenario("moving: to a host of its own", ONE, owner("serverless"), about=MOVING),
    Scenario(
        "moving: then the next version",
        ONE,
        after(owner("serverless"), release("2")),
        patient=False,
        about=MOVING,
    ),
)
