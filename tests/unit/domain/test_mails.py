"""Notices as mail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantry.domain.mails import SUBJECT_LENGTH, compose, plain
from tenantry.domain.notices import Notice

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def notice(version: str, state: str = "LIVE", **more: Any) -> Notice:
    known = {
        "id": f"release-{version}-{state}",
        "about": "release",
        "tenant": "acme",
        "model": "churn",
        "version": version,
        "upload": f"u{version}",
        "state": state,
        "reason": f"reason of {version}",
        "at": NOW + timedelta(seconds=len(version)),
    }
    return Notice.model_validate(known | more)


def test_one_notice_is_its_own_subject() -> None:
    mail = compose([notice("3", "FAILED", fix="drop it again")])
    assert mail.subject == "[Tenantry] acme/churn version 3: FAILED"
    assert mail.text.splitlines() == [
        "acme/churn version 3: FAILED",
        "  2026-01-01 12:00:01 UTC. reason of 3",
        "  What to do: drop it again",
    ]


def test_the_step_is_told_once() -> None:
    assert "12:00:01 UTC, Vet artifact. reason of 3" in compose([notice("3", "REJECTED", step="Vet artifact")]).text
    failed = compose([notice("3", "FAILED", step="Vet artifact", reason="Vet artifact: it broke")]).text
    assert "12:00:01 UTC. Vet artifact: it broke" in failed


def test_many_are_counted_in_the_subject_and_told_in_order() -> None:
    mail = compose([notice("22", "FAILED"), notice("1"), notice("333")])
    assert mail.subject == "[Tenantry] 3 notices: 1 FAILED, 2 LIVE"
    heads = [line for line in mail.text.splitlines() if line and not line.startswith(" ")]
    assert heads == ["acme/churn version 1: LIVE", "acme/churn version 22: FAILED", "acme/churn version 333: LIVE"]


def test_superseded_is_folded_into_what_superseded_it() -> None:
    gone = [notice(old, "SUPERSEDED", superseded_by="u9") for old in ("1", "2")]
    mail = compose([*gone, notice("9")])
    assert mail.subject == "[Tenantry] acme/churn version 9: LIVE"
    assert "It superseded version 1, 2, which did not go live." in mail.text
    assert "SUPERSEDED" not in mail.text


def test_superseded_alone_is_told_by_itself() -> None:
    mail = compose([notice("1", "SUPERSEDED", superseded_by="u9")])
    assert mail.subject == "[Tenantry] acme/churn version 1: SUPERSEDED"


@pytest.mark.parametrize(
    "about", ["release", "tenant", "fleet", "request", "batch", "digest", "rollback", "endpoint", "sharing"]
)
def test_every_subject_is_short_plain_ascii(about: str) -> None:
    longest = {"tenant": "t" * 32, "model": "m" * 32, "version": "v" * 63, "fleet": "f" * 32}
    subject = compose([notice("1").model_copy(update=longest | {"about": about})]).subject
    assert len(subject) <= SUBJECT_LENGTH
    assert subject.isascii()
    assert subject.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\nc", "a b c"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\u202eevil\u2066", "evil"),
        ("zero\u200bwidth", "zerowidth"),
        ("  two   spaces ", "two spaces"),
        ("x" * 2_000, "x" * 1_000),
    ],
)
def test_a_containers_words_cannot_break_the_mail(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert shown in compose([notice("1", reason=text)]).text


def answered(number: int, state: str = "ANSWERED") -> Notice:
    more = {
        "about": "request",
        "request": f"r{number}",
        "id": f"request-{number}",
        "fetch": f"aws s3 cp s3://b/{number} .",
    }
    return notice("7", state, **more)


def test_an_answer_is_mailed_with_the_command_that_fetches_it() -> None:
    mail = compose([answered(1)])
    assert mail.subject == "[Tenantry] acme/churn request r1: ANSWERED"
    assert "  Fetch it: aws s3 cp s3://b/1 ." in mail.text.splitlines()


def test_of_many_requests_that_ended_alike_five_are_told_and_the_others_counted() -> None:
    mail = compose([answered(number) for number in range(100)] + [answered(100, "FAILED"), notice("8")])
    assert mail.subject == "[Tenantry] 102 notices: 100 ANSWERED, 1 FAILED, 1 LIVE"
    heads = [line for line in mail.text.splitlines() if line and not line.startswith(" ")]
    assert len([line for line in heads if line.endswith(": ANSWERED") and "request r" in line]) == 5
    assert heads[-1] == "95 more requests to acme/churn: ANSWERED"
    assert {"acme/churn request r100: FAILED", "acme/churn version 8: LIVE"} <= set(heads)
