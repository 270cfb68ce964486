"""What runs by the clock or by an event: receive_drop, sweep_registry, relay_notices, keep_warm, close_execution."""

from datetime import timedelta

import pytest

from tenantry.domain.errors import Unavailable
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.told import obituary
from tests.flows.twins import SERVING
from tests.flows.world import World


@pytest.fixture
def ticking(worlds: list[World]) -> World:
    """The schedules run, and no event is ever delivered: neither S3's nor Step Functions' own."""
    worlds.append(World(scheduled=True, events=False))
    return worlds[0]


def test_without_any_event_sweep_registry_brings_everything_to_its_end(ticking: World) -> None:
    ticking.drop("fleets/sklearn.json", FLEET)
    ticking.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1))
    drop_version(ticking, "1")
    drop_version(ticking, "2")
    ticking.run(until=timedelta(minutes=30))
    assert (ticking.fleet("sklearn").state, ticking.tenant("acme").state) == ("READY", "READY")
    assert ticking.version("acme", "churn", "2").state == "LIVE"
    assert ticking.version("acme", "churn", "1").state == "SUPERSEDED"
    ticking.delete("tenants/acme.json")
    ticking.run(until=timedelta(hours=2))
    assert ticking.tenant("acme").state == "OFFBOARDED"
    assert list(ticking.twins.artifacts.listing(SERVING, "")) == []


def test_an_execution_nobody_heard_die_is_started_again_by_sweep_registry(ticking: World) -> None:
    ticking.drop("fleets/sklearn.json", FLEET)
    ticking.drop("tenants/acme.json", tenant_profile("churn"))
    ticking.run(until=timedelta(minutes=15))
    ticking.fail("prove_model", RuntimeError("boom"))
    ticking.fail("settle_release", RuntimeError("worse"))
    drop_version(ticking, "1")
    ticking.run(until=timedelta(minutes=30))
    assert [run.status for run in ticking.runs("release-model")] == ["FAILED", "SUCCEEDED"]
    version = ticking.version("acme", "churn", "1")
    assert (version.state, version.attempt) == ("LIVE", 2)


def test_a_release_that_dies_three_times_fails(ticking: World) -> None:
    ticking.drop("fleets/sklearn.json", FLEET)
    ticking.drop("tenants/acme.json", tenant_profile("churn"))
    ticking.run(until=timedelta(minutes=15))
    ticking.fail("prove_model", RuntimeError("boom"), times=9)
    ticking.fail("settle_release", RuntimeError("worse"), times=9)
    drop_version(ticking, "1")
    ticking.run(until=timedelta(hours=1))
    assert [run.status for run in ticking.runs("release-model")] == ["FAILED"] * 3
    version = ticking.version("acme", "churn", "1")
    assert (version.state, version.copied) == ("FAILED", False)
    assert [notice.state for notice in ticking.notices("acme") if notice.version == "1"] == ["FAILED"]


def test_an_idle_hour_of_schedules_writes_nothing(serving: World, worlds: list[World]) -> None:
    def rows() -> str:
        return repr(
            sorted((key, sorted(part.items())) for key, part in serving.twins.registry._partitions.items() if part)
        )

    for verb in ("relay_notices", "sweep_registry", "keep_warm") * 2:
        serving.twins.clock.sleep(300)
        serving.invoke(verb, {"source": "aws.events"})
    before, loads = rows(), len(serving.twins.hosting.loads)
    for verb in ("relay_notices", "sweep_registry", "keep_warm") * 4:
        serving.twins.clock.sleep(300)
        serving.invoke(verb, {"source": "aws.events"})
    assert rows() == before
    assert len(serving.twins.hosting.loads) == loads


def test_keep_warm_loads_again_what_an_instance_lost(serving: World) -> None:
    endpoint = next(iter(serving.twins.hosting.control.endpoints))
    route = serving.route("acme", "churn")
    serving.twins.hosting.replace_instance(endpoint, 0)
    serving.invoke("keep_warm", {"source": "aws.events"})
    assert route is not None
    assert [route.target in held for held in serving.twins.hosting.loaded(endpoint)] == [True, True]


