"""What is tried again, how often and after what pause: one table.

botocore's own retries are off for InvokeEndpoint, because it does not retry ModelNotReadyException and would multiply
with what is done here. A connection that could not be made or broke before an answer is tried again, as SageMaker's
5xx are: an inference changes nothing. What timed out is not: the next try would wait as long.
"""

from collections.abc import Callable
from typing import NamedTuple

from tenantry_client._errors import NotReady, TenantryError, Throttled, Unavailable


class Pause(NamedTuple):
    """At most so many `tries` after the first; pauses double from `first` to `most` seconds, half of each at random."""

    tries: int
    first: float
    most: float


PAUSES: dict[type[TenantryError], Pause] = {
    NotReady: Pause(tries=10_000, first=0.25, most=4.0),  # bounded by patience alone
    Throttled: Pause(tries=4, first=0.2, most=3.0),
    Unavailable: Pause(tries=2, first=0.1, most=1.0),
}
"""By exact type: a kind that is not here is not tried again."""


class Retries:
    """The tries of one call, until the clock shows `deadline`."""

    def __init__(
        self,
        deadline: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        chance: Callable[[], float],
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._tried: dict[type[TenantryError], int] = {}

    def pause(self, failure: TenantryError) -> None:
        """Wait before the next try, or raise the failure when there shall be none."""
        kind = type(failure)
        plan = PAUSES.get(kind)
        tried = self._tried.get(kind, 0)
        if plan is None or tried >= plan.tries:
            raise failure
        self._tried[kind] = tried + 1
        seconds = min(plan.most, plan.first * 2 ** min(tried, 10)) * (0.5 + 0.5 * self._chance())
        if self._clock() + seconds >= self._deadline:
            raise failure
        self._sleep(seconds)
