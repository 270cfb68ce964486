"""When an alarm is in ALARM. The tables are those of the CloudWatch user guide on missing data."""

import pytest

from local.alarms.judgement import Condition, judge
from local.alarms.series import Sample, points, summed_up

OLD = "OK"
KEPT = "kept"


def state_of(shown, periods, datapoints, missing, before=OLD):
    """The state for points shown as the guide does: X breaches, 0 does not, - is missing."""
    condition = Condition("GreaterThanThreshold", 1.0, periods, datapoints, missing)
    values = [{"X": 2.0, "0": 0.0, "-": None}[each] for each in shown.split()]
    return judge(condition, values, before).state


@pytest.mark.parametrize(
    ("shown", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", KEPT, "ALARM", "OK"),
    ],
)
def test_three_out_of_three(shown, missing, ignore, breaching, not_breaching):
    for before in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        found = [state_of(shown, 3, 3, how, before) for how in ("missing", "ignore", "breaching", "notBreaching")]
        assert found == [before if each == KEPT else each for each in (missing, ignore, breaching, not_breaching)]


@pytest.mark.parametrize(
    ("shown", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "OK", "ALARM", "OK"),
        ("- - - X -", "ALARM", KEPT, "ALARM", "OK"),
    ],
)
def test_two_out_of_three(shown, missing, ignore, breaching, not_breaching):
    for before in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        found = [state_of(shown, 3, 2, how, before) for how in ("missing", "ignore", "breaching", "notBreaching")]
        assert found == [before if each == KEPT else each for each in (missing, ignore, breaching, not_breaching)]


@pytest.mark.parametrize("before", ["OK", "INSUFFICIENT_DATA"])
def test_one_breach_of_three_is_too_early_to_tell(before):
    assert state_of("- - - - X", 3, 3, "missing", before) == before


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_comparisons(comparison, below, at, above):
    condition = Condition(comparison, 5.0, 1, 1)
    assert [judge(condition, [value], "OK").state for value in (4.0, 5.0, 6.0)] == [below, at, above]


def test_the_reason_has_the_numbers():
    condition = Condition("GreaterThanOrEqualToThreshold", 1.0, 2, 2)
    found = judge(condition, [None, None, 3.0, 4.0], "OK")
    assert found.reason == (
        "Threshold Crossed: 2 out of the last 2 datapoints [3.0, 4.0] were greater than or equal to "
        "the threshold (1.0)."
    )
    assert found.values == (3.0, 4.0)
    gone = judge(Condition("LessThanThreshold", 1.0, 1, 1, "breaching"), [None, None], "OK")
    assert gone.reason == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated "
        "as [Breaching]."
    )


def test_samples_fall_into_the_periods_before_the_end():
    samples = [Sample.of(at, 1.0) for at in (99.9, 100.0, 159.9, 160.0, 219.9, 220.0)]
    assert points(samples, "Sum", 220.0, 60.0, 3) == [1.0, 2.0, 2.0]
    assert points(samples, "Sum", 100.0, 60.0, 2) == [None, 1.0]


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("Sum", 5050.0), ("Average", 50.5), ("Minimum", 1.0), ("Maximum", 100.0), ("SampleCount", 100.0), ("p90", 90.0),
     ("p99.9", 100.0), ("p0", 1.0)],
)  # fmt: skip
def test_statistics(statistic, value):
    assert summed_up(statistic, [Sample.of(0.0, float(number)) for number in range(1, 101)]) == value


def test_sets_of_values_have_no_percentile():
    whole = Sample(0.0, total=10.0, least=1.0, most=9.0, count=2.0)
    assert summed_up("p90", [whole]) is None
    assert summed_up("Average", [whole]) == 5.0
    with pytest.raises(ValueError, match="no statistic 'IQM'"):
        summed_up("IQM", [whole])
