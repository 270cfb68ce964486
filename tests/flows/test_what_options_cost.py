"""No option asks SageMaker for more than it must: every release is counted against the least its API needs."""

import pytest

from tenantry.domain.models import AUTO
from tenantry.domain.options import Serving
from tenantry.serving import OPTIONS
from tests.flows.costs import LEAST, SPARE, Cost, Ledger
from tests.flows.world import World


@pytest.mark.parametrize("option", [*(one for one in OPTIONS if one is not Serving.MULTI_CONTAINER), AUTO])
def test_a_release_makes_what_it_must_and_a_removal_takes_it_away(worlds: list[World], option: str) -> None:
    ledger = Ledger(option)
    worlds.append(ledger.world)
    costs = dict(ledger.phases())
    for phase in ("first release", "second release"):
        cost = costs[phase]
        least = LEAST[cost.serving]
        assert 0 <= cost.made - len(least.calls) <= SPARE, f"{phase} of {option}: {made(cost)}; {least}"
        assert cost.removed == 0, f"{phase} of {option}"
    assert cost.lasting == costs["removal"].removed, f"{option} leaves something behind"
    assert costs["removal"].made == 0


def test_a_release_among_containers_makes_one_endpoint_and_takes_the_one_before_away(worlds: list[World]) -> None:
    """A version that is retired costs nothing: its container is left out of the next endpoint."""
    ledger = Ledger(Serving.MULTI_CONTAINER)
    worlds.append(ledger.world)
    costs = dict(ledger.phases())
    least = len(LEAST[Serving.MULTI_CONTAINER].calls)
    assert [cost.made for cost in costs.values()] == [least, least, 0]
    assert [cost.removed for cost in costs.values()] == [0, least, 0]


def test_a_release_on_a_multi_model_host_asks_sagemaker_nothing(worlds: list[World]) -> None:
    ledger = Ledger(Serving.MULTI_MODEL)
    worlds.append(ledger.world)
    for phase, cost in ledger.phases():
        assert (phase, cost.looks, cost.calls) == (phase, 0, {})


def test_an_alarm_that_wakes_an_endpoint_counts_the_look_at_its_policy(worlds: list[World]) -> None:
    ledger = Ledger(Serving.ASYNCHRONOUS)
    worlds.append(ledger.world)
    _, first = next(iter(ledger.phases()))
    assert (first.scaled, first.alarmed) == (4, 1)


def made(cost: Cost) -> dict[str, int]:
    return {operation: count for (_, operation), count in cost.calls.items()}
