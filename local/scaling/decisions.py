"""How much capacity a scaling policy wants: a pure function of what was measured, the bounds, the past and the time.

As the Application Auto Scaling user guide tells it. Target tracking: capacity follows the metric in proportion and is
rounded up. While the cooldown of a scale-out lasts, what it added counts as part of the next one, so only a larger one
adds more; the cooldown of a scale-in holds back further ones, and a scale-out ends it.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

COOLDOWN = 300.0
"""Seconds, for everything of SageMaker's that scales, when a policy names none."""


@dataclass(frozen=True)
class Bounds:
    """MinCapacity and MaxCapacity."""

    least: int
    most: int

    def within(self, count: int) -> int:
        """The count, moved inside."""
        return max(self.least, min(self.most, count))


@dataclass(frozen=True)
class Tracking:
    """A target tracking policy; cooldowns in seconds."""

    target: float
    out_cooldown: float = COOLDOWN
    in_cooldown: float = COOLDOWN
    scales_in: bool = True


@dataclass(frozen=True)
class Step:
    """An adjustment for metrics between two distances from the alarm's threshold; None is without end."""

    adjustment: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Stepping:
    """A step scaling policy; the cooldown in seconds."""

    steps: tuple[Step, ...]
    adjusts: Literal["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"] = "ChangeInCapacity"
    cooldown: float = COOLDOWN
    magnitude: int = 0
    aggregates: Literal["Average", "Minimum", "Maximum"] = "Average"


Policy = Tracking | Stepping


@dataclass(frozen=True)
class Measured:
    """The data points that breached, oldest first, and the threshold of the alarm that saw them."""

    points: tuple[float, ...]
    threshold: float = 0.0


@dataclass(frozen=True)
class Past:
    """The last scale-out of a policy, the capacity before it, and its last scale-in; seconds since the epoch."""

    out_at: float = -math.inf
    before_out: int = 0
    in_at: float = -math.inf


@dataclass(frozen=True)
class Decision:
    """The capacity to have from now on, and why; `past` is what the policy has to remember."""

    count: int
    reason: str
    past: Past


def decide(policy: Policy, measured: Measured, bounds: Bounds, current: int, past: Past, now: float) -> Decision:
    """What a policy makes of what was measured; a count outside the bounds comes inside whatever it wants."""
    wanted, why = _wanted(policy, measured, current, past, now)
    count = bounds.within(wanted)
    if count > current:
        held = _before(policy, current, past, now)
        return Decision(count, why, Past(out_at=now, before_out=held))
    if count < current:
        return Decision(count, why, replace(past, in_at=now, out_at=-math.inf))
    return Decision(count, why, past)


def _wanted(policy: Policy, measured: Measured, current: int, past: Past, now: float) -> tuple[int, str]:
    if isinstance(policy, Tracking):
        return _tracked(policy, measured, current, past, now)
    return _stepped(policy, measured, current, past, now)


def _tracked(policy: Tracking, measured: Measured, current: int, past: Past, now: float) -> tuple[int, str]:
    if not measured.points:
        return current, "nothing was measured"
    value = measured.points[-1]
    if value > policy.target:
        base = _before(policy, current, past, now)
        wanted = max(base + 1, math.ceil(base * value / policy.target))
        return max(current, wanted), f"{value:g} is above the target {policy.target:g}"
    if not policy.scales_in:
        return current, "the policy does not scale in"
    if now < past.in_at + policy.in_cooldown:
        return current, "the cooldown of the last scale-in lasts"
    wanted = math.ceil(current * value / policy.target)
    return min(current, wanted), f"{value:g} is below the target {policy.target:g}"


def _stepped(policy: Stepping, measured: Measured, current: int, past: Past, now: float) -> tuple[int, str]:
    distance = _aggregated(policy, measured) - measured.threshold
    step = next((step for step in policy.steps if _holds(step, distance)), None)
    if step is None:
        return current, f"no step for a distance of {distance:g} from the threshold"
    base = _before(policy, current, past, now)
    wanted = _adjusted(policy, step.adjustment, base)
    if wanted > base:
        return max(current, wanted), f"the step for a distance of {distance:g} from the threshold"
    if now < past.in_at + policy.cooldown:
        return current, "the cooldown of the last scale-in lasts"
    return min(current, _adjusted(policy, step.adjustment, current)), f"the step for a distance of {distance:g}"


def _before(policy: Policy, current: int, past: Past, now: float) -> int:
    """The capacity that counts for a scale-out: that before the last one, while its cooldown lasts."""
    cooldown = policy.out_cooldown if isinstance(policy, Tracking) else policy.cooldown
    return min(current, past.before_out) if now < past.out_at + cooldown else current


def _aggregated(policy: Stepping, measured: Measured) -> float:
    """Without data points (a state that was set by hand) the threshold itself."""
    values = measured.points or (measured.threshold,)
    by = {"Average": sum(values) / len(values), "Minimum": min(values), "Maximum": max(values)}
    return by[policy.aggregates]


def _holds(step: Step, distance: float) -> bool:
    """Above the threshold the lower bound belongs to the step, below it the upper one does."""
    low = -math.inf if step.low is None else step.low
    high = math.inf if step.high is None else step.high
    return low <= distance < high if distance >= 0 else low < distance <= high


def _adjusted(policy: Stepping, adjustment: int, current: int) -> int:
    match policy.adjusts:
        case "ExactCapacity":
            return adjustment
        case "ChangeInCapacity":
            return current + adjustment
    return current + _percent(current * adjustment / 100, policy.magnitude)


def _percent(change: float, magnitude: int) -> int:
    """Rounded towards zero, but by one at least, and by the policy's magnitude at least."""
    size = max(math.floor(abs(change)), magnitude, 1 if change else 0)
    return int(math.copysign(size, change)) if change else 0
