"""status, history and wait."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tenantry.domain.batches import BatchState
from tenantry.domain.errors import Unavailable
from tenantry.domain.names import upload_id
from tenantry.domain.notices import Notice, NoticeRow
from tenantry.domain.sharing import SharedRoute
from tenantry.domain.tenants import FleetState, TenantState
from tenantry.domain.versions import State
from tests.unit.cli.world import T0, TwinWorld, batch, fleet, host, route, tenant, upload


def test_an_empty_installation_has_empty_lists_and_no_missing_keys(world: TwinWorld) -> None:
    assert world.json("status") == {"tenants": [], "fleets": [], "routes": [], "versions": [], "batches": []}
    assert "Nothing was dropped yet" in world.run("status").stdout


def test_status_as_json_has_exactly_the_published_keys(world: TwinWorld) -> None:
    world.has(tenant(), fleet(), host(), route(), upload("1", State.LIVE))
    assert world.json("status") == {
        "tenants": [{"tenant": "acme", "state": "READY", "reason": "as dropped"}],
        "fleets": [
            {
                "fleet": "sklearn",
                "state": "READY",
                "endpoint": "stack-sklearn-1",
                "instances": 2,
                "reason": "in service",
            }
        ],
        "routes": [
            {
                "tenant": "acme",
                "model": "churn",
                "version": "1",
                "endpoint": "stack-sklearn-1",
                "target_model": "acme/churn/1.tar.gz",
                "generation": 1,
                "since": "2026-01-01T00:00:00Z",
                "canary": None,
                "owner": "",
            }
        ],
        "versions": [
            {
                "tenant": "acme",
                "model": "churn",
                "version": "1",
                "upload": "uchurn11",
                "state": "LIVE",
                "reason": "because LIVE",
                "since": "2026-01-01T00:01:00Z",
            }
        ],
        "batches": [],
    }


def test_versions_are_newest_first_within_their_model(world: TwinWorld) -> None:
    world.has(
        tenant(),
        upload("1", State.STANDBY, order="1"),
        upload("2", State.LIVE, order="2"),
        upload("1", State.LIVE, order="3", model="alpha"),
    )
    versions = world.json("status")["versions"]
    assert [(one["model"], one["version"]) for one in versions] == [("alpha", "1"), ("churn", "2"), ("churn", "1")]


def test_one_tenant_shows_its_own_fleets_and_versions_only(world: TwinWorld) -> None:
    world.has(tenant(), tenant("globex"), fleet(), fleet("pytorch"), host())
    world.has(upload("1", State.LIVE), upload("1", State.LIVE, owner="globex"))
    status = world.json("status", "acme")
    assert [one["fleet"] for one in status["fleets"]] == ["sklearn"]
    assert [one["tenant"] for one in status["tenants"] + status["versions"]] == ["acme", "acme"]


def test_one_model_shows_no_model_whose_name_begins_alike(world: TwinWorld) -> None:
    world.has(tenant(), upload("1", State.LIVE), upload("1", State.LIVE, model="churn-2"))
    assert [one["model"] for one in world.json("status", "acme", "churn")["versions"]] == ["churn"]


def test_a_shared_models_route_is_shown_as_its_owners(world: TwinWorld) -> None:
    world.has(
        tenant(), tenant("globex"), host(), route(), SharedRoute(tenant="globex", model="churn", owner="acme", since=T0)
    )
    (shared,) = world.json("status", "globex")["routes"]
    assert (shared["tenant"], shared["model"], shared["version"], shared["owner"]) == ("globex", "churn", "1", "acme")
    assert "churn of acme" in world.run("status", "globex").stdout


def test_one_tenant_shows_its_batches_newest_first(world: TwinWorld) -> None:
    world.has(
        tenant(),
        batch("may", BatchState.DONE, T0),
        batch("june", BatchState.PARTIAL, T0 + timedelta(days=30)),
        batch("june", BatchState.DONE, T0, model="fraud"),
        batch("june", BatchState.DONE, T0, owner="globex"),
    )
    assert world.json("status")["batches"] == []
    assert world.json("status", "acme", "churn")["batches"] == [
        {
            "tenant": "acme",
            "model": "churn",
            "batch": name,
            "state": state,
            "files": 3,
            "done": 2,
            "reason": f"because {state}",
            "since": since,
        }
        for name, state, since in (("june", "PARTIAL", "2026-01-31T00:00:00Z"), ("may", "DONE", "2026-01-01T00:00:00Z"))
    ]
    shown = world.run("status", "acme").stdout
    assert [words in shown for words in ("Batches", "june", "2 of 3", "because PARTIAL", "fraud")] == [True] * 5


def test_a_version_of_an_unknown_tenant_shows_where_the_operator_was_told_of_it(world: TwinWorld) -> None:
    notice = Notice(id="n", about="release", tenant="ghost", state="REJECTED", reason="no such tenant", at=T0)
    world.has(upload("1", State.REJECTED, owner="ghost"), NoticeRow(audience="", notice=notice, due=T0))
    assert [one["tenant"] for one in world.json("status")["versions"]] == ["ghost"]


def test_tables_show_reasons_as_they_are(world: TwinWorld) -> None:
    world.has(tenant().but(reason="models.churn: [bold]no[/bold] such fleet"))
    assert "[bold]no[/bold] such fleet" in world.run("status").stdout


def test_history_tells_every_move_of_every_version_in_order_of_time(world: TwinWorld) -> None:
    world.has(upload("2", State.LIVE, order="2"), upload("1", State.STANDBY, order="3"))
    events = world.json("history", "acme", "churn")
    assert [(one["version"], one["state"]) for one in events][-2:] == [("2", "LIVE"), ("1", "STANDBY")]
    assert len(events) == 4
    assert set(events[0]) == {"at", "version", "upload", "state", "reason"}
    assert "because STANDBY" in world.run("history", "acme", "churn").stdout
    assert "No version of acme/fraud" in world.run("history", "acme", "fraud").stdout


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.LIVE, 0),
        (State.STANDBY, 0),
        (State.ROLLED_BACK, 0),
        (State.RETIRED, 0),
        (State.REJECTED, 1),
        (State.FAILED, 1),
        (State.SUPERSEDED, 1),
        (State.RECEIVED, 2),
        (State.HELD, 2),
        (State.WARM, 2),
    ],
)
def test_waiting_for_a_version_ends_by_its_state(world: TwinWorld, state: State, status: int) -> None:
    world.has(upload("1", state))
    result = world.run("wait", "acme", "churn", "1", "--timeout", "30")
    assert result.exit_code == status
    assert f"because {state}" in result.stdout


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TenantState.READY, 0),
        (TenantState.FAILED, 1),
        (TenantState.REJECTED, 1),
        (TenantState.SUSPENDED, 1),
        (TenantState.OFFBOARDED, 1),
        (TenantState.ONBOARDING, 2),
        (TenantState.CLOSING, 2),
    ],
)
def test_waiting_for_a_tenant_ends_by_its_state(world: TwinWorld, state: TenantState, status: int) -> None:
    world.has(tenant(state=state))
    assert world.run("wait", "tenant", "acme", "--timeout", "5").exit_code == status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (FleetState.READY, 0),
        (FleetState.FAILED, 1),
        (FleetState.REJECTED, 1),
        (FleetState.DELETED, 1),
        (FleetState.CREATING, 2),
        (FleetState.DELETING, 2),
    ],
)
def test_waiting_for_a_fleet_ends_by_its_state(world: TwinWorld, state: FleetState, status: int) -> None:
    world.has(fleet(state=state))
    assert world.run("wait", "fleet", "sklearn", "--timeout", "5").exit_code == status


def test_the_newest_upload_of_a_version_is_meant(world: TwinWorld) -> None:
    world.has(upload("1", State.FAILED, order="1"), upload("1", State.LIVE, order="2"))
    assert world.run("wait", "acme", "churn", "1").exit_code == 0


@pytest.mark.parametrize("name", ["model.tar.gz", "output/model.tar.gz"])
def test_an_upload_that_lies_there_and_was_not_seen_yet_is_waited_for(world: TwinWorld, name: str) -> None:
    world.has(upload("1", State.LIVE, order="1"))
    made = world.artifacts.put("drop", f"models/acme/churn/1/{name}", b"again")
    new = upload("1", State.FAILED, order="2").but(upload=upload_id("drop", made.key, made.version_id))
    at_time(world, 7, lambda: world.has(new))
    result = world.json("wait", "acme", "churn", "1")
    assert (result["result"], result["state"], result["seconds"] >= 7) == ("bad", "FAILED", True)


def test_whoever_may_not_look_into_the_drop_bucket_is_told_what_the_registry_knows(world: TwinWorld) -> None:
    world.has(upload("1", State.LIVE))
    world.artifacts.faults.fail_next("latest", Unavailable("busy"))
    assert world.run("wait", "acme", "churn", "1").exit_code == 0


def test_a_tenant_called_tenant_and_one_called_fleet_can_be_waited_for(world: TwinWorld) -> None:
    world.has(upload("1", State.LIVE, owner="tenant"), upload("1", State.FAILED, owner="fleet"), tenant("tenant"))
    assert world.run("wait", "tenant", "churn", "1").exit_code == 0
    assert world.run("wait", "fleet", "churn", "1").exit_code == 1
    assert world.run("wait", "tenant", "tenant").exit_code == 0


def at_time(world: TwinWorld, seconds: float, then: Callable[[], None]) -> None:
    """The clock twin runs this when its time has come."""
    sleep, due = world.clock.sleep, [True]

    def asleep(nap: float) -> None:
        sleep(nap)
        if due and world.clock.now() >= T0 + timedelta(seconds=seconds):
            due.clear()
            then()

    world.clock.sleep = asleep  # type: ignore[assignment,method-assign]


def test_it_waits_for_what_is_not_there_yet(world: TwinWorld) -> None:
    at_time(world, 40, lambda: world.has(upload("1", State.LIVE)))
    result = world.json("wait", "acme", "churn", "1")
    assert (result["result"], result["state"]) == ("good", "LIVE")
    assert 40 <= result["seconds"] <= 41


def test_time_running_out_says_what_is_missing(world: TwinWorld) -> None:
    result = world.run("wait", "acme", "churn", "1", "--timeout", "20")
    assert result.exit_code == 2
    assert "not done after 20 s, not seen yet: no upload of this version was seen yet" in result.stdout
    assert world.clock.now() == T0 + timedelta(seconds=20)


def test_a_throttled_registry_is_asked_again(world: TwinWorld) -> None:
    world.has(upload("1", State.LIVE))
    world.registry.faults.fail_next("rows", Unavailable("busy"), times=3)
    assert world.run("wait", "acme", "churn", "1").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["acme"],
        ["acme", "churn"],
        ["acme", "churn", "1", "2"],
        ["Acme", "churn", "1"],
        ["acme", "churn", "../1"],
        ["tenant", "a_b"],
        ["acme", "churn", "1", "--timeout", "-1"],
        ["acme", "churn", "1", "--timeout", "soon"],
    ],
)
def test_what_cannot_be_waited_for_is_a_usage_error(world: TwinWorld, words: list[str]) -> None:
    result = world.run("wait", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
