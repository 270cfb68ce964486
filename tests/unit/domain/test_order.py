"""Newer means one thing, and text comparison says it."""

import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.errors import Rejected
from tenantry.domain.names import upload_id
from tenantry.domain.order import numbered, order_by_number, order_of, order_of_move, ordered

START = datetime(2026, 11, 22, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2286, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
UPLOADS = st.text(min_size=1, max_size=30)
NUMBERS = st.integers(0, 10**20 - 1)


def test_an_order_reads_as_seconds_place_and_tie() -> None:
    order = order_of(START, 2, upload_id("drop", "k", "v"))
    assert order[:13] == "1795305600002"
    assert order == order_of(START, 2, upload_id("drop", "k", "v"))
    assert len(order) == 21


@given(TIMES, st.integers(0, 5_000), UPLOADS)
def test_an_order_is_21_lower_case_ascii_characters(moment: datetime, older: int, upload: str) -> None:
    order = order_of(moment, older, upload)
    assert len(order) == 21
    assert order.isascii()
    assert order.isalnum()
    assert order == order.lower()


@given(TIMES, TIMES, st.integers(0, 999), st.integers(0, 999), UPLOADS, UPLOADS)
def test_orders_compare_as_time_and_then_place(
    one: datetime, other: datetime, first: int, second: int, upload: str, another: str
) -> None:
    if (one, first) < (other, second):
        assert order_of(one, first, upload) < order_of(other, second, another)


def test_a_hundred_thousand_versions_in_chains_rise_in_s3s_own_order() -> None:
    chance = random.Random(3)
    moment, older, orders = START, 0, []
    for number in range(100_000):
        same = chance.random() < 1 / 3 and older < 999
        moment, older = (moment, older + 1) if same else (moment + timedelta(seconds=chance.randint(1, 9)), 0)
        orders.append(order_of(moment, older, f"u{number}"))
    assert all(one < other for one, other in pairwise(orders))


def test_the_zone_of_the_clock_does_not_matter() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=-7)))
    assert order_of(START, 0, "u") == order_of(elsewhere, 0, "u")


def test_uploads_of_one_second_on_two_keys_have_a_stable_order() -> None:
    assert order_of(START, 0, "u1") != order_of(START, 0, "u2")


@pytest.mark.parametrize(
    "moment", [datetime(2026, 11, 22), datetime(1960, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)]
)
def test_a_moment_without_an_order_is_a_program_error(moment: datetime) -> None:
    with pytest.raises(ValueError, match=r"zone|order"):
        order_of(moment, 0, "u")


@given(NUMBERS, NUMBERS, UPLOADS, UPLOADS, st.sampled_from(["", "v"]), st.sampled_from(["", "v"]))
def test_numbers_compare_as_numbers(one: int, other: int, upload: str, another: str, front: str, behind: str) -> None:
    if one < other:
        newer, older = order_of(START, 1, upload), order_of(START, 0, another)
        assert order_by_number(f"{front}{one}", newer) < order_by_number(f"{behind}{other}", older)


@given(NUMBERS, UPLOADS)
def test_a_number_order_is_42_lower_case_ascii_characters(number: int, upload: str) -> None:
    order = order_by_number(str(number), order_of(START, 0, upload))
    assert len(order) == 42
    assert order.isascii()
    assert order == order.lower()


def test_nine_is_before_ten_and_seven_is_v7() -> None:
    by_upload = order_of(START, 0, "u")
    assert order_by_number("9", by_upload) < order_by_number("v10", by_upload)
    assert len({order_by_number(version, by_upload) for version in ("7", "v7", "v007")}) == 1


@given(TIMES, st.integers(0, 999), NUMBERS, UPLOADS)
def test_the_first_number_is_newer_than_any_time(moment: datetime, older: int, number: int, upload: str) -> None:
    by_upload = order_of(moment, older, upload)
    assert by_upload < order_by_number(str(number), by_upload)


@given(TIMES, TIMES, st.integers(0, 999), st.integers(0, 999), UPLOADS, UPLOADS)
def test_of_two_uploads_of_one_number_the_one_that_s3_calls_newer_is(
    one: datetime, other: datetime, first: int, second: int, upload: str, another: str
) -> None:
    left, right = order_of(one, first, upload), order_of(other, second, another)
    assert (order_by_number("7", left) < order_by_number("v7", right)) == (left < right)


@given(TIMES, st.integers(0, 999), NUMBERS, UPLOADS)
def test_either_kind_of_order_can_be_made_of_the_other(moment: datetime, older: int, number: int, upload: str) -> None:
    by_upload = order_of(moment, older, upload)
    by_number = ordered(by_upload, str(number), "number")
    assert (numbered(by_upload), numbered(by_number)) == (False, True)
    assert ordered(by_number, str(number), "upload") == by_upload
    assert ordered(by_number, str(number), "number") == by_number


@pytest.mark.parametrize(
    "version",
    [
        "",
        "v",
        "V7",
        "7a",
        "1.2",
        "-7",
        "+7",
        " 7",
        "7\n",
        "vv7",
        "0x7",
        "1e3",
        "\u0667",
        "\u00b2",
        "7_0",
        "9" * 21,
        "a-7",
    ],
)
def test_a_version_without_a_number_is_rejected_in_words(version: str) -> None:
    with pytest.raises(Rejected) as refused:
        order_by_number(version, order_of(START, 0, "u"))
    assert repr(version)[1:-1] in repr(refused.value.reason)
    assert "7 or v7" in refused.value.reason


@given(TIMES, st.integers(0, 999), UPLOADS, st.integers(1, 9))
def test_a_move_is_above_its_floor_and_below_all_that_is_newer(
    moment: datetime, older: int, upload: str, moves: int
) -> None:
    floor, newer = order_of(moment, older, upload), order_of(moment + timedelta(seconds=1), 0, "another")
    for before in (floor, order_by_number("7", floor)):
        orders = [before]
        for _ in range(moves):
            orders.append(order_of_move(orders[-1]))
        assert orders == sorted(set(orders))
        assert orders[-1] < (order_by_number("7", newer) if numbered(before) else newer)
        assert orders[-1] < order_by_number("8", floor)


def test_the_order_of_a_move_keeps_its_count_in_either_kind() -> None:
    moved = order_of_move(order_of(START, 0, "u"))
    assert moved == f"{order_of(START, 0, 'u')}.000001"
    assert ordered(moved, "7", "number").endswith(".000001")
    assert ordered(ordered(moved, "7", "number"), "7", "upload") == moved


def test_ten_moves_are_more_than_nine() -> None:
    order = order_of(START, 0, "u")
    for _ in range(9):
        order = order_of_move(order)
    assert order < order_of_move(order)
