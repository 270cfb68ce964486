"""What makes one legal candidate better than another: the scorers in order, each for the ties of those before it.

The first paragraph of each docstring is its row in `docs/placement.md`.
"""

from collections.abc import Callable

from tenantry.domain.base import Value
from tenantry.domain.options import Serving
from tenantry.domain.policy import cold
from tenantry.domain.policy.costs import Estimate
from tenantry.domain.policy.given import Candidate
from tenantry.domain.policy.needs import Needs

_CALLS = {
    Serving.REAL_TIME: 3,
    Serving.SERVERLESS: 3,
    Serving.ASYNCHRONOUS: 3,
    Serving.MULTI_MODEL: 0,
    Serving.MULTI_CONTAINER: 3,
    Serving.INFERENCE_COMPONENT: 2,
    Serving.BATCH_TRANSFORM: 2,
}
_OWN_COMPONENT = {Serving.INFERENCE_COMPONENT: 2}
"""Configuration and endpoint, where no fleet has them."""


class Legal(Value):
    """A candidate that no filter objects to, and what it would cost."""

    candidate: Candidate
    estimate: Estimate


def cost(legal: Legal, _: Needs) -> float:
    """The estimated cost per month, in cents."""
    return round(100 * legal.estimate.usd)


def first_answer(legal: Legal, needs: Needs) -> float:
    """The seconds that a first answer can take where no warm host waits."""
    return cold.first_answer(legal.candidate.option, needs)


def control_calls(legal: Legal, _: Needs) -> float:
    """The SageMaker calls that create what the first version needs; an account has one a second."""
    own = 0 if legal.candidate.fleet else _OWN_COMPONENT.get(legal.candidate.option, 0)
    return _CALLS[legal.candidate.option] + own


def neighbours(legal: Legal, _: Needs) -> float:
    """The models of others on the same host, whose load is felt."""
    return legal.candidate.fleet.models if legal.candidate.fleet else 0


def order(legal: Legal, _: Needs) -> float:
    """The place among the options, as listed below."""
    return list(Serving).index(legal.candidate.option)


Scorer = Callable[[Legal, Needs], float]
SCORERS: tuple[Scorer, ...] = (cost, first_answer, control_calls, neighbours, order)
"""Less is better."""
BETTER = {
    "first_answer": "answers sooner from cold",
    "control_calls": "needs fewer calls to SageMaker",
    "neighbours": "has fewer neighbours",
    "order": "comes first in order",
}
"""What is said of the winner when a scorer breaks a tie of costs."""


def score(legal: Legal, needs: Needs) -> tuple[float, ...]:
    """All scores. Two fleets may be alike; they stay in the order of the candidates, by name."""
    return tuple(scorer(legal, needs) for scorer in SCORERS)


def decisive(winner: Legal, other: Legal, needs: Needs) -> str | None:
    """The name of the first scorer that tells the two apart; `None`: only the fleets' names do."""
    apart = (scorer.__name__ for scorer in SCORERS if scorer(winner, needs) != scorer(other, needs))
    return next(apart, None)
