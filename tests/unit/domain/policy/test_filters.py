"""Every filter: what it lets pass to the last byte, and its sentence for what it does not."""

import pytest

from tenantry.domain.options import REFUSALS, Isolation, Serving
from tenantry.domain.policy import Candidate, Given, Needs
from tenantry.domain.policy.choosing import objections
from tenantry.domain.policy.filters import FILTERS
from tenantry.domain.policy.given import candidates
from tests.unit.domain.policy import host_rows, option_rows
from tests.unit.domain.policy.ground import PRICES, given, needs, said

ROWS = option_rows.ROWS + host_rows.ROWS


@pytest.mark.parametrize(("name", "option", "wanted", "facts", "sentence"), ROWS)
def test_what_a_filter_says(name: str, option: str, wanted: Needs, facts: Given, sentence: str | None) -> None:
    assert said(name, option, wanted, facts) == sentence


def test_each_filter_is_in_the_table_with_an_objection() -> None:
    objecting = {param.values[0] for param in ROWS if param.values[4]}
    assert objecting == {each.__name__ for each in FILTERS}


@pytest.mark.parametrize("isolation", list(Isolation))
@pytest.mark.parametrize("option", list(Serving))
def test_legality_is_that_of_the_table_of_options(option: Serving, isolation: Isolation) -> None:
    why = REFUSALS.get((option, isolation))
    sentence = {"isolation": f"isolation {isolation}, and {why}"} if why else {}
    found = dict(objections(Candidate(option=option), needs(answer="any"), given(isolation)))
    assert {name: found[name] for name in found if name == "isolation"} == sentence


def test_a_silo_may_have_components_on_an_endpoint_of_its_own() -> None:
    assert objections(Candidate(option=Serving.INFERENCE_COMPONENT), needs(), given("silo")) == ()


def test_every_isolation_has_all_seven_options_as_candidates() -> None:
    for isolation in Isolation:
        found = {one.option for one in candidates(given(isolation, fleets=()))}
        assert found == set(Serving)


def test_without_a_gpu_in_the_prices_none_can_be_compared() -> None:
    prices = PRICES.model_copy(update={"instances": {"ml.m5.large": PRICES.instances["ml.m5.large"]}})
    sentence = said("price", "real-time", needs(gpu=True), given("silo", prices=prices))
    assert sentence == "the price of its instances is not known, so it cannot be compared: name the option instead"
