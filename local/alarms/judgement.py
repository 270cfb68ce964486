"""Whether an alarm is in ALARM: a pure judgement over its last periods, missing ones included.

As the CloudWatch user guide tells it ("How alarm state is evaluated when data is missing"): more periods are looked at
than the alarm counts. With enough real data points the newest of them decide and missing ones do not matter; with
fewer, the gaps are filled the way the alarm treats missing data.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]

EXTRA_PERIODS = 2
"""How much further back than its own periods an alarm looks; the guide's examples show five for three."""

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Condition:
    """M (`datapoints`) out of N (`periods`) compared with a threshold."""

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    missing: Missing = "missing"

    def breached(self, value: float) -> bool:
        """Whether one data point breaches it."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Judgement:
    """The state, why, and the real data points it rests on, oldest first."""

    state: State
    reason: str
    values: tuple[float, ...] = ()


def judge(condition: Condition, points: Sequence[float | None], before: State) -> Judgement:
    """The state after these points (oldest first, None is missing), of an alarm that was in `before`."""
    real = [value for value in points if value is not None]
    if not real:
        state = _without_data(condition, before)
        return Judgement(state, _no_data(condition))
    values = tuple(real[-condition.periods :])
    breaching = sum(condition.breached(value) for value in values)
    gaps = max(0, condition.periods - len(real))
    filled = breaching + (gaps if condition.missing == "breaching" else 0)
    if filled >= condition.datapoints:
        state = "ALARM"
    elif gaps and breaching == len(values) and condition.missing in ("missing", "ignore"):
        state = _too_few(condition, points, before)
    else:
        state = "OK"
    return Judgement(state, _crossed(condition, values, breaching, state, gaps), values)


def _without_data(condition: Condition, before: State) -> State:
    by_treatment: dict[Missing, State] = {
        "missing": "INSUFFICIENT_DATA", "ignore": before, "breaching": "ALARM", "notBreaching": "OK",
    }  # fmt: skip
    return by_treatment[condition.missing]


def _too_few(condition: Condition, points: Sequence[float | None], before: State) -> State:
    """All there is breaches: ALARM once the oldest of it is as old as the alarm needs; else nothing is known yet."""
    recent = list(points)[-condition.periods :]
    age = next((len(recent) - index for index, value in enumerate(recent) if value is not None), 0)
    old_enough = age >= condition.datapoints and condition.missing == "missing"
    return "ALARM" if old_enough else before


def _no_data(condition: Condition) -> str:
    how = {"missing": "Insufficient Data", "ignore": "Insufficient Data"}.get(condition.missing, "Threshold Crossed")
    return (f"{how}: no datapoints were received for {condition.periods} period{_s(condition.periods)} and "
            f"{condition.periods} missing datapoint{_s(condition.periods)} {_were(condition.periods)} treated as "
            f"[{_treated(condition)}].")  # fmt: skip


def _treated(condition: Condition) -> str:
    return {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(condition.missing, "Missing")


def _crossed(condition: Condition, values: tuple[float, ...], breaching: int, state: State, gaps: int) -> str:
    words = COMPARISONS[condition.comparison][1]
    shown = ", ".join(str(value) for value in values)
    told = breaching if state == "ALARM" else len(values) - breaching
    not_ = "" if state == "ALARM" else "not "
    filled = f" {gaps} missing datapoint{_s(gaps)} treated as [{_treated(condition)}]." if gaps else ""
    return (f"Threshold Crossed: {told} out of the last {len(values)} datapoint{_s(len(values))} [{shown}] "
            f"{_were(told)} {not_}{words} the threshold ({condition.threshold}).{filled}")  # fmt: skip


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
