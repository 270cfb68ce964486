"""Which uploads start, and why the others wait or end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantry.domain.admission import Facts, Lies, changes, judge
from tenantry.domain.profiles import FleetProfile, TenantProfile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, FleetState, Source, TenantRow, TenantState
from tenantry.domain.versions import State, Upload

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOURCE = Source(bucket="drop", key="k", version_id="p1", order="1")
MODEL = {"serving": "multi-model", "fleet": "sklearn", "sample": {"body": "1"}}
PROFILE = TenantProfile.model_validate({"isolation": "bridge", "models": {"churn": MODEL, "fraud": MODEL}})
FLEET = FleetProfile(framework="sklearn")


def upload(order: int, model: str = "churn", **more: Any) -> Upload:
    known = {
        "tenant": "acme",
        "model": model,
        "version": str(order),
        "upload": f"{model}-{order}",
        "bucket": "drop",
        "key_": "k",
        "version_id": "v",
        "size": 1,
        "order": f"{order:05}",
        "state": State.RECEIVED,
        "reason": "received",
        "since": NOW,
        "received_at": NOW + timedelta(seconds=order),
    }
    return Upload.model_validate(known | more)


def started(order: int, model: str = "churn") -> Upload:
    return upload(order, model, owner=f"u-{order}-1", attempt=1)


def parked(order: int, **more: Any) -> Upload:
    return upload(order, **{"state": State.AWAITING_APPROVAL, "attempt": 1, "package": "arn:p"} | more)


def asking(approval: str = "manual") -> TenantRow:
    return tenant(profile=PROFILE.model_copy(update={"approval": approval}))


def tenant(state: TenantState = TenantState.READY, **more: Any) -> TenantRow:
    known = {"tenant": "acme", "state": state, "reason": "", "since": NOW, "source": SOURCE, "profile": PROFILE}
    return TenantRow.model_validate(known | more)


def fleet(state: FleetState = FleetState.READY) -> FleetRow:
    return FleetRow(fleet="sklearn", state=state, reason="", since=NOW, source=SOURCE, profile=FLEET)


def route(order: int, floor: int | None = None) -> Route:
    known = {"order": f"{order:05}", "floor": f"{floor or order:05}", "version": str(order), "upload": f"churn-{order}"}
    return Route(tenant="acme", model="churn", host="h", target="t", since=NOW, **known)


def facts(**more: Any) -> Facts:
    known = {
        "tenant": tenant(),
        "lies": Lies(),
        "fleets": {"sklearn": fleet()},
        "routes": {},
        "now": NOW,
        "cap": 3,
        "hold_minutes": 30,
    }
    return Facts.model_validate(known | more)


def actions(uploads: list[Upload], known: Facts) -> dict[str, str]:
    return {row.upload: verdict.action for row, verdict in judge(uploads, known)}


NEWEST_FIRST = {
    "one starts": ([upload(1)], {"churn-1": "start"}),
    "the newest starts, older ones wait": (
        [upload(2), upload(3), upload(1)],
        {"churn-3": "start", "churn-2": "hold", "churn-1": "hold"},
    ),
    "an older one waits while a newer one is released": ([upload(1), started(2)], {"churn-1": "hold"}),
    "a newer one does not wait for an older one": ([started(1), upload(2)], {"churn-2": "start"}),
    "models do not wait for each other": (
        [upload(1), upload(2, "fraud")],
        {"churn-1": "start", "fraud-2": "start"},
    ),
    "what runs gets no verdict": ([started(1)], {}),
}


@pytest.mark.parametrize(("uploads", "expected"), NEWEST_FIRST.values(), ids=NEWEST_FIRST)
def test_newest_first(uploads: list[Upload], expected: dict[str, str]) -> None:
    assert actions(uploads, facts()) == expected


@pytest.mark.parametrize(("running", "room"), [(0, 3), (1, 2), (2, 1), (3, 0), (5, 0)])
def test_at_most_three_are_in_flight(running: int, room: int) -> None:
    models = [f"m{number}" for number in range(10)]
    profile = TenantProfile.model_validate({"isolation": "bridge", "models": dict.fromkeys(models, MODEL)})
    rows = [started(1, name) for name in models[:running]] + [upload(2, name) for name in models[running:]]
    verdicts = judge(rows, facts(tenant=tenant(profile=profile)))
    assert sum(verdict.action == "start" for _, verdict in verdicts) == room
    held = [verdict.reason for _, verdict in verdicts if verdict.action == "hold"]
    assert set(held) <= {"3 releases of this tenant are in flight, which is the most at once"}


MISSING = {
    "no such tenant": (facts(tenant=None), "reject", "there is no tenant acme: drop its profile as tenants/acme.json"),
    "its profile lies there": (facts(tenant=None, lies=Lies(tenant="p1")), "hold", "tenant acme is not READY yet"),
    "it is being onboarded": (
        facts(tenant=tenant(TenantState.ONBOARDING), lies=Lies(tenant="p1")),
        "hold",
        "tenant acme is not READY yet",
    ),
    "it was suspended": (facts(tenant=tenant(TenantState.SUSPENDED)), "reject", "tenant acme is SUSPENDED"),
    "no such fleet": (facts(fleets={}), "reject", "there is no fleet sklearn"),
    "its fleet lies there": (facts(fleets={}, lies=Lies(fleets={"sklearn": "f1"})), "hold", "fleet sklearn is not"),
    "its fleet is being created": (
        facts(fleets={"sklearn": fleet(FleetState.CREATING)}, lies=Lies(fleets={"sklearn": "f1"})),
        "hold",
        "fleet sklearn is not READY yet",
    ),
    "a newer upload went live": (facts(routes={"churn": route(2)}), "supersede", "went live before it: version 2"),
    "a newer upload was rolled back": (facts(routes={"churn": route(1, 2)}), "supersede", "was rolled back; version 1"),
}


@pytest.mark.parametrize(("known", "action", "sentence"), MISSING.values(), ids=MISSING)
def test_what_keeps_an_upload_from_starting(known: Facts, action: str, sentence: str) -> None:
    [(_, verdict)] = judge([upload(1)], known)
    assert verdict.action == action
    assert sentence in verdict.reason


@pytest.mark.parametrize(
    ("lying", "refused", "action"),
    [("", "", "reject"), ("p1", "", "reject"), ("p2", "", "hold"), ("p2", "p2", "reject")],
)
def test_a_model_nobody_named_waits_only_for_a_newer_profile(lying: str, refused: str, action: str) -> None:
    known = facts(tenant=tenant(refused=refused), lies=Lies(tenant=lying))
    [(_, verdict)] = judge([upload(1, "pricing")], known)
    assert verdict.action == action


@pytest.mark.parametrize(("minutes", "action"), [(0, "hold"), (29, "hold"), (30, "fail"), (600, "fail")])
def test_waiting_for_a_tenant_ends_after_half_an_hour(minutes: int, action: str) -> None:
    held = upload(1, state=State.HELD, reason="tenant acme is not READY yet", since=NOW - timedelta(minutes=minutes))
    [(row, verdict)] = judge([held], facts(tenant=None, lies=Lies(tenant="p1")))
    assert verdict.action == action
    assert changes(row, verdict) == (action == "fail")


def test_waiting_for_a_newer_upload_has_no_end() -> None:
    reason = "a newer upload (version 2) is released first"
    held = upload(1, state=State.HELD, reason=reason, since=NOW - timedelta(days=2))
    [(row, verdict)] = judge([held, started(2)], facts())
    assert (verdict.action, changes(row, verdict)) == ("hold", False)


def test_a_rejected_newest_does_not_hold_the_next() -> None:
    """The newest is overtaken by the floor, so it is not what the older one waits for."""
    known = facts(routes={"churn": route(5)})
    assert actions([upload(6), upload(5), upload(4)], known) == {
        "churn-6": "start",
        "churn-5": "supersede",
        "churn-4": "supersede",
    }


def profiled(order: str) -> TenantRow:
    models = {"churn": MODEL | {"order": order}}
    return tenant(profile=TenantProfile.model_validate({"isolation": "bridge", "models": models}))


BY_UPLOAD = "179530560000200000001"
BY_NUMBER = f"n{7:020}{BY_UPLOAD}"


@pytest.mark.parametrize(
    ("given", "by", "then"),
    [
        (BY_UPLOAD, "number", BY_NUMBER),
        (BY_NUMBER, "upload", BY_UPLOAD),
        (BY_NUMBER, "number", BY_NUMBER),
        (BY_UPLOAD, "upload", BY_UPLOAD),
    ],
)
def test_what_was_ordered_before_its_profile_was_known_is_ordered_as_the_profile_says(
    given: str, by: str, then: str
) -> None:
    [(row, verdict)] = judge([upload(1, version="7").but(order=given)], facts(tenant=profiled(by)))
    assert (row.order, verdict.action) == (then, "start")


def test_an_order_that_an_execution_has_begun_with_stays() -> None:
    begun, waiting = started(1).but(order=BY_UPLOAD), upload(2, version="7").but(order=BY_UPLOAD)
    [(row, verdict)] = judge([begun, waiting], facts(tenant=profiled("number")))
    assert (row.upload, row.order, verdict.action) == ("churn-2", BY_NUMBER, "start")


def test_an_upload_that_came_before_numbers_counted_and_has_none_is_rejected() -> None:
    [(row, verdict)] = judge([upload(1, version="final").but(order=BY_UPLOAD)], facts(tenant=profiled("number")))
    assert (row.order, verdict.action, "name it like 7 or v7" in verdict.reason) == (BY_UPLOAD, "reject", True)


def test_what_waits_for_an_approval_is_in_nobodys_way_and_nobody_in_its() -> None:
    others = [upload(1), parked(2), upload(3, "fraud")]
    verdicts = {row.upload: verdict.action for row, verdict in judge(others, facts(tenant=asking(), cap=2))}
    assert verdicts == {"churn-1": "start", "fraud-3": "start"}


def test_what_is_approved_stands_in_line_with_the_others() -> None:
    approved = parked(1, approved="package")
    [(_, alone)] = judge([approved, parked(2)], facts(tenant=asking()))
    assert alone.action == "start"
    verdicts = {row.upload: verdict.action for row, verdict in judge([approved, started(2)], facts(tenant=asking()))}
    assert verdicts == {"churn-1": "hold"}
    [(_, crowded)] = judge([approved], facts(tenant=asking(), cap=0))
    assert (crowded.action, changes(approved, crowded), approved.waits) == ("hold", True, True)
    assert not changes(approved.but(reason=crowded.reason), crowded)


def test_when_nobody_is_asked_any_more_what_waits_starts() -> None:
    [(row, verdict)] = judge([parked(1)], facts(tenant=asking("automatic")))
    assert (verdict.action, row.cleared(NOW).approved) == ("start", "profile")
    assert judge([parked(1)], facts(tenant=asking("automatic"), cap=0)) == [], "until then it is not approved"


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"routes": {"churn": route(5)}}, "supersede"),
        ({"tenant": tenant(TenantState.OFFBOARDED, profile=None)}, "reject"),
        ({"tenant": tenant(TenantState.ONBOARDING), "lies": Lies(tenant="p1")}, ""),
        ({"fleets": {}, "lies": Lies(fleets={"sklearn": "p1"})}, ""),
        ({"fleets": {}}, "reject"),
    ],
    ids=["overtaken", "no tenant", "a tenant that is not ready", "a fleet that is not ready", "no fleet"],
)
def test_what_waits_may_end_and_is_never_held(more: dict[str, Any], action: str) -> None:
    judged = judge([parked(1)], facts(**({"tenant": asking()} | more)))
    assert [verdict.action for _, verdict in judged] == ([action] if action else [])


def moving() -> Upload:
    move = {
        "upload": "move",
        "order": "00001.000001",
        "moved_from": "churn-1",
        "origin": "multi-model on fleet sklearn",
    }
    return upload(1).but(**move)


def test_a_move_starts_above_the_floor_and_waits_for_a_newer_upload() -> None:
    assert actions([moving()], facts(routes={"churn": route(1)})) == {"move": "start"}
    both = {
        row.upload: verdict.action for row, verdict in judge([moving(), upload(2)], facts(routes={"churn": route(1)}))
    }
    assert both == {"move": "hold", "churn-2": "start"}


def test_a_move_of_what_is_not_live_any_more_is_superseded() -> None:
    [(_, verdict)] = judge([moving()], facts(routes={"churn": route(0, 1)}))
    assert verdict.action == "supersede"
    assert verdict.reason == "version 1 was to be moved from multi-model on fleet sklearn, and is not live any more"
    assert verdict.by == "churn-0"


def test_a_move_keeps_its_order_whatever_the_profile_asks_for() -> None:
    numbers = PROFILE.model_copy(
        update={"models": {name: one.model_copy(update={"order": "number"}) for name, one in PROFILE.models.items()}}
    )
    [(row, verdict)] = judge([moving()], facts(tenant=tenant(profile=numbers), routes={"churn": route(1)}))
    assert (row.order, verdict.action) == ("00001.000001", "start")
