"""What to do about an end, in one sentence."""

import pytest

from tenantry.domain.fixes import of_fleet, of_suspension, of_tenant, of_version
from tenantry.domain.notices import of_release
from tenantry.domain.tenants import FleetState, TenantState
from tenantry.domain.versions import State
from tests.unit.domain.test_admission import NOW, tenant, upload


@pytest.mark.parametrize(
    ("state", "step", "words"),
    [
        (
            State.REJECTED,
            "Vet artifact",
            ["mend what the reason names", "drop the version again", "nothing that serves"],
        ),
        (State.SUPERSEDED, "", ["nothing", "to serve version 1 all the same"]),
        (
            State.FAILED,
            "Prove model",
            ["`tenantry history acme churn`", "(upload = churn-1)", "drop the version again"],
        ),
        (State.FAILED, "", ["`tenantry history acme churn`", "(upload = churn-1)"]),
        (State.FAILED, "Admit releases", ["`tenantry status acme`", "its tenant or fleet"]),
        (State.FAILED, "Suspend tenant", ["`tenantry status acme`", "its tenant waits"]),
    ],
)
def test_a_version_that_did_not_go_live_says_what_to_do(state: State, step: str, words: list[str]) -> None:
    row = upload(1).move(state, NOW, "it was so")
    fix = of_version(row, step)
    assert [word for word in words if word not in fix] == [], fix
    assert {one.notice.fix for one in of_release(row, step=step)} == {fix}


def test_good_news_asks_for_nothing() -> None:
    assert of_version(upload(1, state=State.LIVE), "") == ""


@pytest.mark.parametrize(
    ("end", "state", "words"),
    [
        ("REJECTED", TenantState.REJECTED, ["mend what the reason names", "drop tenants/acme.json again"]),
        ("REJECTED", TenantState.READY, ["the profile in force before stays in force"]),
        ("FAILED", TenantState.FAILED, ["(tenant = acme)", "then drop tenants/acme.json again"]),
    ],
)
def test_a_tenants_profile_that_was_refused_says_what_to_do(end: str, state: TenantState, words: list[str]) -> None:
    fix = of_tenant("acme", end, state)
    assert [word for word in words if word not in fix] == [], fix
    assert ("stays in force" in fix) == (state is TenantState.READY)


@pytest.mark.parametrize("state", [FleetState.READY, FleetState.FAILED])
def test_a_fleets_profile_that_failed_says_whether_the_fleet_serves(state: FleetState) -> None:
    fix = of_fleet("sklearn", "FAILED", state)
    assert "(fleet = sklearn)" in fix
    assert "drop fleets/sklearn.json again" in fix
    assert ("the fleet serves on as it was" in fix) == (state is FleetState.READY)


def test_a_suspension_says_until_when_it_can_be_called_off() -> None:
    row = tenant(TenantState.SUSPENDED, offboard_at=NOW)
    assert "restore tenants/acme.json until 2026-01-01 12:00 UTC" in of_suspension(row)
