"""The lists of filters and scorers, the page made from them, and the prices that are shipped."""

from datetime import date
from pathlib import Path

import pytest

from tenantry.domain.options import Serving
from tenantry.domain.policy.catalogue import page, told
from tenantry.domain.policy.filters import FILTERS
from tenantry.domain.policy.limits import LIMITS
from tenantry.domain.policy.scorers import BETTER, SCORERS
from tests.unit.domain.policy.ground import PRICES, PRICES_FILE

PAGE = Path(__file__).parents[4] / "docs" / "placement.md"


def test_the_page_is_in_step_with_the_policy() -> None:
    assert PAGE.read_text() == page(), "python -m tenantry.domain.policy.catalogue > docs/placement.md"


def test_names_are_unique() -> None:
    names = [each.__name__ for each in (*FILTERS, *SCORERS)]
    assert len(set(names)) == len(names) == len(FILTERS) + len(SCORERS)


@pytest.mark.parametrize("rule", FILTERS, ids=lambda rule: rule.__name__)
def test_every_filter_says_what_holds_and_where_that_is_from(rule) -> None:
    name, holds, source = told(rule)
    assert f"| {name} | {holds} | {source} |" in page()
    assert holds[0].isupper()
    assert source


def test_every_option_has_limits_and_every_tie_has_words() -> None:
    assert set(LIMITS) == set(Serving)
    assert {"cost", *BETTER} == {each.__name__ for each in SCORERS}


def test_the_prices_are_dated_and_small() -> None:
    assert date(2026, 11, 1) <= PRICES.as_of <= date(2026, 11, 30)
    assert PRICES.region == "us-east-1"
    assert PRICES_FILE.stat().st_size < 4_000
    assert {"ml.m5.large", "ml.c5.large", "ml.g5.xlarge"} <= set(PRICES.instances)


def test_in_a_family_twice_the_instance_costs_about_twice_as_much() -> None:
    kinds = PRICES.instances
    for family in ("ml.m5", "ml.c5", "ml.r5"):
        small, large = kinds[f"{family}.large"], kinds[f"{family}.xlarge"]
        assert (large.vcpu, large.memory_gib) == (2 * small.vcpu, 2 * small.memory_gib)
        assert large.usd_per_hour == pytest.approx(2 * small.usd_per_hour, rel=0.01)
