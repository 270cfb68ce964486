"""The decision: filters leave the legal candidates, scorers order them, the first one is taken."""

from tenantry.domain.base import Value
from tenantry.domain.errors import Rejected
from tenantry.domain.options import Serving
from tenantry.domain.policy import wording
from tenantry.domain.policy.costs import Estimate, estimate
from tenantry.domain.policy.filters import FILTERS
from tenantry.domain.policy.given import Candidate, Given, candidates
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.scorers import Legal, score
from tenantry.domain.policy.wording import Out

__all__ = ["Choice", "Out", "Weighing", "choose", "weigh"]


class Weighing(Value):
    """Every candidate: the legal ones, best first, and those that are out, in the order of the options."""

    legal: tuple[Legal, ...]
    out: tuple[Out, ...]


class Choice(Value):
    """The option, its fleet (`None`: hosts of its own), what it runs on and costs, and the reasons as sentences.

    `because` starts with the choice itself; then come the legal others, cheapest first, those that are out, and the
    date of the prices.
    """

    option: Serving
    fleet: str | None
    estimate: Estimate
    because: tuple[str, ...]
    weighing: Weighing


def choose(needs: Needs, given: Given) -> Choice:
    """The best legal candidate; Rejected, with the reasons against every option, when there is none."""
    weighing = weigh(needs, given)
    if not weighing.legal:
        why = ". ".join(wording.rejected(weighing.out))
        raise Rejected(f"no serving option is possible with these needs. {why}", check="placement")
    winner, *others = weighing.legal
    fleet = winner.candidate.fleet
    because = (
        wording.chosen(winner, needs),
        *(wording.other(winner, one, needs) for one in others),
        *wording.rejected(weighing.out, weighing.legal),
        wording.dated(given.prices),
    )
    return Choice(
        option=winner.candidate.option,
        fleet=fleet.name if fleet else None,
        estimate=winner.estimate,
        because=because,
        weighing=weighing,
    )


def weigh(needs: Needs, given: Given) -> Weighing:
    """All candidates, judged by all filters; the same whatever the order of the fleets."""
    legal, out = [], []
    for candidate in candidates(given):
        because = objections(candidate, needs, given)
        cost = estimate(candidate, needs, given)
        if because:
            out.append(Out(candidate=candidate, because=because, estimate=cost))
        else:
            assert cost is not None, candidate
            legal.append(Legal(candidate=candidate, estimate=cost))
    return Weighing(legal=tuple(sorted(legal, key=lambda one: score(one, needs))), out=tuple(out))


def objections(candidate: Candidate, needs: Needs, given: Given) -> tuple[tuple[str, str], ...]:
    """(filter, sentence) of every filter that objects."""
    found = ((each.__name__, each(candidate, needs, given)) for each in FILTERS)
    return tuple((name, sentence) for name, sentence in found if sentence)
