"""`"serving": "auto"`: the policy chooses for each version, the version keeps the reasons, the notice tells them."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.routes import HostRow
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.world import World


def automatic(isolation: str, **needs: Any) -> dict[str, Any]:
    model = {"serving": "auto", "framework": "sklearn", "sample": SAMPLE, "needs": needs}
    return {"isolation": isolation, "notify": ["ml@acme.example"], "models": {"churn": model}}


@pytest.mark.parametrize(
    ("isolation", "needs", "option", "told"),
    [
        ("silo", {"requests_per_day": 2_000}, "serverless", "serverless, about $"),
        ("silo", {"requests_per_day": 5_000_000, "burstiness": 1}, "real-time", "real-time, about $"),
        ("silo", {"answer": "later", "latency": "minutes"}, "asynchronous", "asynchronous, about $"),
        ("bridge", {"requests_per_day": 2_000}, "multi-model", "multi-model on fleet sklearn"),
    ],
)
def test_the_cheapest_legal_option_is_taken_and_told(
    world: World, isolation: str, needs: dict[str, Any], option: str, told: str
) -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", automatic(isolation, **needs))
    world.run()
    drop_version(world, "1")
    world.run()
    row = world.version("acme", "churn", "1")
    host = world.twins.registry.get(HostRow, HostRow.at(row.host))
    assert host is not None, row.reason
    assert (row.state, host.serving) == ("LIVE", option)
    assert row.placed_because[0].startswith(told), row.placed_because
    assert any(" is out: " in reason for reason in row.placed_because)
    [notice] = [one for one in world.notices("acme") if one.about == "release"]
    assert row.placed_because[0] in notice.reason
    assert notice.details["because"] == list(row.placed_because)


def test_needs_that_nothing_meets_end_rejected_with_the_reasons_against_each_option(world: World) -> None:
    world.drop("tenants/acme.json", automatic("bridge", answer="later"))
    world.run()
    drop_version(world, "1")
    world.run(until=timedelta(minutes=5))
    row = world.version("acme", "churn", "1")
    assert row.state == "REJECTED"
    for option in ("real-time", "serverless", "asynchronous"):
        assert f"{option} is out: " in row.reason
