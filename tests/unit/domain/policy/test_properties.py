"""Whatever is declared: what is chosen is legal, cheapest, explained, and the same in any order."""

from typing import Any

from hypothesis import given as hypothesis
from hypothesis import settings
from hypothesis import strategies as st

from tenantry.domain.errors import Rejected
from tenantry.domain.options import Isolation, Serving, refusal
from tenantry.domain.policy import Choice, Fleet, Given, Needs, choose, weigh
from tenantry.domain.policy.choosing import objections
from tenantry.domain.policy.costs import estimate
from tenantry.domain.policy.given import candidates
from tenantry.domain.policy.limits import LIMITS
from tests.unit.domain.policy.ground import PRICES, given, needs

SHARED = [Serving.MULTI_MODEL, Serving.MULTI_CONTAINER, Serving.INFERENCE_COMPONENT]
KINDS = [*PRICES.instances, "ml.m9.large"]
FRAMEWORKS = ["sklearn", "pytorch", "triton"]

NEEDS = st.builds(
    Needs,
    latency=st.none() | st.just("minutes") | st.integers(1, 60_000),
    payload_bytes=st.integers(0, 2 * 10**9),
    requests_per_day=st.floats(0, 1e8),
    burstiness=st.floats(1, 1_000),
    artifact_bytes=st.integers(0, 2 * 10**10),
    seconds_per_request=st.floats(0.001, 5_000),
    answer=st.sampled_from(["immediate", "later", "batch", "any"]),
    gpu=st.booleans(),
    network=st.sampled_from([None, "isolated", "open"]),
)
MODEST = st.builds(
    Needs,
    requests_per_day=st.floats(0, 1e6),
    burstiness=st.floats(1, 50),
    artifact_bytes=st.integers(0, 10**9),
    seconds_per_request=st.floats(0.01, 30),
)
FLEETS = st.lists(
    st.builds(
        Fleet,
        name=st.text("abc", min_size=1, max_size=3),
        serving=st.sampled_from(SHARED),
        framework=st.sampled_from(FRAMEWORKS),
        instance_type=st.sampled_from(KINDS),
        ready=st.booleans(),
        trust=st.sampled_from(["vendor", "tenant"]),
        network=st.booleans(),
        models=st.integers(0, 50),
        room=st.none() | st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda fleet: fleet.name,
).map(tuple)
GIVEN = st.builds(
    Given,
    isolation=st.sampled_from(Isolation),
    framework=st.sampled_from(FRAMEWORKS),
    made_by=st.sampled_from(["vendor", "tenant"]),
    data_only=st.booleans(),
    instance_type=st.none() | st.sampled_from(KINDS),
    vpc=st.booleans(),
    fleets=FLEETS,
    prices=st.just(PRICES),
)
QUICK = settings(max_examples=150, deadline=None)


def outcome(wanted: Needs, facts: Given) -> Choice | str:
    try:
        return choose(wanted, facts)
    except Rejected as why:
        return why.reason


@QUICK
@hypothesis(NEEDS | MODEST, GIVEN)
def test_what_is_chosen_is_legal_and_no_legal_candidate_is_cheaper(wanted: Needs, facts: Given) -> None:
    choice = outcome(wanted, facts)
    legal = [one for one in candidates(facts) if not objections(one, wanted, facts)]
    if isinstance(choice, str):
        assert legal == []
        return
    assert refusal(choice.option, facts.isolation) is None
    assert wanted.payload_bytes <= LIMITS[choice.option].payload_bytes
    assert wanted.seconds_per_request <= LIMITS[choice.option].seconds
    assert not (wanted.gpu and choice.option is Serving.SERVERLESS)
    prices = [cost.usd for one in legal if (cost := estimate(one, wanted, facts))]
    assert len(prices) == len(legal)
    assert choice.estimate.usd == min(prices)


@QUICK
@hypothesis(NEEDS | MODEST, GIVEN)
def test_every_candidate_is_accounted_for_and_every_option_is_told(wanted: Needs, facts: Given) -> None:
    weighing = weigh(wanted, facts)
    accounted = [one.candidate for one in weighing.legal] + [one.candidate for one in weighing.out]
    assert sorted(map(str, accounted)) == sorted(map(str, candidates(facts)))
    assert {one.option for one in accounted} == set(Serving)
    assert all(one.estimate.usd >= 0 and one.estimate.how for one in weighing.legal)
    assert all(one.because for one in weighing.out)
    told = outcome(wanted, facts)
    sentences = told.split(". ") if isinstance(told, str) else told.because
    assert all(any(str(option) in sentence for sentence in sentences) for option in Serving)
    assert not any("None" in sentence or ".." in sentence or "  " in sentence for sentence in sentences)


@QUICK
@hypothesis(NEEDS | MODEST, GIVEN, st.randoms(use_true_random=False))
def test_the_order_of_fleets_changes_nothing(wanted: Needs, facts: Given, chance: Any) -> None:
    fleets = list(facts.fleets)
    chance.shuffle(fleets)
    assert outcome(wanted, facts) == outcome(wanted, facts.model_copy(update={"fleets": tuple(fleets)}))


@QUICK
@hypothesis(NEEDS | MODEST, GIVEN, st.floats(1, 100))
def test_more_requests_never_cost_less(wanted: Needs, facts: Given, times: float) -> None:
    more = wanted.model_copy(update={"requests_per_day": wanted.requests_per_day * times})
    for one in candidates(facts):
        before, after = estimate(one, wanted, facts), estimate(one, more, facts)
        assert before is None or after is None or after.usd >= before.usd


@QUICK
@hypothesis(MODEST, st.lists(st.floats(0, 1e8), min_size=2, max_size=12))
def test_from_serverless_to_instances_there_is_one_crossing(wanted: Needs, rates: list[float]) -> None:
    options = [
        choose(wanted.model_copy(update={"requests_per_day": rate}), given("silo", fleets=())).option
        for rate in sorted(rates)
        if rate * wanted.seconds_per_request * wanted.burstiness < 86_400 * 500
    ]
    serverless = [option is Serving.SERVERLESS for option in options]
    assert serverless == sorted(serverless, reverse=True)


@QUICK
@hypothesis(NEEDS | MODEST, GIVEN, st.integers(0, 10**9))
def test_a_larger_payload_never_makes_an_option_legal(wanted: Needs, facts: Given, more: int) -> None:
    larger = wanted.model_copy(update={"payload_bytes": wanted.payload_bytes + more})
    before = {str(one.candidate) for one in weigh(wanted, facts).legal}
    assert {str(one.candidate) for one in weigh(larger, facts).legal} <= before


def test_the_crossing_lies_where_the_prices_put_it() -> None:
    daily = {rate: choose(needs(requests_per_day=rate), given("silo")).option for rate in (100_000, 600_000, 900_000)}
    assert daily == {
        100_000: Serving.SERVERLESS,
        600_000: Serving.SERVERLESS,
        900_000: Serving.REAL_TIME,
    }
