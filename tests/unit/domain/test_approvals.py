"""Approvals: the commands, the looks, and the moves of a row that waits."""

import shlex
from datetime import timedelta

import pytest

from tenantry.domain.approvals import (
    LATEST,
    SOONEST,
    PackageRow,
    approved_because,
    awaiting,
    command,
    known,
    next_look,
    rejected_because,
)
from tenantry.domain.mails import compose
from tenantry.domain.names import resource_name
from tenantry.domain.versions import IllegalMove, State, approvals_of
from tests.unit.domain.test_admission import NOW, parked, upload

GROUP = resource_name("x" * 30, "y" * 32, "z" * 32)
ARN = f"arn:aws-cn:sagemaker:cn-north-1:123456789012:model-package/{GROUP}/123456789"


def test_the_command_is_one_that_a_shell_takes_apart_again() -> None:
    words = shlex.split(command(ARN, "Rejected", "why it may not"))
    assert words[:3] == ["aws", "sagemaker", "update-model-package"]
    assert dict(zip(words[3::2], words[4::2], strict=True)) == {
        "--region": "cn-north-1",
        "--model-package-arn": ARN,
        "--model-approval-status": "Rejected",
        "--approval-description": "why it may not",
    }


def test_a_mail_has_both_commands_whole_however_long_the_names() -> None:
    row = parked(1, package=ARN, reason="it waits")
    mail = compose([awaiting(row)[0].notice])
    assert mail.subject == "[Tenantry] acme/churn version 1: AWAITING_APPROVAL"
    for approval, words in (("Approved", "why it may go live"), ("Rejected", "why it may not")):
        assert command(ARN, approval, words) in mail.text


@pytest.mark.parametrize(
    ("waited", "pause"),
    [(timedelta(0), SOONEST), (timedelta(hours=2), timedelta(minutes=12)), (timedelta(days=90), LATEST)],
)
def test_the_longer_it_waits_the_later_the_next_look(waited: timedelta, pause: timedelta) -> None:
    assert next_look(parked(1, since=NOW - waited), NOW) == NOW + pause


def test_a_row_that_waits_is_found_by_its_next_look_and_one_that_is_approved_by_its_release() -> None:
    row = parked(1, look_at=NOW)
    assert row.work == (approvals_of("acme"), NOW)
    approved = row.move(State.AWAITING_APPROVAL, NOW, "yes", approved="package", look_at=None)
    assert approved.work == ("release#acme", NOW)
    assert approved.cleared(NOW) == approved
    assert approved.claimed().owner == "u-churn-1-2"
    assert row.reached(State.REGISTERED)
    assert not row.reached(State.PLACED)


def test_what_waits_is_placed_or_ends_and_goes_nowhere_else() -> None:
    row = parked(1)
    for state in (State.PLACED, State.REJECTED, State.FAILED, State.SUPERSEDED):
        assert row.move(state, NOW, "why").state is state
    for state in (State.HELD, State.VETTED, State.WARM, State.LIVE):
        with pytest.raises(IllegalMove):
            row.move(state, NOW, "why")


def test_a_package_row_leads_back_to_its_upload() -> None:
    found = PackageRow.of(parked(1, package=ARN))
    assert (found.key, found.upload, found.work) == ((f"PACKAGE#{ARN}", "PACKAGE"), "churn-1", None)
    assert (known(ARN), known("tenantry-acme-churn-0"), known("")) == (True, False, False)
    assert not upload(1).in_sagemaker


@pytest.mark.parametrize("said", ["", "it is worse"])
def test_the_approvers_own_words_are_the_reason(said: str) -> None:
    for because in (approved_because, rejected_because):
        assert said in because(said)
        assert not because(said).endswith(": ")
