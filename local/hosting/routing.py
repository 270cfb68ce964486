"""Which instance serves the next request for a target: sticky, spilling under load. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """One instance as the router sees it."""

    holds: bool
    """The target is in its memory, or on the way there."""
    ready: bool
    """The target is in its memory."""
    target_in_flight: int
    in_flight: int
    copies: int


def choose(standings: Sequence[Standing], spill_after: int, rng: random.Random) -> int:
    """The index of the instance to use; one that does not hold the target will load it.

    A target sticks to the instances that hold it. When each of them has `spill_after` requests for it in flight, the
    next one goes to an instance that does not, if there is one. A cold target goes to the least busy one.
    """
    holders = [index for index, standing in enumerate(standings) if standing.holds]
    others = [index for index, standing in enumerate(standings) if not standing.holds]
    if holders and (not others or any(standings[i].target_in_flight < spill_after for i in holders)):
        return min(holders, key=lambda i: _eagerness(standings[i], spill_after, rng))
    return min(others, key=lambda i: (standings[i].in_flight, standings[i].copies, rng.random()))


def _eagerness(standing: Standing, spill_after: int, rng: random.Random) -> tuple[bool, bool, int, float]:
    full = standing.target_in_flight >= spill_after
    return full, not standing.ready, standing.target_in_flight, rng.random()
