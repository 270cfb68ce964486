"""Whoever is woken by a notice learns what it is about, which step, why, and what to do; the log says the same ids."""

from datetime import timedelta

import pytest

from tenantry.domain.mails import compose
from tenantry.domain.notices import Notice
from tenantry.runtime import BOUND
from tests.flows.archives import archive, climbing
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World

BAD = {"REJECTED", "FAILED"}
DESCRIBING_ALL = {"relay_notices"}
"""Functions that work for everybody."""


@pytest.fixture
def troubled(serving: World) -> World:
    """Everything that can go wrong has gone wrong once."""
    drop_version(serving, "2", body=climbing())
    drop_version(serving, "3", body=archive(loads=False))
    drop_version(serving, "1", tenant="nobody")
    serving.run()
    _kill(serving, "release")
    drop_version(serving, "4")
    serving.run()
    for profile in (b"{", {"isolation": "bridge", "colour": "red"}):
        serving.twins.clock.sleep(1)
        serving.drop("tenants/acme.json", profile)
        serving.run()
    serving.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.p4d.24xlarge"})
    serving.run()
    for verb in ("move_host", "warm_fleet"):
        serving.twins.clock.sleep(1)
        serving.fail(verb, RuntimeError("boom"))
        serving.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
        serving.run()
    _kill(serving, "fleet")
    serving.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.2xlarge"})
    serving.run()
    serving.fail("open_channel", RuntimeError("boom"))
    serving.drop("tenants/globex.json", tenant_profile("churn"))
    serving.run()
    return serving


def _kill(world: World, what: str) -> None:
    world.fail("preload_model" if what == "release" else "plan_fleet", RuntimeError("boom"))
    world.fail(f"settle_{what}", RuntimeError("worse"))


def bad(world: World) -> list[Notice]:
    return [one for audience in ("", "acme") for one in world.notices(audience) if one.state in BAD]


def test_every_bad_end_says_whom_why_and_what_to_do(troubled: World) -> None:
    assert {(one.about, one.state) for one in bad(troubled)} == {
        (about, state) for about in ("release", "tenant", "fleet") for state in BAD
    }
    for one in bad(troubled):
        about = (
            (one.tenant, one.model, one.version, one.upload) if one.about == "release" else (one.tenant or one.fleet,)
        )
        assert all(about), one
        assert one.reason, one
        assert "again" in one.fix, one
        assert one.step or one.state == "REJECTED" or "execution stopped" in one.reason, one
        text = compose([one]).text
        assert (one.step or "execution stopped") in text or one.state == "REJECTED", text


def test_a_failure_says_what_serves_now(troubled: World) -> None:
    failed = [one for one in bad(troubled) if (one.about, one.state) == ("release", "FAILED")]
    assert {one.version for one in failed} == {"3", "4"}
    assert all("version 1 keeps serving" in one.reason for one in failed), failed


def test_a_release_that_died_says_how_far_it_had_come(troubled: World) -> None:
    [died] = [one for one in troubled.notices("acme") if one.version == "4"]
    assert died.reason.startswith("its execution stopped: worse (RuntimeError); it was PLACED then.")


def test_the_log_line_of_every_step_carries_what_its_notice_names(troubled: World) -> None:
    troubled.delete("tenants/acme.json")
    troubled.run(until=timedelta(hours=30))
    calls = [call for run in troubled.executions.values() for call in run.invocations]
    assert len({function for function, _ in calls}) > 20
    unnamed = {function for function, payload in calls if not any(payload.get(name) for name in BOUND)}
    assert unnamed == DESCRIBING_ALL
    planned = [payload for function, payload in calls if function in {"apply_plan", "check_plan"}]
    assert all(payload["execution"] and (payload.get("fleet") or payload.get("upload")) for payload in planned)
