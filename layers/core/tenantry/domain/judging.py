"""Is a canary as good as the version that is live? Judged from what was counted of both, and from named alarms.

Nothing is claimed that was not counted: each comparison names its source. Only what was counted of both versions in
the same way and time is compared, so a bad hour of everybody's does not count against the canary.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from tenantry.domain.base import Value

UNFELT_MS = 10.0
"""A mean that is slower by less than this is nothing that a caller feels, whatever the ratio."""
LOOKS = 5
"""So often a bake is looked at, so that a bad canary need not serve to its end."""
SHORTEST_LOOK = timedelta(minutes=1)
"""CloudWatch has a minute's sum when the minute is over."""
_QUIET = {"OK", "INSUFFICIENT_DATA"}

AlarmName = Annotated[str, StringConstraints(pattern=r"\A[!-~]([ -~]{0,253}[!-~])?\z")]


class CanarySettings(Value):
    """How a swap is judged before it is complete: `percent` of the calls go to the new version for so many minutes.

    It goes back when its share of failed calls is above the live version's by more than `max_error_ratio`, when its
    mean latency is above `max_latency_ratio` times the live version's, or when one of the alarms is in ALARM. Fewer
    than `least_calls` calls of a version say nothing about it.
    """

    percent: Annotated[int, Field(ge=1, le=50)] = 10
    minutes: Annotated[int, Field(ge=1, le=240)] = 10
    max_error_ratio: Annotated[float, Field(ge=0, le=1)] = 0.02
    max_latency_ratio: Annotated[float, Field(ge=1, le=100)] = 1.5
    least_calls: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    alarms: Annotated[tuple[AlarmName, ...], Field(max_length=10)] = ()


class Counted(Value):
    """What was counted of one version since its bake began; `latency_ms` is the sum over all calls."""

    calls: int
    errors: int
    latency_ms: float

    @property
    def error_ratio(self) -> float:
        """Failed calls in all calls; 0 without any."""
        return self.errors / self.calls if self.calls else 0.0

    @property
    def mean_ms(self) -> float:
        """0 without any call."""
        return self.latency_ms / self.calls if self.calls else 0.0

    def __str__(self) -> str:
        return f"{self.calls:,} calls, {self.errors:,} failed ({self.error_ratio:.1%}), {self.mean_ms:.1f} ms"


class Comparison(Value):
    """Both versions as one source counted them: the client library, or SageMaker for endpoints of their own."""

    source: Literal["client", "endpoint"]
    canary: Counted
    live: Counted

    def __str__(self) -> str:
        said = {"client": "clients' counts", "endpoint": "SageMaker's counts"}[self.source]
        return f"canary {self.canary}; live {self.live} ({said})"


class Observed(Value):
    """All that is known of a bake. `alarms`: name → state, empty where there is no such alarm."""

    comparisons: tuple[Comparison, ...] = ()
    alarms: dict[str, str] = {}


class Verdict(Value):
    """What becomes of a canary, and why, with the numbers.

    `back`: it is taken off. `bake`: look again later. `extend`: too few calls, so as long again, once. `probe`: too few
    calls still, so let it answer its sample. `promote`: it goes live.
    """

    decision: Literal["back", "bake", "extend", "probe", "promote"]
    reason: str

    def record(self, observed: Observed) -> dict[str, Any]:
        """As it is kept with the version and told."""
        return {**self.model_dump(mode="json"), **observed.model_dump(mode="json")}


def judge(asked: CanarySettings, observed: Observed, now: datetime, until: datetime, *, extended: bool) -> Verdict:
    """The verdict at this moment of a bake that goes on `until` then."""
    if why := _alarmed(observed.alarms) or _worse(asked, observed.comparisons):
        return Verdict(decision="back", reason=why)
    if now < until:
        return Verdict(decision="bake", reason=_seen(observed))
    if known := next((one for one in observed.comparisons if _tells(one, asked)), None):
        return Verdict(decision="promote", reason=f"no worse than the live version: {known}")
    few = f"too few calls to judge, {asked.least_calls:,} of each version are needed: {_seen(observed)}"
    return Verdict(decision="probe" if extended else "extend", reason=few)


def next_look(asked: CanarySettings, now: datetime, until: datetime) -> datetime:
    """When to look at the bake again."""
    return min(until, now + max(timedelta(minutes=asked.minutes) / LOOKS, SHORTEST_LOOK))


def _alarmed(alarms: Mapping[str, str]) -> str:
    for name, state in alarms.items():
        if not state:
            return f"there is no alarm {name} in this account and region, so nothing vouches for the canary"
        if state not in _QUIET:
            return f"alarm {name} is in {state}"
    return ""


def _worse(asked: CanarySettings, comparisons: Sequence[Comparison]) -> str:
    return next((why for one in comparisons if (why := _fails_more(one, asked) or _is_slower(one, asked))), "")


def _fails_more(one: Comparison, asked: CanarySettings) -> str:
    """Of a canary with few calls, what has failed is taken as if the calls that are missing went well."""
    ratio = one.canary.errors / max(one.canary.calls, asked.least_calls)
    if ratio <= one.live.error_ratio + asked.max_error_ratio:
        return ""
    return f"more of its calls fail, by more than {asked.max_error_ratio:.1%} of them: {one}"


def _is_slower(one: Comparison, asked: CanarySettings) -> str:
    canary, live = one.canary.mean_ms, one.live.mean_ms
    if not _tells(one, asked) or canary <= max(asked.max_latency_ratio * live, live + UNFELT_MS):
        return ""
    return f"its calls take more than {asked.max_latency_ratio:g} times as long: {one}"


def _tells(one: Comparison, asked: CanarySettings) -> bool:
    return min(one.canary.calls, one.live.calls) >= asked.least_calls


def _seen(observed: Observed) -> str:
    return "; ".join(map(str, observed.comparisons)) or "nothing was counted"
