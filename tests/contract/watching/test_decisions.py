"""How much capacity a scaling policy wants, with numbers. Times are seconds."""

import pytest

from local.scaling.decisions import Bounds, Decision, Measured, Past, Step, Stepping, Tracking, decide

NOW = 10_000.0
WIDE = Bounds(0, 100)
TARGET = Tracking(target=70.0, out_cooldown=300, in_cooldown=300)


def tracked(value, current, *, bounds=WIDE, past=None, policy=TARGET, now=NOW) -> Decision:
    return decide(policy, Measured((value,)), bounds, current, past or Past(), now)


def stepped(policy, distance, current, *, bounds=WIDE, past=None, now=NOW) -> Decision:
    return decide(policy, Measured((50.0 + distance,), 50.0), bounds, current, past or Past(), now)


@pytest.mark.parametrize(
    ("value", "current", "count"),
    [
        pytest.param(70.0, 4, 4, id="on-target"),
        pytest.param(71.0, 4, 5, id="one-more-at-least"),
        pytest.param(140.0, 4, 8, id="twice-the-load-twice-the-instances"),
        pytest.param(100.0, 3, 5, id="rounded-up-out"),
        pytest.param(5.0, 0, 0, id="nothing-below-target-from-zero"),
        pytest.param(500.0, 0, 1, id="one-from-zero-above-target"),
        pytest.param(35.0, 4, 2, id="half-the-load"),
        pytest.param(36.0, 4, 3, id="rounded-up-in"),
        pytest.param(0.1, 4, 1, id="one-while-there-is-any"),
        pytest.param(0.0, 4, 0, id="none-for-nothing"),
    ],
)
def test_target_tracking_follows_the_metric_in_proportion(value, current, count):
    assert tracked(value, current).count == count


@pytest.mark.parametrize(
    ("value", "current", "count"),
    [
        pytest.param(700.0, 4, 6, id="most"),
        pytest.param(0.0, 4, 2, id="least"),
        pytest.param(70.0, 9, 6, id="above-the-bounds-comes-in"),
        pytest.param(70.0, 1, 2, id="below-the-bounds-comes-in"),
    ],
)
def test_no_policy_leaves_the_bounds(value, current, count):
    assert tracked(value, current, bounds=Bounds(2, 6)).count == count


def test_while_the_cooldown_of_a_scale_out_lasts_only_a_larger_one_adds_more():
    first = tracked(140.0, 2)
    assert (first.count, first.past) == (4, Past(out_at=NOW, before_out=2))
    again = tracked(140.0, 4, past=first.past, now=NOW + 299)
    assert again.count == 4  # the two that were added are those it asks for
    larger = tracked(210.0, 4, past=first.past, now=NOW + 299)
    assert (larger.count, larger.past.before_out) == (6, 2)
    over = tracked(140.0, 4, past=first.past, now=NOW + 300)
    assert over.count == 8


def test_the_cooldown_of_a_scale_in_holds_back_the_next_and_a_scale_out_ends_it():
    first = tracked(35.0, 8)
    assert (first.count, first.past.in_at) == (4, NOW)
    held = tracked(35.0, 4, past=first.past, now=NOW + 299)
    assert (held.count, held.reason) == (4, "the cooldown of the last scale-in lasts")
    assert tracked(35.0, 4, past=first.past, now=NOW + 300).count == 2
    out = tracked(140.0, 4, past=first.past, now=NOW + 10)
    assert out.count == 8
    assert tracked(35.0, 8, past=out.past, now=NOW + 20).count == 4


def test_after_a_scale_in_the_scale_out_before_it_counts_no_more():
    out = tracked(140.0, 2)
    back = tracked(52.0, 4, past=out.past, now=NOW + 100)
    assert back.count == 3
    assert tracked(140.0, 3, past=back.past, now=NOW + 200).count == 6


def test_a_policy_that_does_not_scale_in():
    never = Tracking(target=70.0, scales_in=False)
    assert tracked(0.0, 4, policy=never).count == 4
    assert tracked(700.0, 4, policy=never).count == 40


def test_without_a_measurement_nothing_changes():
    assert decide(TARGET, Measured(()), WIDE, 3, Past(), NOW).count == 3


OUT = Stepping(steps=(Step(1, 0, 10), Step(2, 10, 30), Step(5, 30, None)))
IN = Stepping(steps=(Step(-1, -10, 0), Step(-3, None, -10)))


@pytest.mark.parametrize(
    ("policy", "distance", "count"),
    [
        pytest.param(OUT, 0, 11, id="the-threshold-itself"),
        pytest.param(OUT, 9.9, 11, id="within-the-first"),
        pytest.param(OUT, 10, 12, id="above-the-lower-bound-belongs-to-the-step"),
        pytest.param(OUT, 1000, 15, id="without-an-upper-bound"),
        pytest.param(OUT, -1, 10, id="no-step-below"),
        pytest.param(IN, -10, 7, id="below-the-upper-bound-belongs-to-the-step"),
        pytest.param(IN, -9.9, 9, id="within-the-first-below"),
    ],
)
def test_a_step_is_chosen_by_the_distance_from_the_threshold(policy, distance, count):
    assert stepped(policy, distance, 10).count == count


@pytest.mark.parametrize(
    ("percent", "magnitude", "current", "count"),
    [
        pytest.param(25, 0, 10, 12, id="two-and-a-half-is-two"),
        pytest.param(5, 0, 10, 11, id="half-is-one"),
        pytest.param(-5, 0, 10, 9, id="minus-a-half-is-minus-one"),
        pytest.param(-25, 0, 10, 8, id="minus-two-and-a-half-is-minus-two"),
        pytest.param(25, 4, 4, 8, id="magnitude"),
        pytest.param(100, 0, 0, 0, id="a-share-of-nothing"),
    ],
)
def test_percentages_are_rounded_towards_zero_but_by_one_at_least(percent, magnitude, current, count):
    step = Step(percent, 0, None) if percent > 0 else Step(percent, None, 0)
    policy = Stepping((step,), adjusts="PercentChangeInCapacity", magnitude=magnitude)
    assert stepped(policy, 1 if percent > 0 else -1, current).count == count


def test_exact_capacity():
    policy = Stepping((Step(3, 0, None),), adjusts="ExactCapacity")
    assert stepped(policy, 0, 0).count == 3
    assert stepped(policy, 0, 9).count == 3


def test_the_endpoint_at_zero_gets_its_first_instance_and_no_second_in_the_cooldown():
    policy = Stepping((Step(1, 0, None),), cooldown=300)
    first = stepped(policy, 0, 0, bounds=Bounds(0, 4))
    assert first.count == 1
    assert stepped(policy, 0, 1, past=first.past, now=NOW + 60, bounds=Bounds(0, 4)).count == 1
    assert stepped(policy, 0, 1, past=first.past, now=NOW + 300, bounds=Bounds(0, 4)).count == 2


@pytest.mark.parametrize(("how", "count"), [("Average", 12), ("Minimum", 11), ("Maximum", 15)])
def test_the_points_are_aggregated_as_the_policy_says(how, count):
    policy = Stepping(OUT.steps, aggregates=how)
    assert decide(policy, Measured((52.0, 60.0, 90.0), 50.0), WIDE, 10, Past(), NOW).count == count


def test_a_state_that_was_set_by_hand_counts_as_the_threshold():
    assert decide(OUT, Measured((), 50.0), WIDE, 10, Past(), NOW).count == 11
