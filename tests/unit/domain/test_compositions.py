"""Who stands together on the next endpoint, and who is at fault when it fails."""

from datetime import UTC, datetime

import pytest

from tenantry.domain.compositions import Composition, Container, blamed, coming, crowded, kept, needed
from tenantry.domain.names import composing_name, container_name, is_composing, twin_name

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def container(letter: str) -> Container:
    return Container(tenant="acme", model="churn", upload=letter * 26, key=f"acme/churn/{letter}.tar.gz", since=NOW)


A, B, C, D = (container(letter) for letter in "abcd")


def composition(standing: tuple[Container, ...] = (A,), **more: object) -> Composition:
    """All four are wanted, and these stand."""
    known = {"host": "fleet-f", "fleet": "f", "wanted": (A, B, C, D), "serves": "e1", "made": {"e1": standing}}
    return Composition.model_validate(known | more)


def test_what_stands_and_is_wanted_is_kept_and_the_others_come() -> None:
    now = composition((A, B), wanted=(B, C, D))
    assert (kept(now), coming(now)) == ((B,), (C, D))
    assert (now.has(A.hostname), now.has(C.hostname)) == (True, False)


def test_before_the_first_endpoint_all_come() -> None:
    now = composition(serves="", made={})
    assert (kept(now), coming(now)) == ((), (A, B, C, D))


def test_after_an_endpoint_with_several_newcomers_failed_each_is_tried_alone_and_who_fails_alone_is_bad() -> None:
    now = composition(made={"e1": (A,), "e2": (A, B, C)})
    doubtful = blamed(now, "e2", "no ping")
    assert doubtful.suspects == (B.hostname, C.hostname)
    assert coming(doubtful) == (B,), "D, who came later, waits"
    alone = blamed(doubtful.but(made={"e1": (A,), "e3": (A, B)}), "e3", "no ping")
    assert alone.bad == {B.hostname: "no ping"}
    assert coming(alone) == (C,)
    stands = alone.but(made={"e4": (A, C)}, serves="e4")
    assert coming(stands) == (D,)


def test_who_is_known_to_be_at_fault_already_leaves_no_doubt_about_the_others() -> None:
    now = composition(made={"e1": (A,), "e2": (A, B, C)}, bad={B.hostname: "not what was expected"})
    assert blamed(now, "e2", "no ping").bad[C.hostname] == "no ping"


def test_nobody_is_at_fault_when_an_endpoint_without_newcomers_fails() -> None:
    now = composition(made={"e1": (A,), "e2": (A,)})
    assert blamed(now, "e2", "no capacity") == now


def test_what_has_ended_holds_no_place_and_is_no_suspect_any_more() -> None:
    now = composition(suspects=(B.hostname, C.hostname), bad={D.hostname: "no ping"})
    left = needed(now, {A.upload, C.upload})
    assert (left.wanted, left.suspects, left.bad) == ((A, C), (C.hostname,), {})


def test_a_bad_one_is_remembered_until_its_release_has_ended() -> None:
    now = composition(bad={D.hostname: "no ping"})
    assert needed(now, {D.upload}).bad == {D.hostname: "no ping"}


def test_an_endpoint_that_was_left_holds_its_copies_until_it_is_gone() -> None:
    now = composition(made={"e1": (A,), "e0": (B,)})
    assert (now.holds(B.upload), now.has(B.hostname), now.holds(C.upload)) == (True, False, False)


@pytest.mark.parametrize("tenant", ["a", "z" * 32, "a--b"])
def test_a_hostname_is_one_that_sagemaker_takes(tenant: str) -> None:
    hostname = container_name(tenant, "a" * 26)
    assert len(hostname) == len(tenant) + 27
    assert len(twin_name(hostname)) <= 63


def test_an_execution_that_makes_a_composition_is_known_by_its_name() -> None:
    assert is_composing(composing_name("f", 3, 1))
    assert not is_composing("f-abc")
    assert len(composing_name("f" * 32, 1_000_000, 20)) <= 80, "Step Functions takes no longer one"


def test_the_reason_names_the_holders_and_what_to_do() -> None:
    said = crowded("f", ["acme/churn version 1 (LIVE)", "acme/churn version 0 (STANDBY until 2026-01-01 02:00 UTC)"])
    for words in ("fleet f has room for 15 containers", "version 1 (LIVE); acme", "until 2026-01-01 02:00", "grace"):
        assert words in said
