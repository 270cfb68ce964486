"""Which instance gets the next request: the router alone, case by case."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.hosting.routing import Standing, choose

SPILL = 4


def cold(in_flight: int = 0, copies: int = 0) -> Standing:
    return Standing(holds=False, ready=False, target_in_flight=0, in_flight=in_flight, copies=copies)


def warm(target_in_flight: int = 0) -> Standing:
    return Standing(True, True, target_in_flight, target_in_flight, 1)


def loading(target_in_flight: int = 1) -> Standing:
    return Standing(True, False, target_in_flight, target_in_flight, 1)


@pytest.mark.parametrize(
    ("standings", "chosen", "because"),
    [
        ([cold(), warm()], 1, "it sticks to the one that has it"),
        ([cold(), loading(3)], 1, "it sticks to the one that loads it"),
        ([cold(9), warm(3)], 1, "below the spill it sticks, however idle or busy the others are"),
        ([cold(), warm(4)], 0, "at the spill another one loads it"),
        ([cold(5), warm(4), cold(2)], 2, "the least busy of the others"),
        ([cold(0, 7), cold(0, 2)], 1, "a cold target goes where fewer models are"),
        ([cold(1, 0), cold(0, 9)], 1, "but to the less busy one first"),
        ([warm(2), warm(1)], 1, "the one with fewer requests for it"),
        ([loading(1), warm(3)], 1, "a ready one before one that still loads"),
        ([loading(1), warm(4)], 0, "unless the ready one is full"),
        ([warm(6), warm(5)], 1, "with nobody left to spill to, the less busy one"),
    ],
)
def test_the_next_request_goes(standings: list[Standing], chosen: int, because: str) -> None:
    assert {choose(standings, SPILL, random.Random(seed)) for seed in range(20)} == {chosen}, because


def test_equals_are_chosen_at_random() -> None:
    assert {choose([cold(), cold(), cold()], SPILL, random.Random(seed)) for seed in range(50)} == {0, 1, 2}


standing = st.builds(
    Standing,
    holds=st.booleans(),
    ready=st.booleans(),
    target_in_flight=st.integers(0, 9),
    in_flight=st.integers(0, 20),
    copies=st.integers(0, 5),
)


@given(st.lists(standing, min_size=1, max_size=6), st.integers(1, 6), st.integers())
def test_a_target_is_loaded_elsewhere_only_when_every_holder_is_full(
    standings: list[Standing], spill_after: int, seed: int
) -> None:
    chosen = standings[choose(standings, spill_after, random.Random(seed))]
    room = [each for each in standings if each.holds and each.target_in_flight < spill_after]
    if room:
        assert chosen.holds
        assert chosen.target_in_flight < spill_after
    elif any(not each.holds for each in standings):
        assert not chosen.holds