def test_receive_drop_gives_up_after_five_tries_and_the_sweep_takes_over(serving: World) -> None:
    serving.fail("receive_drop", Unavailable("busy"), times=5)
    drop_version(serving, "2")
    serving.run()
    assert len(serving.dead_letters) == 1
    assert serving.versions("acme", "churn", "2") == []
    serving.twins.clock.sleep(200)
    serving.invoke("sweep_registry", {"source": "aws.events"})
    serving.run()
    assert serving.version("acme", "churn", "2").state == "LIVE"


def test_events_out_of_order_and_doubled_end_in_the_newest(ready: World) -> None:
    ready.events = False
    for version in ("1", "2", "3"):
        drop_version(ready, version)
    ready.sent = [*reversed(ready.sent), *ready.sent]
    ready.events = True
    ready.replay()
    ready.run()
    states = {row.version: row.state for row in ready.versions("acme", "churn")}
    assert (states["3"], len(states)) == ("LIVE", 3)
    assert {states["1"], states["2"]} <= {"SUPERSEDED", "STANDBY"}
    route = ready.route("acme", "churn")
    assert route is not None
    assert route.version == "3"


def test_the_same_name_again_is_a_new_upload(serving: World) -> None:
    drop_version(serving, "1", body=None)
    serving.run()
    first, second = serving.versions("acme", "churn", "1")
    assert (first.state, second.state) == ("STANDBY", "LIVE")
    assert first.upload != second.upload


def test_a_stray_key_starts_nothing_and_is_told_in_one_digest(serving: World) -> None:
    runs = dict(serving.executions)
    for key in ("hello.txt", "models/ACME/churn/1/model.tar.gz", "models/acme/churn/../x/model.tar.gz"):
        serving.drop(key, b"x")
    serving.run()
    assert serving.executions == runs
    serving.twins.clock.sleep(1800)
    serving.invoke("sweep_registry", {"source": "aws.events"})
    digests = [notice for notice in serving.notices("") if notice.about == "digest"]
    assert len(digests) == 1
    assert "3" in digests[0].reason


def test_a_model_of_an_unknown_tenant_is_rejected_with_a_sentence(serving: World) -> None:
    drop_version(serving, "1", tenant="nobody")
    serving.run()
    version = serving.version("nobody", "churn", "1")
    assert (version.state, "tenants/nobody.json" in version.reason) == ("REJECTED", True), version.reason
    assert [notice.tenant for notice in serving.notices("") if notice.state == "REJECTED"] == ["nobody"]


def test_mail_is_at_most_one_a_minute_and_notices_are_never_lost(serving: World) -> None:
    mails = len(serving.twins.channels.mails)
    for version in ("2", "3", "4"):
        drop_version(serving, version)
        serving.run()
    for _ in range(5):
        serving.twins.clock.sleep(61)
        serving.invoke("relay_notices", {"source": "aws.events"})
    topic = serving.tenant("acme").topic_arn
    sent = [
        notice.version
        for where, notice in serving.twins.channels.notices
        if where == topic and notice.about == "release"
    ]
    assert sent == ["1", "2", "3", "4"]
    assert len([mail for mail in serving.twins.channels.mails[mails:] if mail.topic_arn == topic]) <= 3


def test_close_execution_leaves_alone_what_went_well(serving: World) -> None:
    run = serving.last("release-model")
    serving.invoke("close_execution", obituary("release-model", run))
    assert serving.version("acme", "churn", "1").state == "LIVE"


def test_a_tenants_flood_does_not_starve_another(serving: World) -> None:
    serving.drop("tenants/globex.json", tenant_profile("churn"))
    serving.run()
    serving.events = False
    for number in range(30):
        drop_version(serving, f"flood-{number}")
    drop_version(serving, "1", tenant="globex")
    serving.events = True
    serving._letters += [(body, 0) for body in serving.sent[-31:]]
    serving.run()
    assert serving.version("globex", "churn", "1").state == "LIVE"
    assert serving.version("acme", "churn", "flood-29").state == "LIVE"
    assert {row.state for row in serving.versions("acme", "churn")} <= {"LIVE", "STANDBY", "SUPERSEDED", "RETIRED"}
    vetted = [run for run in serving.runs("release-model") if run.payload["tenant"] == "acme"]
    assert len(vetted) <= 6, "newest first: the rest of a flood ends SUPERSEDED without being looked at"
