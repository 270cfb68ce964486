"""The reasons as sentences, fit for a mail."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tenantry.domain.base import Value
from tenantry.domain.policy.costs import Estimate, money
from tenantry.domain.policy.given import Candidate
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.prices import Prices
from tenantry.domain.policy.scorers import BETTER, Legal, decisive

MOST_FLEETS = 3
"""So many fleets of an option are named; the others are counted."""


class Out(Value):
    """A rejected candidate: (filter, sentence) of every filter that objects, and its cost if it can run at all."""

    candidate: Candidate
    because: tuple[tuple[str, str], ...]
    estimate: Estimate | None = None

    def __str__(self) -> str:
        return f"{self.candidate} is out: {'; '.join(sentence for _, sentence in self.because)}"


def chosen(winner: Legal, needs: Needs) -> str:
    """The winner, its price and how that was calculated."""
    estimate, requests = winner.estimate, f"{needs.requests_per_day:,.0f} requests a day"
    price = f"about {money(estimate.usd)}" if estimate.usd else "less than a cent"
    return f"{winner.candidate}, {price} a month for {requests} ({estimate.how})"


def other(winner: Legal, one: Legal, needs: Needs) -> str:
    """Why this legal one was not taken."""
    price = f"{money(one.estimate.usd)} a month ({one.estimate.how})"
    scorer = decisive(winner, one, needs)
    if scorer == "cost":
        return f"{one.candidate} would cost {price}"
    better = BETTER[scorer] if scorer else "comes first by name"
    return f"{one.candidate} would also cost {price}, and {winner.candidate} {better}"


def rejected(out: Sequence[Out], legal: Sequence[Legal] = ()) -> Iterator[str]:
    """A sentence for each option that is out, whatever the fleet; else for its first few fleets."""
    taken = {one.candidate.option for one in legal}
    for option, group in groupby(out, key=lambda each: each.candidate.option):
        ones = list(group)
        shared = [reason for name, reason in ones[0].because if all((name, reason) in one.because for one in ones)]
        if shared and option not in taken:
            yield f"{option} is out: {'; '.join(shared)}"
            continue
        yield from map(str, ones[:MOST_FLEETS])
        if more := len(ones[MOST_FLEETS:]):
            yield f"{option} is out on {more:,} more {'fleets' if more > 1 else 'fleet'}"


def dated(prices: Prices) -> str:
    """What the numbers are worth."""
    return f"costs are estimates from the prices of {prices.region} as of {prices.as_of}"
