"""What each candidate would cost a month, and how that was calculated. A month has 30 days.

Every estimate grows, or stays, with the requests per day. What all options pay alike (storage, requests to S3) is
left out.
"""

from collections.abc import Callable
from math import ceil

from tenantry.domain.base import Value
from tenantry.domain.options import Serving
from tenantry.domain.policy import sizing
from tenantry.domain.policy.given import Candidate, Given
from tenantry.domain.policy.limits import MOST_CONTAINERS
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.prices import InstancePrice

DAYS = 30
HOURS = 24 * DAYS
AWAKE_HOURS = 0.25
"""How long an asynchronous endpoint stays up for a lone request: start, work, cool-down; Tenantry's assumption."""
JOB_HOURS = 0.1
"""What a transform job bills before its first record: download and start; Tenantry's assumption."""

COMPONENT_VCPUS = 1
"""What a component reserves where its profile names nothing (domain/option_settings.py, ComponentSettings)."""


class Estimate(Value):
    """`usd` a month, rounded to cents, and `how` in words.

    What the candidate would run on: `least` to `most` instances of `instance_type`, or, serverless, `memory_mb` and
    `at_once` calls.
    """

    usd: float
    how: str
    instance_type: str | None = None
    least: int = 0
    most: int = 0
    memory_mb: int | None = None
    at_once: int | None = None


def estimate(candidate: Candidate, needs: Needs, given: Given) -> Estimate | None:
    """The cheapest way to run this candidate; `None` when there is none, which a filter then says."""
    if candidate.option is Serving.SERVERLESS:
        return _serverless(needs, given)
    if candidate.shared:
        return _share(candidate, needs, given)
    of = _OWN[candidate.option]
    each = (of(name, kind, needs, given) for name, kind in sizing.fitting(candidate, needs, given))
    return min(each, key=lambda one: (one.usd, one.instance_type), default=None)


def money(usd: float) -> str:
    """Dollars as one says them: cents below ten, none above."""
    return f"${usd:,.2f}" if usd < 10 else f"${usd:,.0f}"


def number(value: float) -> str:
    """Two significant digits, or all that stand before the point."""
    if 0 < value < 0.01:
        return "less than 0.01"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def at_once(needs: Needs) -> int:
    """How many calls a serverless endpoint works on at the peak."""
    mean = needs.requests_per_day * sizing.serverless_seconds(needs) / sizing.DAY
    return max(1, ceil(mean * needs.burstiness))


def _serverless(needs: Needs, given: Given) -> Estimate | None:
    memory = sizing.serverless_mb(needs)
    if memory is None:
        return None
    seconds, price = sizing.serverless_seconds(needs), given.prices.serverless_usd_per_gb_second
    requests = DAYS * needs.requests_per_day
    return Estimate(
        usd=round(requests * seconds * memory / 1024 * price, 2),
        how=f"{number(requests)} requests x {number(seconds)} s x {memory // 1024} GB at ${price:.5f} per GB-second",
        memory_mb=memory,
        at_once=at_once(needs),
    )


def _all_day(name: str, kind: InstancePrice, needs: Needs, given: Given) -> Estimate:
    """Half of the requests come at the peak; capacity follows them, but never below the least."""
    least, peak = max(1, given.instances.min), sizing.at_peak(kind, needs)
    share = 1 / (2 * needs.burstiness)
    calm = sizing.mean(kind, needs) / 2 / (1 - share)
    mean = max(least, calm) * (1 - share) + max(least, peak) * share
    most = max(least, ceil(peak))
    count = f"{least} x " if least > 1 else ""
    how = f"{count}{name} all day" if most == least else f"{least} to {most} x {name}, {mean:.1f} on average,"
    return _priced(name, kind, mean * HOURS, how, least, most)


def _woken(name: str, kind: InstancePrice, needs: Needs, given: Given) -> Estimate:
    """Up for the quarters of an hour in which requests come, and for as long as their work takes."""
    quarters = min(needs.requests_per_day, 24 / AWAKE_HOURS / needs.burstiness)
    most = max(1, min(ceil(sizing.at_peak(kind, needs)), given.instances.max))
    busy = 24 * sizing.mean(kind, needs)
    hours = max(quarters * AWAKE_HOURS, busy)
    how = f"{number(hours)} instance-hours of {name} a day"
    return _priced(name, kind, DAYS * hours, how, 0, most)


def _daily_job(name: str, kind: InstancePrice, needs: Needs, _: Given) -> Estimate:
    """One job a day over all of its records."""
    busy = 24 * sizing.mean(kind, needs)
    hours = JOB_HOURS + busy if needs.requests_per_day else 0
    count = max(1, ceil(busy / 24))
    return _priced(name, kind, DAYS * hours, f"a daily job of {number(hours)} hours on {name}", count, count)


def _priced(name: str, kind: InstancePrice, hours: float, how: str, least: int, most: int) -> Estimate:
    usd, how = round(hours * kind.usd_per_hour, 2), f"{how} at ${kind.usd_per_hour:.3f} an hour"
    return Estimate(usd=usd, how=how, instance_type=name, least=least, most=most)


def _share(candidate: Candidate, needs: Needs, given: Given) -> Estimate | None:
    fleet, fit = candidate.fleet, sizing.fitting(candidate, needs, given)
    if fleet is None or not fit:
        return None
    [(name, kind)] = fit
    least = max(1, fleet.instances.min)
    taken = _taken(candidate, least, kind, needs)
    how = f"{number(100 * taken / least)}% of {least} x {name} at ${kind.usd_per_hour:.3f} an hour"
    usd = round(taken * HOURS * kind.usd_per_hour, 2)
    return Estimate(usd=usd, how=how, instance_type=name, least=least, most=fleet.instances.max)


def _taken(candidate: Candidate, least: int, kind: InstancePrice, needs: Needs) -> float:
    """Instances of the fleet: by memory or by work, whichever is more, and never less than the option reserves.

    A model is on each of the least instances, a component on as many as it has copies: one, while that is enough.
    """
    memory = sizing.memory_mb(candidate, needs) / sizing.usable_mb(kind, needs)
    work = sizing.mean(kind, needs)
    if candidate.option is Serving.INFERENCE_COMPONENT:
        return max(memory, work, COMPONENT_VCPUS / kind.vcpu)
    smallest = 1 / MOST_CONTAINERS if candidate.option is Serving.MULTI_CONTAINER else 0
    return max(least * max(memory, smallest), work)


_OWN: dict[Serving, Callable[[str, InstancePrice, Needs, Given], Estimate]] = {
    Serving.REAL_TIME: _all_day,
    Serving.INFERENCE_COMPONENT: _all_day,
    Serving.ASYNCHRONOUS: _woken,
    Serving.BATCH_TRANSFORM: _daily_job,
}
