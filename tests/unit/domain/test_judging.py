"""The verdict on a canary: a table of what was counted and what becomes of it, and what holds for any counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tenantry.domain.judging import CanarySettings, Comparison, Counted, Observed, Verdict, judge, next_look

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DUE, EARLY = NOW, NOW + timedelta(minutes=1)
ASKED = CanarySettings(max_error_ratio=0.02, max_latency_ratio=1.5, least_calls=100)


def seen(calls: int, errors: int = 0, ms: float = 20) -> Counted:
    return Counted(calls=calls, errors=errors, latency_ms=calls * ms)


LIVE = seen(900, 9)


def observed(canary: Counted, live: Counted = LIVE, **alarms: str) -> Observed:
    return Observed(comparisons=(Comparison(source="client", canary=canary, live=live),), alarms=alarms)


def verdict(known: Observed, until: datetime = DUE, *, extended: bool = False, **asked: Any) -> Verdict:
    return judge(ASKED.model_copy(update=asked), known, NOW, until, extended=extended)


@pytest.mark.parametrize(
    ("known", "until", "extended", "decision"),
    [
        (observed(seen(100, 3)), DUE, False, "promote"),
        (observed(seen(100, 4)), DUE, False, "back"),
        (observed(seen(100, 4)), EARLY, False, "back"),
        (observed(seen(100, 3)), EARLY, False, "bake"),
        (observed(seen(10, 3)), EARLY, False, "bake"),
        (observed(seen(10, 4)), EARLY, False, "back"),
        (observed(seen(100, 30), seen(900, 300)), DUE, False, "promote"),
        (observed(seen(100, ms=30)), DUE, False, "promote"),
        (observed(seen(100, ms=30.1)), DUE, False, "back"),
        (observed(seen(99, ms=3_000)), EARLY, False, "bake"),
        (observed(seen(100, ms=14), seen(900, ms=4)), DUE, False, "promote"),
        (observed(seen(100, ms=14.1), seen(900, ms=4)), DUE, False, "back"),
        (observed(seen(100, ms=3_000), seen(99)), DUE, False, "extend"),
        (observed(seen(99)), DUE, False, "extend"),
        (observed(seen(99)), DUE, True, "probe"),
        (observed(seen(0), seen(0)), DUE, True, "probe"),
        (Observed(), DUE, False, "extend"),
        (Observed(), DUE, True, "probe"),
        (Observed(), EARLY, True, "bake"),
        (observed(seen(100), a="OK", b="INSUFFICIENT_DATA"), DUE, False, "promote"),
        (observed(seen(100), a="OK", b="ALARM"), DUE, False, "back"),
        (observed(seen(100), a="ALARM"), EARLY, False, "back"),
        (observed(seen(100), a=""), EARLY, False, "back"),
    ],
    ids=[
        "as good within the margin",
        "worse than the margin",
        "worse before the end",
        "as good before the end",
        "few calls and few failures",
        "few calls and more failures than the whole may have",
        "as bad as the live one",
        "slower within the ratio",
        "slower than the ratio",
        "slow with too few calls to say so",
        "slower by what nobody feels",
        "slower by what somebody may feel",
        "slower than a version nobody calls",
        "too few calls",
        "too few calls again",
        "no calls of either",
        "nothing is counted",
        "nothing is counted, again",
        "nothing is counted yet",
        "alarms are quiet",
        "one alarm is not",
        "an alarm before the end",
        "an alarm that is not there",
    ],
)
def test_the_verdict(known: Observed, until: datetime, extended: bool, decision: str) -> None:
    said = verdict(known, until, extended=extended)
    assert (said.decision, bool(said.reason)) == (decision, True)


def test_one_source_that_shows_it_worse_is_enough() -> None:
    client = Comparison(source="client", canary=seen(1_000), live=LIVE)
    endpoint = Comparison(source="endpoint", canary=seen(100, 50), live=LIVE)
    said = verdict(Observed(comparisons=(client, endpoint)))
    assert said.decision == "back"
    assert "canary 100 calls, 50 failed (50.0%), 20.0 ms; live 900 calls, 9 failed (1.0%), 20.0 ms" in said.reason
    assert "(SageMaker's counts)" in said.reason


def test_one_source_with_calls_enough_is_enough_to_promote() -> None:
    client = Comparison(source="client", canary=seen(0), live=seen(0))
    endpoint = Comparison(source="endpoint", canary=seen(100), live=LIVE)
    said = verdict(Observed(comparisons=(client, endpoint)))
    assert (said.decision, "SageMaker's counts" in said.reason) == ("promote", True)


def test_the_record_has_every_number() -> None:
    known = observed(seen(100, 1), a="OK")
    record = verdict(known).record(known)
    assert (record["decision"], record["alarms"]) == ("promote", {"a": "OK"})
    assert record["comparisons"] == [
        {
            "source": "client",
            "canary": {"calls": 100, "errors": 1, "latency_ms": 2_000},
            "live": {"calls": 900, "errors": 9, "latency_ms": 18_000},
        }
    ]


COUNTED = st.builds(
    lambda calls, share, ms: Counted(calls=calls, errors=int(calls * share), latency_ms=calls * ms),
    st.integers(0, 10_000),
    st.floats(0, 1),
    st.floats(0, 5_000),
)


@given(canary=COUNTED, live=COUNTED, more=st.integers(1, 500), extended=st.booleans())
def test_one_that_goes_back_does_so_with_more_failures_too(
    canary: Counted, live: Counted, more: int, extended: bool
) -> None:
    if verdict(observed(canary, live), extended=extended).decision == "back":
        worse = canary.model_copy(update={"errors": min(canary.calls, canary.errors + more)})
        assert verdict(observed(worse, live), extended=extended).decision == "back"


@given(canary=COUNTED, live=COUNTED, extended=st.booleans())
def test_nothing_is_decided_for_it_before_the_end_and_nothing_is_put_off_twice(
    canary: Counted, live: Counted, extended: bool
) -> None:
    assert verdict(observed(canary, live), EARLY, extended=extended).decision in {"bake", "back"}
    assert verdict(observed(canary, live), extended=True).decision in {"promote", "back", "probe"}


@given(canary=COUNTED, live=COUNTED, until=st.sampled_from([DUE, EARLY]), state=st.sampled_from(["ALARM", ""]))
def test_no_counts_outweigh_an_alarm(canary: Counted, live: Counted, until: datetime, state: str) -> None:
    assert verdict(observed(canary, live, a=state), until).decision == "back"


@given(counted=COUNTED)
def test_a_version_is_never_worse_than_itself(counted: Counted) -> None:
    assert verdict(observed(counted, counted)).decision == ("promote" if counted.calls >= 100 else "extend")


@given(minutes=st.integers(1, 240), gone=st.floats(0, 1))
def test_a_bake_is_looked_at_in_time_and_not_too_often(minutes: int, gone: float) -> None:
    asked = CanarySettings(minutes=minutes)
    until = NOW + timedelta(minutes=minutes) * gone
    look = next_look(asked, NOW, until)
    assert NOW <= look <= until
    assert look == until or look - NOW >= timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [{"percent": 0}, {"percent": 51}, {"minutes": 0}, {"minutes": 241}, {"max_error_ratio": -0.1},
     {"max_latency_ratio": 0.9}, {"least_calls": 0}, {"alarms": [""]}, {"alarms": ["a"] * 11}, {"until": 3}],
    ids=lambda wrong: str(wrong)[:30],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CanarySettings.model_validate(wrong)
