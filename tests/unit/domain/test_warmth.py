"""When a target counts as warm, and what is claimed about it."""

from datetime import UTC, datetime

import pytest

from tenantry.domain.hosting import Address, Answer
from tenantry.domain.options import Serving
from tenantry.domain.warmth import LONGEST_PAUSE, burst_size, evidence, judge, pause

OK = "ok"


def burst(*times: int, outcome: str = OK, message: str = "") -> list[Answer]:
    return [Answer(outcome=outcome, took_ms=took, message=message) for took in times]  # type: ignore[arg-type]


LOAD, FAST, SLOW = burst(2_000, 2_100), burst(20, 25), burst(5_000, 5_100)
LATE = [*burst(60_000, outcome="not_ready"), *burst(2_000)]
BROKEN = burst(3, 4, outcome="model_error", message="inference.py raised")

VERDICTS = {
    "one load shows nothing yet": ([LOAD], 2, "again"),
    "a load, then fast": ([LOAD, FAST], 2, "warm"),
    "loaded before": ([FAST, FAST], 2, "warm"),
    "one fast burst is one too few": ([FAST], 2, "again"),
    "the second burst loaded on another instance": ([LOAD, LOAD], 2, "again"),
    "then it was fast": ([LOAD, LOAD, FAST], 2, "warm"),
    "slow, and slow again: as a load would be": ([SLOW, SLOW], 2, "again"),
    "a model that is slow itself": ([SLOW, SLOW, SLOW], 2, "warm"),
    "three loads prove nothing of five instances": ([SLOW, SLOW, SLOW], 5, "again"),
    "six alike do": ([SLOW] * 6, 5, "warm"),
    "a burst with one unanswered": ([LOAD, LATE], 2, "again"),
    "two full bursts are needed after it": ([LATE, FAST], 2, "again"),
    "and suffice": ([LATE, FAST, FAST], 2, "warm"),
    "half of the load is not a load": ([burst(8_000), burst(4_000)], 1, "warm"),
    "more than half may be": ([burst(8_000), burst(4_001)], 1, "again"),
    "an error of the container may pass": ([BROKEN], 2, "again"),
    "twice as well": ([BROKEN, BROKEN], 2, "again"),
    "three times it is the model": ([BROKEN, BROKEN, BROKEN], 2, "failed"),
    "a good burst between begins anew": ([BROKEN, BROKEN, FAST, BROKEN], 2, "again"),
    "a refused request is refused at once": ([burst(1, outcome="invalid", message="no such key")], 2, "failed"),
}


@pytest.mark.parametrize(("bursts", "instances", "state"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict(bursts: list[list[Answer]], instances: int, state: str) -> None:
    assert judge(bursts, instances).state == state


def test_a_failure_names_the_containers_own_words() -> None:
    assert judge([BROKEN] * 3, 2).reason == "the container could not load or run it: inference.py raised"
    refused = judge([burst(1, outcome="invalid", message="Failed to download model data")], 2)
    assert refused.reason == "SageMaker refused the request: Failed to download model data"


@pytest.mark.parametrize(("instances", "size"), [(0, 4), (1, 4), (2, 8), (10, 40)])
def test_a_burst_is_large_enough_to_spill_to_every_instance(instances: int, size: int) -> None:
    assert burst_size(instances) == size


def test_pauses_grow_and_a_full_burst_has_none() -> None:
    pauses = [pause([LATE] * count) for count in range(1, 9)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.5, LONGEST_PAUSE)
    assert pause([LATE, LATE, FAST]) == 0.0


def test_the_evidence_states_what_was_seen_and_no_more() -> None:
    address = Address(endpoint="e", serving=Serving.MULTI_MODEL, target="t", instances=2)
    shown = evidence(address, [LOAD, FAST], 4, "two full bursts", datetime(2026, 1, 1, tzinfo=UTC))
    assert (shown.probes, shown.bursts, shown.instances, shown.loaded_model_count) == (4, 2, 2, 4)
    assert (shown.first_ms, shown.slowest_ms, shown.load_ms) == (2_000, 25, 2_100)
