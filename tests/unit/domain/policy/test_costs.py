"""What a month would cost, to the cent, and the calculation in words."""

from typing import Any

import pytest

from tenantry.domain.errors import Rejected
from tenantry.domain.options import Serving
from tenantry.domain.policy.costs import Estimate, estimate, money, number
from tenantry.domain.policy.given import Candidate, candidates
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.sizing import serverless_mb
from tenantry.serving.serverless import memory_for
from tests.unit.domain.policy.ground import PRICES, fleet, given, needs

M5 = {"instance_type": "ml.m5.large"}
TWO_AND_MORE = M5 | {"instances": {"min": 2, "max": 9}}


def cost(option: str, wanted: Needs, isolation: str = "pool", **facts: Any) -> Estimate | None:
    situation = given(isolation, **facts)
    return estimate(next(one for one in candidates(situation) if one.option == option), wanted, situation)


def row(option: str, wanted: dict[str, Any], facts: dict[str, Any], usd: float, how: str, case: str) -> Any:
    return pytest.param(option, needs(**wanted), facts, usd, how, id=f"{option}, {case}")


ROWS = [
    row("real-time", {}, M5, 82.80, "ml.m5.large all day at $0.115 an hour", "one instance"),
    row("real-time", {}, TWO_AND_MORE, 165.60, "2 x ml.m5.large all day at $0.115 an hour", "two at least"),
    row(
        "real-time",
        {"requests_per_day": 3_024_000, "burstiness": 2},
        M5,
        207.00,
        "1 to 5 x ml.m5.large, 2.5 on average, at $0.115 an hour",
        "half of the requests in a quarter of the day",
    ),
    row(
        "serverless",
        {"requests_per_day": 2_000, "seconds_per_request": 1, "artifact_bytes": 500 * 2**20},
        {},
        2.40,
        "60,000 requests x 1 s x 2 GB at $0.00002 per GB-second",
        "2 GB",
    ),
    row(
        "asynchronous",
        {"requests_per_day": 10},
        M5,
        8.62,
        "2.5 instance-hours of ml.m5.large a day at $0.115 an hour",
        "a quarter of an hour for each request",
    ),
    row(
        "asynchronous",
        {"requests_per_day": 2_419_200, "burstiness": 1},
        M5,
        165.60,
        "48 instance-hours of ml.m5.large a day at $0.115 an hour",
        "more than one busy",
    ),
    row(
        "batch-transform",
        {"requests_per_day": 25_200, "seconds_per_request": 0.1},
        M5,
        2.07,
        "a daily job of 0.6 hours on ml.m5.large at $0.115 an hour",
        "half an hour of work",
    ),
    row(
        "multi-model",
        {},
        {},
        8.85,
        "5.3% of 2 x ml.m5.large at $0.115 an hour",
        "by memory",
    ),
    row(
        "multi-model",
        {"requests_per_day": 1_209_600},
        {},
        82.80,
        "50% of 2 x ml.m5.large at $0.115 an hour",
        "by work",
    ),
    row(
        "inference-component",
        {},
        {},
        41.40,
        "25% of 2 x ml.m5.large at $0.115 an hour",
        "a vCPU of four",
    ),
    row(
        "inference-component",
        {"artifact_bytes": 2_000 * 2**20},
        {},
        82.27,
        "50% of 2 x ml.m5.large at $0.115 an hour",
        "by memory, of one copy",
    ),
    row(
        "multi-container",
        {"artifact_bytes": 0, "requests_per_day": 1},
        {},
        12.94,
        "7.8% of 2 x ml.m5.large at $0.115 an hour",
        "by memory",
    ),
    row(
        "multi-container",
        {"artifact_bytes": 0, "requests_per_day": 1},
        {"fleets": (fleet(serving="multi-container", instance_type="ml.m5.4xlarge"),)},
        88.51,
        "6.7% of 2 x ml.m5.4xlarge at $0.922 an hour",
        "a fifteenth at least",
    ),
]


@pytest.mark.parametrize(("option", "wanted", "facts", "usd", "how"), ROWS)
def test_a_month_costs(option: str, wanted: Needs, facts: dict[str, Any], usd: float, how: str) -> None:
    found = cost(option, wanted, **facts)
    assert found is not None
    assert (found.usd, found.how) == (usd, how)


def test_the_cheapest_type_that_holds_the_model_is_taken() -> None:
    kinds = {
        size: cost("real-time", needs(artifact_bytes=size * 2**20), "silo") for size in (100, 900, 2_000, 4_000, 9_000)
    }
    assert {size: found.instance_type for size, found in kinds.items() if found} == {
        100: "ml.c5.large",
        900: "ml.c5.large",
        2_000: "ml.m5.large",
        4_000: "ml.r5.large",
        9_000: "ml.r5.2xlarge",
    }


def test_a_component_of_a_silo_has_room_for_old_and_new() -> None:
    alone = cost("real-time", needs(artifact_bytes=700 * 2**20), "silo")
    components = Candidate(option=Serving.INFERENCE_COMPONENT)
    beside = estimate(components, needs(artifact_bytes=700 * 2**20), given("silo"))
    assert alone
    assert beside
    assert (alone.instance_type, beside.instance_type) == ("ml.c5.large", "ml.m5.large")


def test_burstable_types_are_never_chosen_freely() -> None:
    cheapest = min(PRICES.instances, key=lambda name: PRICES.instances[name].usd_per_hour)
    assert cheapest == "ml.t2.medium"
    found = cost("real-time", needs(), "silo")
    named = cost("real-time", needs(), "silo", instance_type="ml.t2.medium")
    assert found
    assert found.instance_type == "ml.c5.large"
    assert named
    assert (named.usd, named.most) == (40.32, 1)


@pytest.mark.parametrize("megabytes", [0, 1, 170, 171, 500, 512, 513, 1_800, 1_877, 1_878, 5_000])
def test_serverless_memory_is_what_the_option_itself_would_take(megabytes: int) -> None:
    size = megabytes * 2**20
    try:
        taken: int | None = memory_for(size)
    except Rejected:
        taken = None
    assert serverless_mb(needs(artifact_bytes=size)) == taken


def test_numbers_are_said_as_people_say_them() -> None:
    assert [money(usd) for usd in (0.5, 4.14, 9.99, 82.8, 12_345)] == ["$0.50", "$4.14", "$9.99", "$83", "$12,345"]
    assert [number(value) for value in (0, 0.001, 0.25, 3.456, 60_000)] == [
        "0",
        "less than 0.01",
        "0.25",
        "3.5",
        "60,000",
    ]
