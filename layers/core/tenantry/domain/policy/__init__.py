"""The placement policy behind `"serving": "auto"`: the cheapest legal option, with the reasons in words."""

from tenantry.domain.policy.choosing import Choice, Out, Weighing, choose, weigh
from tenantry.domain.policy.costs import Estimate
from tenantry.domain.policy.given import Candidate, Fleet, Given
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.prices import Prices

__all__ = [
    "Candidate",
    "Choice",
    "Estimate",
    "Fleet",
    "Given",
    "Needs",
    "Out",
    "Prices",
    "Weighing",
    "choose",
    "weigh",
]
