"""What goes wrong around the options: each has its end, a sentence, and nothing half-made.

Its neighbours: a quota that is met half-way (test_quotas.py), a request that cannot be asked (test_turning_away.py), a
request that is too large (tests/unit/client/test_sizes.py), who has not confirmed (tests/unit/cli/test_upkeep.py).
"""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.routes import HostRow
from tenantry.domain.versions import OPEN
from tests.flows.conftest import drop_version, silo
from tests.flows.costs import prepare
from tests.flows.requests import ACME, HOOK, MINUTES, QUEUE, ask, now, told
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import onboarded, standing
from tests.flows.test_own_hosts import silo as own
from tests.flows.world import World

STEPS = ["vet_artifact", "place_version", "check_plan", "swap_version"]
FLIPS = [
    ("real-time", "serverless"),
    ("serverless", "asynchronous"),
    ("asynchronous", "real-time"),
    ("real-time", "auto"),
]
PING = "The primary container did not pass the ping health check."


@pytest.fixture
def running(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


@pytest.mark.parametrize("silent", [QUEUE, HOOK], ids=["a queue", "an https endpoint"])
def test_a_subscriber_that_is_down_or_never_confirms_holds_nobody_up(queued: World, silent: str) -> None:
    queued.twins.channels.silent.add(silent)
    queued.twins.clock.sleep(1)
    queued.drop("tenants/acme.json", silo("churn", deliver=[QUEUE, HOOK]))
    queued.run(MINUTES)
    assert queued.tenant("acme").state == "READY"
    row = ask(queued)
    queued.run(MINUTES)
    assert (now(queued, row).state, [one.state for one in told(queued)]) == ("ANSWERED", ["ANSWERED"])
    assert [endpoint for endpoint, _ in queued.twins.channels.delivered] == [HOOK if silent == QUEUE else QUEUE]
    assert "acme/churn request r1: ANSWERED" in queued.twins.channels.mails[-1].subject
    assert queued.twins.channels.deliveries[ACME].keys() == {QUEUE, HOOK}, "it stays subscribed, and may come back"


@pytest.mark.parametrize("option", ["real-time", "serverless", "asynchronous", "inference-component"])
def test_what_ends_failed_is_removed_and_the_old_version_serves(running: World, option: str) -> None:
    prepare(running, option)
    drop_version(running, "1")
    running.run(until=timedelta(minutes=20))
    route, kept = running.route("acme", "churn"), (standing(running), copies(running))
    control = running.twins.hosting.control
    running.bend("place_version", lambda placed: _doomed(placed, control))
    drop_version(running, "2")
    running.run(until=timedelta(hours=2))
    row = running.version("acme", "churn", "2")
    assert row.state == "FAILED"
    assert row.reason.startswith("Check plan: ")
    assert row.reason.endswith(f"is Failed: {PING} What it made is being removed; version 1 keeps serving.")
    assert (standing(running), copies(running)) == kept
    assert running.route("acme", "churn") == route
    assert running.twins.registry.get(HostRow, HostRow.at(f"own-{row.upload}")) is None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("was", "becomes"), FLIPS)
def test_a_profile_that_flips_its_option_while_a_release_runs(
    running: World, was: str, becomes: str, step: str
) -> None:
    """The release has its end, whatever that is; then one version serves as the profile says, and nothing is left."""
    onboarded(running, own(was, grace=0))
    drop_version(running, "1")
    running.run(until=timedelta(minutes=20))
    flips = [own(becomes, grace=0)]
    running.bend(step, lambda answer: _flipped(answer, flips, running))
    drop_version(running, "2")
    running.run(until=timedelta(hours=4))
    uploads = running.versions("acme", "churn")
    assert (running.tenant("acme").state, flips) == ("READY", [])
    assert [row.state for row in uploads if row.state in OPEN] == []
    assert [row.reason for row in uploads if row.state == "FAILED" and "keeps serving" not in row.reason] == []
    route = running.route("acme", "churn")
    assert route is not None
    host = running.twins.registry.get(HostRow, HostRow.at(route.host))
    assert host is not None
    assert standing(running) == {host.endpoint}
    assert copies(running) == [row.serving_key for row in uploads if row.upload == route.upload]
    assert host.serving == becomes or becomes == "auto"


def _doomed(placed: dict[str, Any], control: Any) -> dict[str, Any]:
    for name in (*placed["plan"]["in_service"], *placed["plan"]["components_in_service"]):
        control.doom(name, PING)
    return placed


def _flipped(answer: Any, flips: list[dict[str, Any]], world: World) -> Any:
    """The first time that the step is done, the next profile is dropped."""
    if flips:
        world.twins.clock.sleep(1)
        world.drop("tenants/acme.json", flips.pop())
    return answer
