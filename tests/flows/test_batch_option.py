"""Versions that jobs serve: a SageMaker model of their own, proven by a job over one record, and no endpoint at all."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.hosting import Answer
from tenantry.domain.names import own_name, samples_prefix
from tenantry.domain.routes import HostRow
from tenantry.usecases.rollback import rollback
from tests.flows.archives import archive
from tests.flows.conftest import SAMPLE, drop_version
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import PATH, onboarded, once
from tests.flows.twins import RESULTS
from tests.flows.world import World


def batch(isolation: str = "silo", **more: Any) -> dict[str, Any]:
    """A tenant with one model that jobs alone serve."""
    model = {"serving": "batch-transform", "framework": "sklearn", "sample": SAMPLE} | more
    return {"isolation": isolation, "notify": ["ml@acme.example"], "models": {"churn": model}}


@pytest.fixture
def world(worlds: list[World]) -> World:
    """Nothing has been dropped yet, and the schedules run."""
    worlds.append(World(scheduled=True))
    return worlds[0]


@pytest.fixture(params=["silo", "bridge"])
def jobs(request: pytest.FixtureRequest, world: World) -> World:
    """Version 1 is live."""
    onboarded(world, batch(request.param))
    released(world, "1")
    return world


def released(world: World, version: str) -> None:
    drop_version(world, version)
    world.run(until=timedelta(minutes=20))
    assert world.version("acme", "churn", version).state == "LIVE", world.version("acme", "churn", version).reason


def named(world: World, version: str) -> str:
    """What everything of this version is called."""
    return own_name("tenantry", "acme", "churn", world.version("acme", "churn", version).upload)


def test_a_version_goes_live_without_an_endpoint(jobs: World) -> None:
    row, route, name = jobs.version("acme", "churn", "1"), jobs.route("acme", "churn"), named(jobs, "1")
    host = jobs.twins.registry.get(HostRow, HostRow.at(row.host))
    assert route is not None
    assert host is not None
    assert (host.serving, host.endpoint, host.endpoints, host.instances) == ("batch-transform", "", (), 0)
    assert (route.host, route.target) == (f"own-{row.upload}", name)
    control = jobs.twins.hosting.control
    assert (set(control.models), control.endpoints, control.configs) == ({name}, {}, {})
    assert once(jobs.last("release-model").path) == PATH


def test_it_is_proven_by_a_job_over_its_sample_and_says_so(jobs: World) -> None:
    row, name = jobs.version("acme", "churn", "1"), named(jobs, "1")
    [job] = jobs.twins.hosting.jobs.all
    answer = f"s3://{RESULTS}/{samples_prefix('acme', 'churn', row.upload)}answer/sample.out"
    assert (job, row.answer) == (name, "answer of 1")
    assert (row.evidence["job"], row.evidence["answer"]) == (name, answer)
    [warm] = [move.reason for move in row.moves if move.state == "WARM"]
    assert warm == "warm: a transform job over one record answered in 11 bytes"
    assert not {call.operation for call in jobs.twins.hosting.calls} - {"CreateModel", "CreateTransformJob"}


def test_its_role_is_that_of_batch_hosts_and_its_container_has_a_network(jobs: World) -> None:
    [model] = jobs.twins.hosting.control.models.values()
    assert model["ExecutionRoleArn"].endswith("-BatchHostRole")
    assert model["EnableNetworkIsolation"] is False


def test_the_next_version_replaces_it_and_the_old_model_goes_after_its_grace(jobs: World) -> None:
    released(jobs, "2")
    assert jobs.version("acme", "churn", "1").state == "STANDBY"
    assert set(jobs.twins.hosting.control.models) == {named(jobs, "1"), named(jobs, "2")}
    jobs.run(until=timedelta(hours=23))
    assert jobs.version("acme", "churn", "1").state == "STANDBY"
    jobs.run(until=timedelta(hours=3))
    assert jobs.version("acme", "churn", "1").state == "RETIRED"
    assert set(jobs.twins.hosting.control.models) == {named(jobs, "2")}
    assert copies(jobs) == [jobs.version("acme", "churn", "2").serving_key]


def test_a_rollback_takes_the_proof_that_is_there_and_says_so(jobs: World) -> None:
    proven = jobs.version("acme", "churn", "1").since
    released(jobs, "2")
    calls, before = len(jobs.twins.hosting.calls), jobs.route("acme", "churn")
    back = rollback("acme", "churn", None, jobs.twins)
    after = jobs.route("acme", "churn")
    assert before is not None
    assert after is not None
    assert (back.version, after.target, after.generation) == ("1", named(jobs, "1"), before.generation + 1)
    assert len(jobs.twins.hosting.calls) == calls
    [told] = [one for one in jobs.notices("acme") if one.about == "rollback"]
    assert f"; a job proved it at {proven:%Y-%m-%d}" in told.reason


def test_a_sample_that_the_container_refuses_ends_the_release_and_tells_where_it_says_why(jobs: World) -> None:
    kept = set(jobs.twins.hosting.control.models)
    drop_version(jobs, "2", body=archive("answer of 2", loads=False))
    jobs.run(until=timedelta(minutes=20))
    row, name = jobs.version("acme", "churn", "2"), named(jobs, "2")
    assert row.state == "FAILED", row.reason
    assert f"transform job {name} is Failed: AlgorithmError: See job logs for more information; its co" in row.reason
    assert "its container said: " in row.reason
    assert "What it made is being removed; version 1 keeps serving" in row.reason
    jobs.run(until=timedelta(hours=2))
    assert set(jobs.twins.hosting.control.models) == kept
    assert jobs.route("acme", "churn").version == "1"  # type: ignore[union-attr]


def test_an_answer_that_is_not_the_expected_one_ends_the_release(world: World) -> None:
    onboarded(world, batch(sample=SAMPLE | {"expect": "answer of 1"}))
    released(world, "1")
    drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    row = world.version("acme", "churn", "2")
    assert (row.state, "is not what the profile expects: answer of 2" in row.reason) == ("FAILED", True), row.reason
    assert world.route("acme", "churn").version == "1"  # type: ignore[union-attr]


def test_a_job_that_wrote_no_answer_proves_nothing(world: World) -> None:
    onboarded(world, batch())
    hosting = world.twins.hosting
    hosting.behave = lambda *_: Answer(outcome="ok", took_ms=0, body=b"")
    drop_version(world, "1")
    world.run(until=timedelta(minutes=3))
    upload = world.version("acme", "churn", "1").upload
    world.bend("check_plan", lambda progress: _lost(world, upload, progress))
    world.run(until=timedelta(minutes=20))
    row = world.version("acme", "churn", "1")
    assert (row.state, "and there is no answer at s3://" in row.reason) == ("FAILED", True), row.reason


def _lost(world: World, upload: str, progress: dict[str, Any]) -> dict[str, Any]:
    world.twins.artifacts.delete(RESULTS, f"{samples_prefix('acme', 'churn', upload)}answer/sample.out")
    return progress


def test_a_job_that_does_not_end_is_stopped_when_its_release_has_waited_long_enough(world: World) -> None:
    onboarded(world, batch())
    world.twins.hosting.jobs.seconds = 86_400
    drop_version(world, "1")
    world.run(until=timedelta(hours=3))
    row, name = world.version("acme", "churn", "1"), named(world, "1")
    assert (row.state, f"transform job {name} is InProgress" in row.reason) == ("FAILED", True), row.reason
    assert world.twins.hosting.jobs.all[name].status == "Stopped"
    assert world.twins.hosting.control.models == {}


def test_offboarding_leaves_no_model_and_says_so(jobs: World) -> None:
    released(jobs, "2")
    jobs.delete("tenants/acme.json")
    jobs.run(until=timedelta(hours=30))
    tenant = jobs.tenant("acme")
    assert tenant.state == "OFFBOARDED", tenant.reason
    assert (jobs.twins.hosting.control.models, copies(jobs)) == ({}, [])
    assert set(tenant.inventory["left"].values()) == {0}
    assert jobs.twins.registry.get(HostRow, HostRow.at(jobs.version("acme", "churn", "2").host)) is None


def test_a_tenant_that_comes_back_leads_to_it_at_once(jobs: World) -> None:
    gone = jobs.delete("tenants/acme.json")
    jobs.run(until=timedelta(minutes=5))
    assert jobs.route("acme", "churn").suspended  # type: ignore[union-attr]
    jobs.twins.artifacts.erase(gone.bucket, gone.key, gone.version_id)
    jobs.drop("tenants/acme.json", batch())
    jobs.run(until=timedelta(minutes=10))
    assert not jobs.route("acme", "churn").suspended  # type: ignore[union-attr]
    assert jobs.tenant("acme").cold == ()


@pytest.mark.parametrize("before", ["dropped", "live"])
def test_a_request_to_it_is_rejected_and_told_what_to_do(world: World, before: str) -> None:
    onboarded(world, batch())
    if before == "live":
        released(world, "1")
    world.drop("requests/acme/churn/one", b"1,2")
    world.run(until=timedelta(minutes=1))
    [told] = [one for one in world.notices("acme") if one.about == "request"]
    said = "model churn is served by batch jobs: drop files under batches/acme/churn/{batch}/ instead"
    assert (told.state, told.reason) == ("REJECTED", said)


def test_a_request_to_what_is_about_to_leave_jobs_is_rejected_too(world: World) -> None:
    onboarded(world, batch())
    released(world, "1")
    queued = {"serving": "asynchronous", "framework": "sklearn", "sample": SAMPLE}
    world.drop("tenants/acme.json", {"isolation": "silo", "models": {"churn": queued}})
    world.run(until=timedelta(seconds=30))
    world.drop("requests/acme/churn/one", b"1,2")
    world.run(until=timedelta(seconds=30))
    [told] = [one for one in world.notices("acme") if one.about == "request"]
    assert "is served by batch jobs: drop files under batches/acme/churn/" in told.reason


@pytest.mark.parametrize("newer", [False, True], ids=["the live version", "a newer one"])
def test_what_leaves_jobs_goes_live_at_once_with_no_calls_to_judge_by(world: World, *, newer: bool) -> None:
    onboarded(world, batch())
    released(world, "1")
    real = {"serving": "real-time", "framework": "sklearn", "sample": SAMPLE, "canary": {"percent": 10, "minutes": 10}}
    world.drop("tenants/acme.json", {"isolation": "silo", "models": {"churn": real}})
    if newer:
        drop_version(world, "2")
    world.run(until=timedelta(minutes=20))
    route = world.route("acme", "churn")
    assert route is not None
    live = world.twins.registry.get(HostRow, HostRow.at(route.host))
    assert (live and live.serving, route.canary, route.version) == ("real-time", None, "2" if newer else "1")
    assert "CANARY" not in {move.state for row in world.versions("acme", "churn") for move in row.moves}


def test_the_policy_takes_it_where_answers_come_in_files(world: World) -> None:
    auto = {"serving": "auto", "framework": "sklearn", "sample": SAMPLE, "needs": {"answer": "batch"}}
    onboarded(world, {"isolation": "silo", "models": {"churn": auto | {"canary": {"percent": 10}}}})
    released(world, "1")
    row = world.version("acme", "churn", "1")
    assert row.placed_because[0].startswith("batch-transform, about $"), row.placed_because
    released(world, "2")
    [model] = {call.params["TransformResources"]["InstanceType"] for call in _jobs_of(world)}
    assert model == row.chosen.instance_type  # type: ignore[union-attr]


def _jobs_of(world: World) -> list[Any]:
    return [call for call in world.twins.hosting.calls if call.operation == "CreateTransformJob"]
