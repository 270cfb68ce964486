"""A swap that is judged: weights on the route, a bake, a verdict, then promotion or the way back."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import Unavailable
from tenantry.domain.routes import DRAIN, HostRow, LoadRow, Route
from tenantry.domain.series import of_clients
from tenantry.domain.versions import State
from tenantry.usecases.rollback import rollback
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.invariants import breaches_at_rest, breaches_now
from tests.flows.test_release_model import HAPPY
from tests.flows.twins import SERVING
from tests.flows.world import World

ASKED = {"percent": 10, "minutes": 10, "least_calls": 100, "alarms": ["churn-errors"]}
ROUND = ["Bake", "Judge version", "To be judged?"]
BEGUN = [*HAPPY[: HAPPY.index("To be judged?") + 1]]
OVER = ["Admit releases", "Announce"]
LOOKS = 5
"""A bake of ten minutes is looked at so often."""


def asks(world: World, **more: Any) -> None:
    world.twins.clock.sleep(1)
    world.drop("tenants/acme.json", tenant_profile("churn", canary=ASKED | more))
    world.run(until=timedelta(seconds=1))


@pytest.fixture
def judging(serving: World) -> World:
    """Version 1 is live, and swaps are judged from now on."""
    serving.twins.metrics.states["churn-errors"] = "OK"
    asks(serving)
    return serving


@pytest.fixture
def baking(judging: World) -> World:
    """Version 2 has a tenth of the calls, since half a minute."""
    drop_version(judging, "2")
    judging.run(until=timedelta(seconds=30))
    assert judging.version("acme", "churn", "2").state == "CANARY"
    return judging


def counted(world: World, version: str, calls: int, errors: int = 0, ms: float = 20) -> None:
    """Clients tell what they have counted."""
    trio = of_clients("tenantry", "acme", "churn", version)
    for series, value in zip(trio, (calls, errors, calls * ms * 1000), strict=True):
        world.twins.metrics.publish(series, value)


def route_of(world: World) -> Route:
    route = world.route("acme", "churn")
    assert route is not None
    return route


def about(world: World, audience: str, version: str) -> list[tuple[str, str]]:
    upload = world.version("acme", "churn", version).upload
    told = [notice for notice in world.notices(audience) if notice.upload == upload]
    return [(notice.about, notice.state) for notice in told]


def at_peace(world: World) -> None:
    """What drains is swept up, and then everything is in order."""
    for _ in range(3):
        world.run(until=timedelta(minutes=31))
        for verb in ("sweep_registry", "relay_notices"):
            world.invoke(verb, {})
    world.run(until=timedelta(minutes=2))
    world.invoke("relay_notices", {})
    assert breaches_at_rest(world) == []


def test_a_canary_gets_its_share_while_the_old_version_stays_live(baking: World) -> None:
    route, canary = route_of(baking), baking.version("acme", "churn", "2")
    assert (route.version, route.generation) == ("1", 2)
    assert route.canary is not None
    assert (route.canary.version, route.canary.weight, route.canary.target) == ("2", 10, canary.target)
    assert route.canary.until - route.canary.since == timedelta(minutes=10)
    assert "10% of the calls go to it beside version 1" in canary.reason
    assert baking.version("acme", "churn", "1").state == "LIVE"
    assert breaches_now(baking) == []


def test_a_canary_that_is_no_worse_goes_live_after_its_bake(baking: World) -> None:
    counted(baking, "1", 900, 9)
    counted(baking, "2", 100, 1)
    begun = route_of(baking).canary
    baking.run()
    route, run = route_of(baking), baking.last("release-model")
    assert run.path == [*BEGUN, *ROUND * LOOKS, "Swap version", "To be judged?", *OVER]
    assert (route.version, route.canary, route.generation) == ("2", None, 3)
    assert begun is not None
    assert route.since >= begun.until
    live = baking.version("acme", "churn", "2")
    assert live.state == "LIVE"
    assert "canary 100 calls, 1 failed (1.0%), 20.0 ms; live 900 calls, 9 failed (1.0%)" in live.reason
    assert live.verdict["comparisons"][0]["canary"] == {"calls": 100, "errors": 1, "latency_ms": 2000.0}
    assert baking.version("acme", "churn", "1").state == "STANDBY"
    assert about(baking, "acme", "2") == [("release", "LIVE")]
    assert about(baking, "", "2") == []
    at_peace(baking)


@pytest.mark.parametrize(
    ("canary", "said"),
    [
        ({"calls": 200, "errors": 9}, "more of its calls fail"),
        ({"calls": 20, "errors": 9}, "more of its calls fail"),
        ({"calls": 200, "ms": 61.0}, "its calls take more than 1.5 times as long"),
    ],
    ids=["it fails", "it fails at once", "it is slow"],
)
def test_a_canary_that_is_worse_goes_back_at_the_first_look(baking: World, canary: dict[str, Any], said: str) -> None:
    counted(baking, "1", 900, 9)
    counted(baking, "2", **canary)
    baking.run()
    run, row, route = baking.last("release-model"), baking.version("acme", "churn", "2"), route_of(baking)
    assert (run.status, run.path) == ("SUCCEEDED", [*BEGUN, *ROUND, *OVER])
    assert (row.state, row.verdict["decision"]) == ("ROLLED_BACK", "back")
    assert said in row.reason
    assert f"{canary['calls']} calls" in row.reason
    assert (route.version, route.canary, route.generation, route.floor) == ("1", None, 3, route.order)
    for audience in ("acme", ""):
        assert about(baking, audience, "2") == [("release", "ROLLED_BACK")]
    notice = next(one for one in baking.notices("") if one.upload == row.upload)
    assert notice.details["verdict"]["comparisons"][0]["live"]["calls"] == 900
    assert "tenantry rollback acme churn --to 2" in notice.fix
    at_peace(baking)


def test_an_alarm_takes_it_back(baking: World) -> None:
    counted(baking, "1", 900)
    counted(baking, "2", 100)
    baking.twins.metrics.states["churn-errors"] = "ALARM"
    baking.run()
    row = baking.version("acme", "churn", "2")
    assert (row.state, row.reason) == ("ROLLED_BACK", "alarm churn-errors is in ALARM")


def test_an_alarm_that_does_not_exist_vouches_for_nothing(baking: World) -> None:
    del baking.twins.metrics.states["churn-errors"]
    baking.run()
    assert "there is no alarm churn-errors" in baking.version("acme", "churn", "2").reason


def test_with_too_few_calls_the_bake_is_as_long_again_once_and_then_the_sample_decides(baking: World) -> None:
    counted(baking, "2", 3)
    loads = len(baking.twins.hosting.loads)
    baking.run()
    row = baking.version("acme", "churn", "2")
    moves = [move.state for move in row.moves]
    assert baking.last("release-model").path.count("Judge version") == 2 * LOOKS
    assert moves[-3:] == [State.CANARY, State.CANARY, State.LIVE]
    assert "too few calls to judge, 100 of each version are needed: canary 3 calls" in row.reason
    assert "it answered its sample again" in row.reason
    assert len(baking.twins.hosting.loads) == loads


def test_with_too_few_calls_a_canary_that_does_not_answer_goes_back(baking: World) -> None:
    baking.twins.hosting.behave = _broken(baking)
    baking.run()
    row = baking.version("acme", "churn", "2")
    assert row.state == "ROLLED_BACK"
    assert "too few calls" in row.reason
    assert "did not answer its sample" in row.reason
    assert route_of(baking).version == "1"


def _broken(world: World) -> Any:
    target, behave = world.version("acme", "churn", "2").target, world.twins.hosting.behave

    def broken(asked: str, artifact: bytes, body: bytes) -> Any:
        answer = behave(asked, artifact, body)
        return answer.model_copy(update={"outcome": "model_error", "status": 400}) if asked == target else answer

    return broken


def test_two_uploads_of_one_version_are_not_told_apart_by_their_counts(judging: World) -> None:
    drop_version(judging, "1")
    counted(judging, "1", 5_000, 5_000)
    judging.run()
    row = judging.version("acme", "churn", "1")
    assert row.state == "LIVE"
    assert "nothing was counted" in row.reason


def test_a_first_version_goes_live_at_once(ready: World) -> None:
    asks(ready)
    drop_version(ready, "1")
    ready.run()
    assert ready.last("release-model").path == HAPPY
    assert ready.version("acme", "churn", "1").state == "LIVE"


def test_a_newer_version_takes_the_place_of_a_canary(baking: World) -> None:
    second = baking.version("acme", "churn", "2")
    drop_version(baking, "3")
    baking.run(until=timedelta(seconds=30))
    route, row = route_of(baking), baking.version("acme", "churn", "2")
    assert route.canary is not None
    assert (route.version, route.canary.version) == ("1", "3")
    assert (row.state, row.reason) == ("SUPERSEDED", "a newer upload (version 3) came while it was judged")
    notice = next(one for one in baking.notices("acme") if one.upload == second.upload)
    assert notice.superseded_by == baking.version("acme", "churn", "3").upload
    assert baking.twins.artifacts.latest(SERVING, row.serving_key), "clients may call it for some seconds more"
    counted(baking, "1", 900)
    counted(baking, "3", 100)
    baking.run()
    assert route_of(baking).version == "3"
    assert baking.version("acme", "churn", "2").state == "SUPERSEDED"
    at_peace(baking)


def test_an_older_version_does_not_disturb_a_newer_canary(judging: World) -> None:
    judging.fail("prove_model", Unavailable("busy"), times=5)
    drop_version(judging, "2")
    judging.run(until=timedelta(seconds=8))
    drop_version(judging, "3")
    judging.run(until=timedelta(minutes=2))
    row, route = judging.version("acme", "churn", "2"), route_of(judging)
    assert route.canary is not None
    assert (route.version, route.canary.version) == ("1", "3")
    assert (row.state, row.reason) == ("SUPERSEDED", "a newer upload is being judged: version 3")
    notice = next(one for one in judging.notices("acme") if one.upload == row.upload)
    assert notice.superseded_by == route.canary.upload


def test_what_waits_behind_a_canary_that_goes_back_is_taken_next(judging: World) -> None:
    drop_version(judging, "2")
    judging.run(until=timedelta(seconds=30))
    older = judging.version("acme", "churn", "2")
    assert older.state == "CANARY"
    drop_version(judging, "4")
    judging.run(until=timedelta(seconds=30))
    counted(judging, "1", 900)
    counted(judging, "4", 200, 200)
    judging.run()
    assert judging.version("acme", "churn", "4").state == "ROLLED_BACK"
    drop_version(judging, "5")
    counted(judging, "5", 200)
    judging.run()
    assert route_of(judging).version == "5"
    at_peace(judging)


def test_an_operator_goes_back_during_the_bake(baking: World) -> None:
    loads = len(baking.twins.hosting.loads)
    done = rollback("acme", "churn", None, baking.twins)
    assert (done.version, done.replaced, done.generation, done.canary) == ("1", "2", 3, True)
    row, route = baking.version("acme", "churn", "2"), route_of(baking)
    assert (row.state, route.version, route.canary) == ("ROLLED_BACK", "1", None)
    assert "an operator went back from it to version 1" in row.reason
    assert len(baking.twins.hosting.loads) == loads
    baking.run()
    run = baking.last("release-model")
    assert (run.status, run.path) == ("SUCCEEDED", [*BEGUN, *ROUND, *OVER])
    assert about(baking, "acme", "2") == about(baking, "", "2") == [("release", "ROLLED_BACK")]
    at_peace(baking)


def test_an_operator_may_overrule_the_verdict(baking: World) -> None:
    counted(baking, "1", 900)
    counted(baking, "2", 200, 200)
    baking.run()
    rollback("acme", "churn", "2", baking.twins)
    route = route_of(baking)
    assert (route.version, route.floor) == ("2", route.order)
    assert baking.version("acme", "churn", "2").state == "LIVE"
    at_peace(baking)


def test_going_further_back_during_a_bake_takes_the_canary_off_too(baking: World) -> None:
    counted(baking, "1", 900)
    counted(baking, "2", 100)
    baking.run()
    drop_version(baking, "3")
    baking.run(until=timedelta(seconds=30))
    rollback("acme", "churn", "1", baking.twins)
    states = {row.version: row.state.value for row in baking.versions("acme", "churn")}
    assert states == {"1": "LIVE", "2": "ROLLED_BACK", "3": "ROLLED_BACK"}
    assert (route_of(baking).version, route_of(baking).canary) == ("1", None)
    baking.run()
    at_peace(baking)


def test_a_tenant_that_is_suspended_during_a_bake_comes_back_without_its_canary(baking: World) -> None:
    baking.delete("tenants/acme.json")
    baking.run(until=timedelta(minutes=1))
    row, route = baking.version("acme", "churn", "2"), route_of(baking)
    assert (row.state, route.suspended, route.canary) == ("FAILED", True, None)
    asks(baking)
    baking.run(until=timedelta(hours=25))
    assert (route_of(baking).suspended, route_of(baking).version) == (False, "1")
    at_peace(baking)


def test_a_tenant_is_offboarded_during_a_bake(baking: World) -> None:
    baking.drop("tenants/acme.json", tenant_profile("churn", canary=ASKED, offboard_after=0))
    baking.run(until=timedelta(seconds=30))
    baking.delete("tenants/acme.json")
    baking.run()
    assert baking.tenant("acme").state == "OFFBOARDED"
    assert baking.route("acme", "churn") is None
    at_peace(baking)


def test_a_fleet_that_is_rolled_during_a_bake_is_warm_for_both(baking: World) -> None:
    before = host_of(baking).endpoint
    baking.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    baking.run(until=timedelta(minutes=9))
    route, host = route_of(baking), host_of(baking)
    assert host.endpoint != before
    assert route.canary is not None
    for target in (route.target, route.canary.target):
        load = baking.twins.registry.get(LoadRow, LoadRow.at(host.host, target))
        assert load is not None
        assert (load.pinned, host.endpoint in load.evidence) == (True, True)
    assert breaches_now(baking) == []
    counted(baking, "1", 900)
    counted(baking, "2", 100)
    baking.run()
    assert route_of(baking).version == "2"


def host_of(world: World) -> HostRow:
    row = world.twins.registry.get(HostRow, HostRow.at("fleet-sklearn"))
    assert row is not None
    return row


def test_a_profile_that_asks_for_no_canary_any_more_ends_the_bake(baking: World) -> None:
    baking.twins.clock.sleep(1)
    baking.drop("tenants/acme.json", tenant_profile("churn"))
    baking.run()
    assert baking.last("release-model").path == [*BEGUN, *ROUND, "Swap version", "To be judged?", *OVER]
    assert route_of(baking).version == "2"


@pytest.mark.parametrize("verb", ["swap_version", "judge_version"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_answer_that_is_lost_changes_nothing(judging: World, verb: str, after: bool) -> None:
    judging.fail(verb, Unavailable("throttled"), times=3, after=after)
    drop_version(judging, "2")
    judging.run(until=timedelta(minutes=1))
    counted(judging, "1", 900)
    counted(judging, "2", 100)
    judging.run()
    assert judging.last("release-model").retries == 3
    assert (route_of(judging).version, route_of(judging).generation) == ("2", 3)
    at_peace(judging)


def test_a_judgement_that_cannot_be_made_ends_failed_and_the_old_version_has_all_calls(baking: World) -> None:
    baking.fail("judge_version", RuntimeError("boom"))
    baking.run()
    row, route = baking.version("acme", "churn", "2"), route_of(baking)
    assert (row.state, route.version, route.canary) == ("FAILED", "1", None)
    assert "Judge version: boom" in row.reason
    assert "version 1 keeps serving" in row.reason
    assert baking.twins.artifacts.latest(SERVING, row.serving_key), "clients may call it for some seconds more"
    baking.twins.clock.sleep(DRAIN.total_seconds())
    at_peace(baking)


def test_an_execution_that_dies_during_a_bake_gets_its_end_from_the_coroner(baking: World) -> None:
    baking.fail("judge_version", RuntimeError("boom"))
    baking.fail("settle_release", RuntimeError("worse"))
    baking.run()
    row, route = baking.version("acme", "churn", "2"), route_of(baking)
    assert (row.state, route.version, route.canary) == ("FAILED", "1", None)
    at_peace(baking)


def test_an_execution_that_dies_unheard_during_a_bake_is_taken_up_and_judged(baking: World) -> None:
    baking.events = False
    baking.fail("judge_version", RuntimeError("boom"))
    baking.fail("settle_release", RuntimeError("worse"))
    baking.run()
    canary = route_of(baking).canary
    assert canary is not None
    baking.events = True
    counted(baking, "1", 900)
    counted(baking, "2", 100)
    baking.twins.clock.sleep(180)
    baking.invoke("sweep_registry", {})
    baking.run()
    row = baking.version("acme", "churn", "2")
    assert (row.state, row.attempt) == ("LIVE", 2)
    assert [move.state for move in row.moves].count(State.CANARY) == 1, "one bake"
    at_peace(baking)


def test_the_sweep_gives_a_canary_that_never_comes_to_an_end_its_end(judging: World) -> None:
    judging.events = False
    made = drop_unheard(judging)
    for _ in range(5):
        judging.fail("judge_version", RuntimeError("boom"))
        judging.fail("settle_release", RuntimeError("worse"))
        judging.run()
        judging.twins.clock.sleep(300)
        judging.invoke("sweep_registry", {})
    judging.run()
    row, route = judging.version("acme", "churn", made), route_of(judging)
    assert (row.state, row.attempt, route.version, route.canary) == ("FAILED", 3, "1", None)
    judging._faults.clear()
    at_peace(judging)


def drop_unheard(world: World) -> str:
    drop_version(world, "2")
    world.twins.clock.sleep(180)
    world.invoke("sweep_registry", {})
    return "2"


def test_a_second_judge_finds_what_the_first_has_done(baking: World) -> None:
    """A step that was given up for lost may still be running, and so may a whole execution."""
    counted(baking, "1", 900)
    counted(baking, "2", 200, 200)
    row = baking.version("acme", "churn", "2")
    release = {"tenant": "acme", "model": "churn", "version": "2", "upload": row.upload, "execution": row.owner}
    said = [baking.invoke("judge_version", release) for _ in range(2)]
    assert [(one["decision"], one["next"]) for one in said] == [("back", "done"), ("none", "done")]
    assert baking.invoke("swap_version", release)["next"] == "done"
    assert route_of(baking).generation == 3
    baking.run()
    at_peace(baking)


def test_none_of_it_costs_a_release_that_asks_for_nothing(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    run = serving.last("release-model")
    assert (run.transitions, len(run.invocations)) == (11, 8)


def test_generations_rise_by_one(baking: World) -> None:
    seen = [route_of(baking).generation]
    for version in ("3", "4"):
        drop_version(baking, version)
        baking.run(until=timedelta(seconds=30))
        seen.append(route_of(baking).generation)
    assert all(after == before + 1 for before, after in itertools.pairwise(seen))
