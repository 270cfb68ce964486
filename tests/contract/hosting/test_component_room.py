"""Where the next copy of an inference component goes, and what instance types have: the rules alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.contract import service_model
from local.hosting.components.room import Place, Room, choose_place

NEED = Room(1, 1000)


def place(cores: float = 2, memory: float = 2000, copies: int = 0) -> Place:
    return Place(Room(cores, memory), copies)


@pytest.mark.parametrize(
    ("places", "strategy", "chosen", "because"),
    [
        ([], "SPREAD", None, "there is no instance"),
        ([place(cores=0.5), place(memory=999)], "SPREAD", None, "each lacks one thing"),
        ([place(memory=999), place(memory=1000)], "SPREAD", 1, "just enough is enough"),
        ([place(copies=1), place(memory=1000)], "SPREAD", 1, "fewer copies of the component before more room"),
        ([place(memory=1500), place()], "SPREAD", 1, "the emptiest among equals"),
        ([place(), place(memory=1500)], "BINPACK", 1, "the fullest that it fits into"),
        ([place(), place(memory=999)], "BINPACK", 0, "but not one that is too full"),
    ],
)
def test_the_next_copy_goes(places: list[Place], strategy: str, chosen: int | None, because: str) -> None:
    assert choose_place(places, NEED, strategy) == chosen, because


places = st.builds(place, st.floats(0, 4), st.floats(0, 4000), st.integers(0, 3))


@given(st.lists(places, max_size=6), st.sampled_from(["SPREAD", "BINPACK"]))
def test_a_copy_goes_nowhere_only_when_it_fits_nowhere(places: list[Place], strategy: str) -> None:
    chosen = choose_place(places, NEED, strategy)
    if chosen is None:
        assert not any(each.free.holds(NEED) for each in places)
    else:
        assert places[chosen].free.holds(NEED)


@pytest.mark.parametrize(
    ("instance_type", "room"),
    [
        ("ml.t2.medium", Room(2, 4 * 1024)),
        ("ml.m5.large", Room(2, 8 * 1024)),
        ("ml.c5.xlarge", Room(4, 8 * 1024)),
        ("ml.c6i.2xlarge", Room(8, 16 * 1024)),
        ("ml.r6g.4xlarge", Room(16, 128 * 1024)),
        ("ml.m5.24xlarge", Room(96, 384 * 1024)),
        ("ml.g5.xlarge", Room(4, 16 * 1024, 1)),
        ("ml.g5.12xlarge", Room(48, 192 * 1024, 4)),
        ("ml.p4d.24xlarge", Room(96, 768 * 1024, 8)),
    ],
)
def test_an_instance_type_has(instance_type: str, room: Room) -> None:
    assert Room.of_type(instance_type) == room


def test_every_type_that_sagemaker_has_offers_room() -> None:
    types = service_model("sagemaker").shape_for("ProductionVariantInstanceType").metadata["enum"]
    rooms = {each: Room.of_type(each) for each in types}
    assert {each for each, room in rooms.items() if not room.holds(Room(0.25, 128))} == set()
