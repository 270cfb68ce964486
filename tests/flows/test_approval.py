"""Approval: take_approval and its like. A version is parked until a person decides, and no event is believed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.notices import Notice
from tenantry.domain.tenants import SlotsRow
from tenantry.serving.packages import group_of
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.test_offboard_tenant import copies
from tests.flows.told import package_event
from tests.flows.world import World

GROUP = group_of("tenantry", "acme", "churn")
ROAD = ["Begin", "Vet artifact", "Register version", "Place version", "Anything to apply?"]
PARKED = [*ROAD, "Plan package", "Apply package", "Record package", "Admit releases", "Announce"]
WAITS = "AWAITING_APPROVAL"

Start = Callable[..., World]


@pytest.fixture
def start(worlds: list[World]) -> Start:
    """A world with a READY fleet and tenant; every version has to be approved, unless the profile says otherwise."""

    def begun(profile: dict[str, Any] | None = None, **settings: Any) -> World:
        world = World(**settings)
        worlds.append(world)
        world.drop("fleets/sklearn.json", FLEET)
        world.run(until=timedelta(minutes=10))
        world.drop("tenants/acme.json", profile or manual())
        world.run(until=timedelta(minutes=10))
        return world

    return begun


@pytest.fixture
def waiting(start: Start) -> World:
    """Version 1 waits."""
    world = start()
    released(world, "1")
    assert states(world) == {"1": WAITS}
    return world


def manual(*models: str, **more: Any) -> dict[str, Any]:
    return tenant_profile(*(models or ("churn",)), approval="manual", **more)


def released(world: World, version: str) -> None:
    drop_version(world, version)
    world.run(until=timedelta(minutes=2))


def decide(world: World, version: str, approval: str, said: str = "", *, minutes: float = 10) -> None:
    """What a person does; the event comes at once, if events come."""
    world.twins.hosting.packaged.decide(world.version("acme", "churn", version).package, approval, said)
    world.run(until=timedelta(minutes=minutes))


def states(world: World) -> dict[str, str]:
    return {row.version: row.state.value for row in world.versions("acme", "churn")}


def packages(world: World) -> dict[str, str]:
    """Number → approval of each package in the group."""
    group = world.twins.hosting.packaged.groups.get(GROUP)
    return {one.arn.rpartition("/")[2]: one.approval for one in group.packages.values()} if group else {}


def told(world: World, audience: str, about: str) -> list[Notice]:
    return [one for one in world.notices(audience) if one.about == about]


def sweep(world: World, minutes: float = 6) -> Any:
    """One run of the schedule, and what it started."""
    world.twins.clock.sleep(minutes * 60)
    swept = world.invoke("sweep_registry", {})
    world.run(until=timedelta(minutes=5))
    return swept


def test_a_version_waits_parked_and_goes_live_once_it_is_approved(waiting: World) -> None:
    row, run = waiting.version("acme", "churn", "1"), waiting.last("release-model")
    assert (row.owner, waiting.route("acme", "churn"), run.status, run.path) == ("", None, "SUCCEEDED", PARKED)
    assert packages(waiting) == {"1": "PendingManualApproval"}
    decide(waiting, "1", "Approved", "tried it on last week's data")
    row = waiting.version("acme", "churn", "1")
    assert states(waiting) == {"1": "LIVE"}
    assert "its model package was approved: tried it on last week's data" in [move.reason for move in row.moves]
    first, second = waiting.runs("release-model")
    assert (first.name[-2:], second.name[-2:]) == ("-1", "-2")
    assert second.path[:6] == [*ROAD, "Preload model"]


def test_tenant_and_operator_are_told_the_commands_that_decide(waiting: World) -> None:
    arn = waiting.version("acme", "churn", "1").package
    decided = "--region us-east-1 --model-package-arn"
    for audience in ("acme", ""):
        [notice] = told(waiting, audience, "approval")
        assert (notice.state, notice.details["package"]) == (WAITS, arn)
        approve, reject = notice.details["approve"], notice.details["reject"]
        assert approve.startswith(
            f"aws sagemaker update-model-package {decided} {arn} --model-approval-status Approved "
        )
        assert reject.startswith(
            f"aws sagemaker update-model-package {decided} {arn} --model-approval-status Rejected "
        )
        assert approve in notice.fix
        assert reject in notice.fix


def test_a_rejected_version_ends_in_the_approvers_own_words_and_leaves_nothing(waiting: World) -> None:
    decide(waiting, "1", "Rejected", "worse on new customers")
    row = waiting.version("acme", "churn", "1")
    assert (row.state, row.reason) == ("REJECTED", "the approver rejected it: worse on new customers")
    assert [one.reason for one in told(waiting, "", "release")] == [row.reason]
    sweep(waiting)
    assert (packages(waiting), copies(waiting), waiting.version("acme", "churn", "1").copied) == ({}, [], False)
    assert len(waiting.runs("release-model")) == 1


@pytest.mark.parametrize(("approval", "state"), [("Approved", "LIVE"), ("Rejected", "REJECTED")])
def test_what_no_event_told_of_the_sweep_finds(start: Start, approval: str, state: str) -> None:
    world = start(scheduled=True, events=False)
    drop_version(world, "1")
    world.run(until=timedelta(minutes=20))
    assert states(world) == {"1": WAITS}
    decide(world, "1", approval, minutes=20)
    assert states(world) == {"1": state}


def test_doubled_and_late_events_change_nothing(waiting: World) -> None:
    registry = waiting.twins.hosting.packaged
    decide(waiting, "1", "Approved")
    detail = {"ModelPackageArn": waiting.version("acme", "churn", "1").package, "ModelApprovalStatus": "Approved"}
    before = waiting.version("acme", "churn", "1")
    for _ in range(3):
        assert waiting.invoke("take_approval", package_event(detail))["outcome"] == "ignore"
    registry.decide(detail["ModelPackageArn"], "Rejected", "too late")
    waiting.run(until=timedelta(minutes=20))
    sweep(waiting)
    assert waiting.version("acme", "churn", "1") == before
    assert len(waiting.runs("release-model")) == 2


def test_an_event_is_not_believed(waiting: World) -> None:
    """A forged one about our package, and one about a package that is not ours."""
    arn = waiting.version("acme", "churn", "1").package
    lie = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved", "ModelPackageStatus": "Completed"}
    assert waiting.invoke("take_approval", package_event(lie))["outcome"] == "waiting"
    other = {**lie, "ModelPackageArn": arn.replace("acme", "globex")}
    waiting.twins.hosting.faults.fail_next("package", AssertionError("nobody asks about a stranger's package"))
    assert waiting.invoke("take_approval", package_event(other))["outcome"] == "ignore"
    assert waiting.invoke("take_approval", package_event({}))["outcome"] == "ignore"
    waiting.run(until=timedelta(minutes=20))
    assert states(waiting) == {"1": WAITS}


def test_when_sagemaker_does_not_answer_the_event_is_tried_again(waiting: World) -> None:
    row = waiting.version("acme", "churn", "1")
    waiting.twins.hosting.faults.fail_next("package", Unavailable("busy"))
    with pytest.raises(Unavailable):
        waiting.invoke("take_approval", package_event({"ModelPackageArn": row.package}))
    waiting.twins.hosting.faults.fail_next("package", Unavailable("busy"))
    sweep(waiting)
    assert waiting.version("acme", "churn", "1").state == WAITS


def test_a_package_that_somebody_deleted_ends_its_version(waiting: World) -> None:
    waiting.twins.hosting.packaged.forget(waiting.version("acme", "churn", "1").package)
    sweep(waiting)
    assert waiting.version("acme", "churn", "1").state == "REJECTED"
    assert "was deleted before anybody approved it" in waiting.version("acme", "churn", "1").reason


def test_a_package_that_sagemaker_could_not_make_ends_its_version(waiting: World) -> None:
    [package] = waiting.twins.hosting.packaged.groups[GROUP].packages.values()
    package.status = "Failed"
    sweep(waiting)
    assert waiting.version("acme", "churn", "1").state == "FAILED"


def test_versions_that_wait_are_in_nobodys_way(waiting: World) -> None:
    """Neither is the newer one held by the older one, nor the older one, once approved, by the newer one."""
    released(waiting, "2")
    assert states(waiting) == {"1": WAITS, "2": WAITS}
    decide(waiting, "1", "Approved")
    assert states(waiting) == {"1": "LIVE", "2": WAITS}
    decide(waiting, "2", "Approved")
    assert states(waiting) == {"1": "STANDBY", "2": "LIVE"}


def test_an_older_one_ends_when_the_newer_one_goes_live(waiting: World) -> None:
    released(waiting, "2")
    decide(waiting, "2", "Approved")
    assert states(waiting) == {"1": "SUPERSEDED", "2": "LIVE"}
    assert [one.superseded_by for one in told(waiting, "acme", "release") if one.state == "SUPERSEDED"] == [
        waiting.version("acme", "churn", "2").upload
    ]
    decide(waiting, "1", "Approved")
    assert states(waiting) == {"1": "SUPERSEDED", "2": "LIVE"}


def test_of_two_that_are_approved_at_once_the_newest_is_released_first(start: Start) -> None:
    world = start(settings={"in_flight_cap": 1})
    for version in ("1", "2"):
        released(world, version)
    registry = world.twins.hosting.packaged
    for version in ("1", "2"):
        registry.decide(world.version("acme", "churn", version).package, "Approved")
    registry.told.reverse()
    world.run(until=timedelta(minutes=20))
    assert states(world) == {"1": "SUPERSEDED", "2": "LIVE"}


def test_what_waits_takes_no_slot_and_what_is_approved_stands_in_line(start: Start) -> None:
    names = ("churn", "risk", "fraud")
    world = start(manual(*names), settings={"in_flight_cap": 1})
    for name in names:
        world.drop(f"models/acme/{name}/1/model.tar.gz", b"")
    for name in names:
        drop(world, name)
    world.run(until=timedelta(minutes=10))
    rows = [world.version("acme", name, "2") for name in names]
    assert [row.state.value for row in rows] == [WAITS] * 3
    slots = world.twins.registry.get(SlotsRow, SlotsRow.at("acme"))
    assert slots is not None
    assert not [row for row in rows if row.started]
    for row in rows:
        world.twins.hosting.packaged.decide(row.package, "Approved")
    world.run(until=timedelta(minutes=10))
    gone = sorted((moved(world, name, "PLACED"), moved(world, name, "LIVE")) for name in names)
    assert [live <= placed for (_, live), (placed, _) in pairwise(gone)] == [True, True]


def moved(world: World, model: str, state: str) -> datetime:
    return next(move.at for move in world.version("acme", model, "2").moves if move.state == state)


def drop(world: World, model: str) -> None:
    world.twins.clock.sleep(1)
    world.drop(f"models/acme/{model}/2/model.tar.gz", archive(f"answer of {model}"))


def test_a_suspended_tenants_version_ends_and_an_approval_comes_too_late(waiting: World) -> None:
    waiting.delete("tenants/acme.json")
    waiting.run(until=timedelta(minutes=5))
    row = waiting.version("acme", "churn", "1")
    assert (row.state, "the tenant was suspended" in row.reason) == ("FAILED", True)
    decide(waiting, "1", "Approved")
    assert waiting.version("acme", "churn", "1").state == "FAILED"
    assert len(waiting.runs("release-model")) == 1


def test_when_the_profile_asks_for_no_approval_any_more_it_goes_on(waiting: World) -> None:
    """And the Model Registry shows that nobody is asked."""
    waiting.twins.hosting.faults.fail_next("package", AssertionError("nobody is asked"))
    waiting.drop("tenants/acme.json", tenant_profile("churn"))
    waiting.run(until=timedelta(minutes=10))
    row = waiting.version("acme", "churn", "1")
    assert (row.state, packages(waiting)) == ("LIVE", {"1": "Approved"})
    assert "its tenant's profile asks for no approval any more" in [move.reason for move in row.moves]


def test_a_profile_that_asks_for_approval_from_now_on_stops_nothing_that_serves(start: Start) -> None:
    world = start(tenant_profile("churn"))
    released(world, "1")
    world.drop("tenants/acme.json", manual())
    world.run(until=timedelta(minutes=5))
    released(world, "2")
    assert states(world) == {"1": "LIVE", "2": WAITS}


def test_a_model_that_the_profile_names_no_more_ends_what_waits(waiting: World) -> None:
    waiting.drop("tenants/acme.json", manual("risk"))
    waiting.run(until=timedelta(minutes=10))
    row = waiting.version("acme", "churn", "1")
    assert (row.state, "names no model churn" in row.reason) == ("REJECTED", True)


def test_a_move_was_approved_where_it_came_from_and_shows_as_that(waiting: World) -> None:
    """Also while another version waits."""
    decide(waiting, "1", "Approved")
    released(waiting, "2")
    waiting.drop("fleets/other.json", FLEET)
    waiting.run(until=timedelta(minutes=10))
    profile = manual()
    profile["models"]["churn"] = profile["models"]["churn"] | {"fleet": "other"}
    waiting.drop("tenants/acme.json", profile)
    waiting.run(until=timedelta(minutes=20))
    live = [row for row in waiting.versions("acme", "churn") if row.state == "LIVE"]
    assert [(row.version, row.host, row.moved_from != "") for row in live] == [("1", "fleet-other", True)]
    assert packages(waiting) == {"1": "Approved", "2": "PendingManualApproval", "3": "Approved"}
    assert states(waiting)["2"] == WAITS


def test_a_fleet_that_is_gone_holds_nothing_that_waits_and_stops_what_is_approved(waiting: World) -> None:
    waiting.drop(
        "tenants/acme.json", manual() | {"models": {"churn": manual()["models"]["churn"] | {"fleet": "later"}}}
    )
    waiting.drop("fleets/later.json", FLEET | {"image": "!"})
    waiting.run(until=timedelta(minutes=10))
    sweep(waiting)
    assert states(waiting) == {"1": WAITS}


def test_an_execution_that_dies_finds_the_package_that_it_made(start: Start) -> None:
    world = start(scheduled=True)
    world.fail("record_package", RuntimeError("boom"))
    world.fail("settle_release", RuntimeError("worse"), times=9)
    world.fail("close_execution", RuntimeError("worst"), times=1)
    drop_version(world, "1")
    with pytest.raises(RuntimeError, match="worst"):
        world.run(until=timedelta(minutes=5))
    [package] = world.twins.hosting.packaged.groups[GROUP].packages.values()
    package.params["ClientToken"] = "forgotten"
    world.run(until=timedelta(minutes=30))
    assert (states(world), packages(world)) == ({"1": WAITS}, {"1": "PendingManualApproval"})
    assert world.version("acme", "churn", "1").attempt == 2


@pytest.mark.parametrize("after", [False, True], ids=["before it was carried out", "after it was carried out"])
def test_a_call_nobody_knows_the_outcome_of_makes_one_package(start: Start, *, after: bool) -> None:
    world = start()
    world.twins.hosting.faults.fail_next("CreateModelPackage", Unavailable("no answer"), after=after)
    world.twins.hosting.faults.fail_next("packages", Unavailable("busy"), times=2)
    released(world, "1")
    assert (states(world), packages(world)) == ({"1": WAITS}, {"1": "PendingManualApproval"})


def test_a_step_that_parked_and_was_given_up_for_lost_is_repeated(start: Start) -> None:
    world = start()
    world.fail("record_package", Unavailable("no answer"), after=True)
    released(world, "1")
    assert (states(world), world.last("release-model").status) == ({"1": WAITS}, "SUCCEEDED")
    assert len(told(world, "", "approval")) == 1


def test_without_a_quota_for_groups_the_release_fails_with_the_reason(start: Start) -> None:
    world = start()
    world.twins.hosting.packaged.most_groups = 0
    released(world, "1")
    row = world.version("acme", "churn", "1")
    assert (row.state, "'Model package groups per account' is 0" in row.reason) == ("FAILED", True)
    assert row.reason.startswith("Apply package: CreateModelPackageGroup:")
    world.run(until=timedelta(minutes=10))
    assert (copies(world), world.version("acme", "churn", "1").copied) == ([], False)


def test_a_version_that_is_mirrored_is_shown_once_it_is_live(start: Start) -> None:
    world = start(tenant_profile("churn", mirror=True))
    released(world, "1")
    assert (states(world), packages(world)) == ({"1": "LIVE"}, {"1": "Approved"})
    path = world.last("release-model").path
    assert path[path.index("Swap version") :] == [
        *("Swap version", "To be judged?", "Plan package", "Apply package", "Record package"),
        *("Admit releases", "Announce"),
    ]
    decide(world, "1", "Rejected", "it decides nothing")
    assert states(world) == {"1": "LIVE"}


def test_what_cannot_be_mirrored_is_live_all_the_same_and_the_operator_hears_why(start: Start) -> None:
    world = start(tenant_profile("churn", mirror=True))
    world.twins.hosting.packaged.most_groups = 0
    released(world, "1")
    assert (states(world), packages(world)) == ({"1": "LIVE"}, {})
    [notice] = told(world, "", "approval")
    assert notice.state == "LIVE"
    assert "'Model package groups per account' is 0" in notice.reason
    assert notice.fix.startswith("aws service-quotas request-service-quota-increase")
    assert told(world, "acme", "approval") == []


def test_a_package_goes_with_its_version_and_the_group_with_the_tenant(start: Start) -> None:
    world = start(manual(grace=1, offboard_after=0), scheduled=True)
    for version in ("1", "2"):
        released(world, version)
        decide(world, version, "Approved")
    released(world, "3")
    assert packages(world) == {"1": "Approved", "2": "Approved", "3": "PendingManualApproval"}
    world.run(until=timedelta(hours=2))
    assert (states(world)["1"], packages(world)) == ("RETIRED", {"2": "Approved", "3": "PendingManualApproval"})
    world.delete("tenants/acme.json")
    world.run(until=timedelta(hours=2))
    tenant = world.tenant("acme")
    assert (tenant.state, tenant.inventory["left"]["model_package_groups"]) == ("OFFBOARDED", 0), tenant.reason
    assert world.twins.hosting.packaged.groups == {}
    assert "Apply plan" in world.last("offboard-tenant").path


def test_a_group_with_a_strangers_package_keeps_the_tenant_from_being_closed(waiting: World) -> None:
    strange = {"ModelPackageGroupName": GROUP, "ClientToken": "mine", "InferenceSpecification": {}}
    waiting.twins.hosting.packaged.does["CreateModelPackage"](strange)
    waiting.delete("tenants/acme.json")
    waiting.run(until=timedelta(hours=30))
    tenant = waiting.tenant("acme")
    assert (tenant.state, "still has model packages" in waiting.last("offboard-tenant").path[-1]) == ("CLOSING", False)
    assert any("still has model packages" in one.reason for one in waiting.notices(""))


def test_a_sweep_asks_for_a_bounded_number_and_for_those_first_that_waited_longest(start: Start) -> None:
    world = start(settings={"in_flight_cap": 9})
    world.drop("tenants/globex.json", manual())
    world.run(until=timedelta(minutes=10))
    for number in range(26):
        drop_version(world, str(number), tenant=("acme", "globex")[number % 2])
    world.run(until=timedelta(minutes=30))
    rows = [row for name in ("acme", "globex") for row in world.versions(name, "churn")]
    assert [row.state.value for row in rows] == [WAITS] * 26
    registry = world.twins.hosting.packaged
    for row in rows:
        registry.decide(row.package, "Rejected")
    registry.told.clear()
    world.twins.clock.sleep(3600)
    due = sorted(rows, key=lambda row: (row.look_at or row.since, row.upload))
    assert sweep(world)["approvals"] == 20
    left = {row.upload for name in ("acme", "globex") for row in world.versions(name, "churn") if row.parked}
    assert left == {row.upload for row in due[20:]}
    assert sweep(world)["approvals"] == 6


def test_the_longer_one_waits_the_rarer_one_is_looked_at(waiting: World) -> None:
    looked = []
    for _ in range(200):
        before = waiting.version("acme", "churn", "1").look_at
        sweep(waiting, 5)
        looked.append(waiting.version("acme", "churn", "1").look_at != before)
    assert 10 < sum(looked) < 60
    assert sum(looked[:50]) > sum(looked[-50:])


def test_the_release_of_an_approved_version_may_die_as_often_as_any(waiting: World) -> None:
    waiting.fail("place_version", RuntimeError("boom"), times=9)
    waiting.fail("settle_release", RuntimeError("worse"), times=99)
    waiting.fail("close_execution", ReleaseFailed("deaf"), times=9)
    waiting.twins.hosting.packaged.decide(waiting.version("acme", "churn", "1").package, "Approved")
    for _ in range(6):
        with_errors(waiting)
    row = waiting.version("acme", "churn", "1")
    assert (row.state, row.attempt) == ("FAILED", 4)


def with_errors(world: World) -> None:
    """One more sweep, whatever dies of it."""
    for _ in range(3):
        try:
            world.run(until=timedelta(minutes=5))
        except ReleaseFailed:
            continue
    world.twins.clock.sleep(360)
    world.invoke("sweep_registry", {})


@pytest.mark.parametrize(
    ("profile", "transitions", "invocations", "calls"),
    [
        (manual(), 10 + 11, 8 + 8, 2),
        (tenant_profile("churn", mirror=True), 14, 11, 2),
        (tenant_profile("churn"), 11, 8, 0),
    ],
    ids=["approved", "mirrored", "neither"],
)
def test_what_it_costs(start: Start, profile: dict[str, Any], transitions: int, invocations: int, calls: int) -> None:
    """A first version; later ones find their group there, and make one call less."""
    world = start(profile)
    before = len(world.twins.hosting.calls)
    released(world, "1")
    if states(world) == {"1": WAITS}:
        decide(world, "1", "Approved")
    runs = world.runs("release-model")
    assert (sum(run.transitions for run in runs), sum(len(run.invocations) for run in runs)) == (
        transitions,
        invocations,
    )
    assert len(world.twins.hosting.calls) - before == calls
    released(world, "2")
    if calls:
        assert len(world.twins.hosting.calls) - before == calls + 1
