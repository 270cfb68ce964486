"""While a swap is judged: what status and history show, and what rollback does."""

from datetime import timedelta

import pytest

from tenantry.domain.routes import Canary, Route
from tenantry.domain.versions import Move, State, Upload
from tests.unit.cli.test_rollback import load, version
from tests.unit.cli.world import T0, TwinWorld, fleet, host, tenant

UNTIL = T0 + timedelta(minutes=10)
SHARE = "10% of the calls go to it beside version 1, until 00:10:00 UTC"


@pytest.fixture
def judged(world: TwinWorld) -> TwinWorld:
    """Version 1 is live, and version 2 has a tenth of the calls."""
    old, row = version("1", State.LIVE, "1"), version("2", State.CANARY, "2")
    moves = (Move(state=State.WARM, at=T0, reason="warm"), Move(state=State.CANARY, at=T0, reason=SHARE))
    new = row.but(reason=SHARE, moves=moves)
    canary = Canary(
        host=new.host, target=new.target, version="2", upload="u2", order="2", weight=10, since=T0, until=UNTIL
    )
    live = Route(
        tenant="acme", model="churn", host=old.host, target=old.target, version="1", upload="u1", order="1", floor="1",
        since=T0, canary=canary,
    )  # fmt: skip
    world.has(tenant(), fleet(), host(), old, new, load(old), load(new).but(pinned=True), live)
    return world


def test_status_shows_the_canary_beside_the_route(judged: TwinWorld) -> None:
    assert judged.json("status")["routes"][0]["canary"] == {
        "version": "2",
        "upload": "u2",
        "endpoint": "stack-sklearn-1",
        "target_model": "acme/churn/2.tar.gz",
        "weight": 10,
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-01T00:10:00Z",
    }
    assert "2: 10% until 2026-01-01 00:10:00Z" in judged.run("status", "acme").stdout


def test_history_says_how_much_of_the_calls_it_had(judged: TwinWorld) -> None:
    events = judged.json("history", "acme", "churn")
    assert [(event["state"], event["reason"]) for event in events] == [("WARM", "warm"), ("CANARY", SHARE)]


def test_a_canary_is_waited_for(judged: TwinWorld) -> None:
    result = judged.run("wait", "acme", "churn", "2", "--timeout", "30")
    assert (result.exit_code, "CANARY" in result.stdout) == (2, True)


@pytest.mark.parametrize("to", [[], ["--to", "1"]], ids=["plain", "to the live one"])
def test_rollback_takes_the_canary_off_and_asks_no_host(judged: TwinWorld, to: list[str]) -> None:
    result = judged.run("rollback", "acme", "churn", *to)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "acme/churn: version 1 has all calls again, canary 2 was taken off (generation 2)\n"
    route = judged.registry.get(Route, Route.at("acme", "churn"))
    row = judged.registry.get(Upload, Upload.at("acme", "churn", "u2"))
    assert route is not None
    assert row is not None
    assert (route.version, route.canary, route.floor) == ("1", None, "1")
    assert row.state == State.ROLLED_BACK
    waited = judged.run("wait", "acme", "churn", "2", "--timeout", "30")
    assert waited.exit_code == 1, "it was never live"


def test_the_canary_itself_cannot_be_gone_back_to(judged: TwinWorld) -> None:
    result = judged.run("rollback", "acme", "churn", "--to", "2")
    assert result.exit_code == 1
    assert "version 2 is being judged" in result.stderr
