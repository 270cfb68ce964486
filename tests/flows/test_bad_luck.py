"""The adversary's chair: whatever call fails, dies or loses its answer, everything comes to a good end.

One fault in every place of every road (`spoiling`), random histories of many at once (`histories`), and planted bugs
that show that the rules (`invariants`) catch what they are there to catch (`planted`).

TENANTRY_HISTORIES says how many histories are played, TENANTRY_FIRST_HISTORY the seed to begin with, TENANTRY_BAD_LUCK
how many times as much goes wrong in them.
"""

import os
from typing import Any

import pytest

from tenantry.domain.errors import Unavailable
from tests.flows.conftest import drop_version
from tests.flows.copied import copied
from tests.flows.histories import history
from tests.flows.planted import PLANTS, caught
from tests.flows.scenarios import Scenario
from tests.flows.spoiling import ROADS, harmed, prepared, spoiled
from tests.flows.tampering import tampered
from tests.flows.twins import OPERATOR

HISTORIES = int(os.environ.get("TENANTRY_HISTORIES", "200"))
FIRST = int(os.environ.get("TENANTRY_FIRST_HISTORY", "0"))
TOGETHER = 10
"""Histories of one test."""


@pytest.mark.parametrize("scenario", ROADS.values(), ids=str)
def test_one_fault_anywhere_is_survived(scenario: Scenario) -> None:
    verdict = spoiled(scenario)
    assert verdict.breaches == ()
    assert verdict.runs >= len(harmed(scenario))


@pytest.mark.parametrize("first", range(FIRST, FIRST + HISTORIES, TOGETHER))
def test_random_histories_end_well(first: int) -> None:
    breaches = [breach for seed in range(first, min(first + TOGETHER, FIRST + HISTORIES)) for breach in history(seed)]
    assert breaches == [], "play one again with TENANTRY_FIRST_HISTORY=<seed> TENANTRY_HISTORIES=1"


@pytest.mark.parametrize("name", PLANTS)
def test_every_planted_bug_is_caught(name: str) -> None:
    assert caught(name) is not None


def test_a_topic_that_fails_keeps_no_other_audience_waiting() -> None:
    arena = copied(prepared(ROADS["second release"]))
    drop_version(arena, "2")
    arena.planted = tampered("relay_notices", channels={"send": unless_for_the_operator})
    arena.run()
    arena.drop("models/stranger/churn/1/model.tar.gz", b"x")
    arena.run()
    arena.twins.clock.sleep(61)
    with pytest.raises(Unavailable):
        arena.invoke("relay_notices", {})
    assert [(topic, notice.tenant) for topic, notice in arena.twins.channels.notices][-1] == (OPERATOR, "stranger")


def unless_for_the_operator(channels: Any, topic: str, notice: Any) -> None:
    if topic != OPERATOR:
        raise Unavailable("throttled")
    channels.send(topic, notice)
