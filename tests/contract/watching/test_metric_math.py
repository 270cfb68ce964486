"""Metric math: what an alarm may compute from several series."""

import pytest

from local.alarms.expressions import evaluate

SERIES = {"a": [1.0, None, 3.0], "b": [2.0, 2.0, 0.0]}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a + b", [3.0, None, 3.0]),
        ("FILL(a, 0) + FILL(b, 0)", [3.0, 2.0, 3.0]),
        ("FILL(a, REPEAT)", [1.0, 1.0, 3.0]),
        ("100 * (a / b)", [50.0, None, None]),
        ("-a", [-1.0, None, -3.0]),
        ("IF(b > 1, b, 7)", [2.0, 2.0, 7.0]),
        ("MAX([a, b])", [2.0, 2.0, 3.0]),
        ("AVG([a, b])", [1.5, 2.0, 1.5]),
        ("ABS(b - 2)", [0.0, 0.0, 2.0]),
    ],
)
def test_an_expression_over_two_series(expression, values):
    assert evaluate(expression, SERIES, 3) == values


@pytest.mark.parametrize(
    "expression", ["SEARCH('{N}', 'Sum')", "a if b else a", "__import__('os')", "a.b", "a +", "missing", "a % b"]
)
def test_what_it_does_not_know_it_refuses(expression):
    with pytest.raises(ValueError, match="metric math"):
        evaluate(expression, SERIES, 3)
