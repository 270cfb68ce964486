"""Random histories on the twins: doubled and lost events, steps that die before or after their commit, sweeps between.

Whatever happens, every upload reaches an end, the newest good one is live, and nothing half-made is left.
"""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from tenantry.domain.errors import Conflict, Unavailable
from tenantry.domain.versions import ENDS, OPEN, State
from tenantry.usecases.sweeping import sweep_registry
from tests.flows.archives import archive
from tests.flows.conftest import drop_version
from tests.flows.world import World

SEEDS = range(12)
STEPS = ["vet_artifact", "register_version", "place_version", "preload_model", "prove_model", "swap_version"]
OTHERS = ["settle_release", "admit_releases", "relay_notices"]
ERRORS = [RuntimeError("boom"), Unavailable("later"), Conflict(("a", "b"))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_ends_well(ready: World, seed: int) -> None:
    chance = random.Random(seed)
    good: dict[str, bool] = {}
    for number in range(1, 9):
        good[str(number)] = chance.random() < 0.75
        _something_goes_wrong(ready, chance)
        ready.events = chance.random() < 0.9
        drop_version(ready, str(number), body=archive(f"answer {number}", loads=good[str(number)]))
        ready.run(until=timedelta(seconds=chance.choice([0, 1, 5, 60])))
        if chance.random() < 0.3:
            ready.replay()
    ready._faults.clear()
    for _ in range(6):
        ready.twins.clock.sleep(timedelta(minutes=6).total_seconds())
        with suppress(Unavailable):
            sweep_registry(ready.twins)
        ready.run()
    _all_is_well(ready, good)


def _something_goes_wrong(world: World, chance: random.Random) -> None:
    while chance.random() < 0.4:
        verb = chance.choice(STEPS + OTHERS)
        world.fail(verb, chance.choice(ERRORS), times=chance.choice([1, 1, 2, 9]), after=chance.random() < 0.5)
    if chance.random() < 0.3:
        world.twins.registry.faults.fail_next("commit", Unavailable("no answer"), after=chance.random() < 0.5)
    if chance.random() < 0.2:
        world.twins.machines.faults.fail_next("start", Unavailable("throttled"), times=2)


def _all_is_well(world: World, good: dict[str, bool]) -> None:
    rows = world.versions("acme", "churn")
    assert {row.version for row in rows} == set(good), "nothing is lost"
    assert not [row.state for row in rows if row.state in OPEN], "everything has an end"
    live = [row for row in rows if row.state is State.LIVE]
    assert len(live) <= 1
    route = world.route("acme", "churn")
    been_live = [row for row in rows if any(move.state is State.LIVE for move in row.moves)]
    assert all(good[row.version] for row in been_live), "what does not load never goes live"
    if route:
        assert [row.upload for row in live] == [route.upload]
        assert route.order == max(row.order for row in been_live), "never backwards"
        assert world.twins.artifacts.latest(world.twins.settings.serving_bucket, route.target)
    lies = {found.key for found in world.twins.artifacts.listing(world.twins.settings.serving_bucket, "")}
    assert lies == {row.serving_key for row in rows if row.copied}, "nothing half-made is left"
    assert not [row for row in rows if row.copied and row.state in ENDS]
    told = [notice.id for notice in world.notices("acme") if notice.about == "release"]
    assert len(told) == len(set(told)) == len(rows), "every end is told once"
