"""run_batch: dropped, run over by the schedule or at once, retried where it failed, told once; and every way to die."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.batches import BatchRow, RunRow
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.hosting import Answer
from tenantry.domain.notices import Notice
from tests.flows.archives import behave
from tests.flows.conftest import FLEET, SAMPLE, drop_version, tenant_profile
from tests.flows.rows import uploads
from tests.flows.twins import DROP, RESULTS
from tests.flows.world import World

NIGHTLY = {"schedule": "cron(0 2 * * ? *)"}
HAPPY = [
    *("Begin", "Ends another run?", "Gather batch", "Anything to run?", "Apply plan", "Collect batch", "Over?"),
    *("Settle batch", "Anything to remove?", "Apply removal", "Clear batch", "Anybody to tell?", "Announce", "Ended"),
]


def with_batch(*models: str, batch: Any = NIGHTLY, **more: Any) -> dict[str, Any]:
    """A bridge tenant whose models have jobs beside their hosts."""
    profile = tenant_profile(*models, **more)
    profile["models"] = {name: one | {"batch": batch} for name, one in profile["models"].items()}
    return profile


@pytest.fixture
def nightly(world: World) -> World:
    """Version 1 is live, and its batches run at night."""
    world.drop("fleets/sklearn.json", FLEET)
    world.run()
    world.drop("tenants/acme.json", with_batch("churn"))
    world.run()
    drop_version(world, "1")
    world.run()
    assert world.version("acme", "churn", "1").state == "LIVE"
    world.twins.hosting.calls.clear()
    return world


def feed(world: World, *items: str, batch: str = "b1", tenant: str = "acme", body: bytes = b"1,2\n") -> None:
    """Drop files, a moment apart."""
    for item in items:
        world.twins.clock.sleep(1)
        world.drop(f"batches/{tenant}/churn/{batch}/{item}", b"" if item == "_START" else body)
    world.run(timedelta())


def row_of(world: World, batch: str = "b1", tenant: str = "acme") -> BatchRow:
    found = world.twins.registry.get(BatchRow, BatchRow.at(tenant, "churn", batch))
    assert found is not None
    return found


def told(world: World, tenant: str = "acme") -> list[Notice]:
    return [notice for notice in world.notices(tenant) if notice.about == "batch"]


def results(world: World, prefix: str = "results/acme/churn/batches/") -> list[str]:
    return [one.key.removeprefix(prefix) for one in world.twins.artifacts.listing(RESULTS, prefix) if one.is_latest]


def left(world: World) -> list[str]:
    """What a run should not leave."""
    kept = {row.upload for row in uploads(world)}
    models = [one for one in world.twins.hosting.control.models if "-churn-" in one and one[-26:] not in kept]
    return [*(one.key for one in world.twins.artifacts.listing(RESULTS, "_jobs/")), *models]


def jobs(world: World) -> list[dict[str, Any]]:
    return [call.params for call in world.twins.hosting.calls if call.operation == "CreateTransformJob"]


def manifest(world: World, job: dict[str, Any]) -> list[str]:
    """The inputs of a job that has not been cleared away."""
    uri = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    entry = world.twins.artifacts.latest(RESULTS, uri.removeprefix(f"s3://{RESULTS}/"))
    assert entry is not None
    return list(json.loads(world.twins.artifacts.read(RESULTS, entry.key, entry.version_id, 10**6))[1:])


def day(world: World) -> str:
    return f"dt={world.now():%Y-%m-%d}"


def failing(world: World, *bodies: bytes, status: int = 500, times: int = 99) -> list[bytes]:
    """The container fails on these; the list of all that it is asked."""
    asked: list[bytes] = []
    failures = dict.fromkeys(bodies, times)

    def behaving(target: str, artifact: bytes, body: bytes) -> Answer:
        asked.append(body)
        if failures.get(body, 0) > 0:
            failures[body] -= 1
            return Answer(outcome="model_error", took_ms=1, status=status, message="could not convert string to float")
        return behave(target, artifact, body)

    world.twins.hosting.behave = behaving
    return asked


def test_a_schedule_runs_over_what_waits_and_its_tenant_is_told_once(nightly: World) -> None:
    feed(nightly, "one.csv", "deep/two.csv")
    feed(nightly, "three.csv", batch="b2")
    assert (row_of(nightly).state, jobs(nightly)) == ("RECEIVED", [])
    nightly.fire("acme.churn")
    nightly.run()
    [run] = nightly.runs("run-batch")
    looks = {"Collect batch", "Over?", "Wait for SageMaker"}
    assert [step for step in run.path if step not in looks] == [step for step in HAPPY if step not in looks]
    assert run.status == "SUCCEEDED"
    dt = day(nightly)
    assert results(nightly) == [f"{dt}/b1/deep/two.csv.out", f"{dt}/b1/one.csv.out", f"{dt}/b2/three.csv.out"]
    [notice] = told(nightly)
    assert (notice.state, notice.batch, notice.version) == ("DONE", "b1, b2", "1")
    assert (notice.details["files"], notice.details["done"], notice.details["failed"]) == (3, 3, 0)
    assert notice.fetch == f"aws s3 cp --recursive s3://{RESULTS}/results/acme/churn/batches/{dt}/ ."
    assert ({row_of(nightly).state, row_of(nightly, "b2").state}, left(nightly)) == ({"DONE"}, [])
    assert [notice for notice in nightly.notices("") if notice.about == "batch"] == []


def test_start_runs_its_batch_at_once_and_no_other(nightly: World) -> None:
    feed(nightly, "one.csv", batch="other")
    feed(nightly, "one.csv", "_START")
    nightly.run()
    assert (row_of(nightly).state, row_of(nightly, "other").state) == ("DONE", "RECEIVED")
    assert results(nightly) == [f"{day(nightly)}/b1/one.csv.out"]
    [job] = jobs(nightly)
    assert (job["TransformInput"]["ContentType"], job["TransformInput"]["SplitType"]) == ("text/csv", "Line")


def test_there_is_a_job_for_each_content_type(nightly: World) -> None:
    for key, kind in (("a.csv", "text/csv"), ("b.json", "application/json"), ("c", "binary/octet-stream")):
        made = nightly.twins.artifacts.put(DROP, f"batches/acme/churn/b1/{key}", b"1,2\n", kind)
        nightly._tell("Object Created", made)
    feed(nightly, "_START")
    nightly.run()
    kinds = sorted(job["TransformInput"]["ContentType"] for job in jobs(nightly))
    assert (kinds, len(results(nightly)), row_of(nightly).state) == (["application/json", "text/csv"], 3, "DONE")


def test_only_what_failed_is_tried_again(nightly: World) -> None:
    asked = failing(nightly, b"bad\n", times=1)
    feed(nightly, "one.csv", "two.csv")
    feed(nightly, "three.csv", body=b"bad\n")
    feed(nightly, "_START")
    nightly.run()
    assert (asked.count(b"1,2\n"), asked.count(b"bad\n"), len(jobs(nightly))) == (2, 2, 2)
    assert (row_of(nightly).state, len(results(nightly)), left(nightly)) == ("DONE", 3, [])


def test_what_fails_three_times_ends_partial_with_a_fix(nightly: World) -> None:
    asked = failing(nightly, b"bad\n")
    feed(nightly, "one.csv")
    feed(nightly, "two.csv", body=b"bad\n")
    feed(nightly, "_START")
    nightly.run()
    assert (asked.count(b"1,2\n"), asked.count(b"bad\n")) == (1, 3)
    [notice] = told(nightly)
    assert (notice.state, notice.details["failed_files"]) == ("PARTIAL", ["b1/two.csv"])
    assert "1 of 2 files have their results: AlgorithmError: See job logs" in notice.reason
    assert "batches/acme/churn/b1/_START" in notice.fix
    assert [one.state for one in nightly.notices("") if one.about == "batch"] == ["PARTIAL"]


def test_what_the_input_is_to_blame_for_is_not_tried_again(nightly: World) -> None:
    asked = failing(nightly, b"bad\n", status=400)
    feed(nightly, "one.csv", body=b"bad\n")
    feed(nightly, "_START")
    nightly.run()
    [notice] = told(nightly)
    assert (asked, notice.state, "ClientError" in notice.reason) == ([b"bad\n"], "FAILED", True)


def test_a_mended_file_alone_is_run_over_again(nightly: World) -> None:
    asked = failing(nightly, b"bad\n", status=400)
    feed(nightly, "one.csv")
    feed(nightly, "two.csv", body=b"bad\n")
    feed(nightly, "_START")
    nightly.run()
    feed(nightly, "two.csv", body=b"good\n")
    assert row_of(nightly).state == "RECEIVED"
    feed(nightly, "_START")
    nightly.run()
    assert (asked, row_of(nightly).state, row_of(nightly).done) == ([b"1,2\n", b"bad\n", b"good\n"], "DONE", 2)
    assert [notice.state for notice in told(nightly)] == ["PARTIAL", "DONE"]


def test_replays_and_reordering_change_nothing(nightly: World) -> None:
    nightly.events = False
    for item in ("one.csv", "two.csv", "_START"):
        nightly.drop(f"batches/acme/churn/b1/{item}", b"" if item == "_START" else b"1\n")
    nightly.events = True
    nightly._letters += [(body, 0) for body in reversed(nightly.sent[-3:])]
    nightly.run()
    before = (len(jobs(nightly)), results(nightly), [one.id for one in told(nightly)])
    assert before[0] == 1
    for _ in range(3):
        nightly.replay()
        nightly.run()
    assert (len(jobs(nightly)), results(nightly), [one.id for one in told(nightly)]) == before
    assert row_of(nightly).state == "DONE"


def test_what_comes_while_a_run_has_the_batch_waits_for_the_next(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    assert row_of(nightly).state == "RUNNING"
    feed(nightly, "two.csv")
    nightly.run()
    assert (row_of(nightly).state, results(nightly)) == ("RECEIVED", [f"{day(nightly)}/b1/one.csv.out"])
    assert "1 more file waits for the next run" in told(nightly)[0].reason
    nightly.fire("acme.churn")
    nightly.run()
    assert (row_of(nightly).state, len(results(nightly)), len(jobs(nightly))) == ("DONE", 2, 2)


def test_a_start_while_a_run_has_the_batch_is_followed_when_that_is_over(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    feed(nightly, "two.csv", "_START")
    nightly.run()
    assert (row_of(nightly).state, len(results(nightly)), len(jobs(nightly))) == ("DONE", 2, 2)
    assert row_of(nightly).asked == ""


def test_a_file_that_is_replaced_while_it_runs_is_run_over_again(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    feed(nightly, "one.csv", body=b"other\n")
    nightly.run()
    assert (row_of(nightly).state, results(nightly)) == ("RECEIVED", [])
    nightly.fire("acme.churn")
    nightly.run()
    assert (row_of(nightly).state, len(results(nightly))) == ("DONE", 1)


def test_the_result_of_the_same_day_is_replaced(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run()
    drop_version(nightly, "2")
    nightly.run()
    feed(nightly, "one.csv", "_START")
    nightly.run()
    [key] = results(nightly)
    found = nightly.twins.artifacts.latest(RESULTS, f"results/acme/churn/batches/{key}")
    assert found is not None
    assert nightly.twins.artifacts.read(RESULTS, found.key, found.version_id, 99) == b"answer of 2\n"


@pytest.mark.parametrize(("key", "sentence"), [
    ("batches/ghost/churn/b/{}", "there is no tenant ghost"),
    ("batches/acme/ghost/b/{}", "names no model ghost"),
    ("batches/globex/churn/b/{}", "model churn has no batch in its profile"),
], ids=["no tenant", "no model", "no batch"])  # fmt: skip
def test_what_nobody_would_read_is_rejected_once(nightly: World, key: str, sentence: str) -> None:
    nightly.drop("tenants/globex.json", tenant_profile("churn"))
    nightly.run()
    for number in range(5):
        nightly.twins.clock.sleep(2)
        nightly.drop(key.format(number), b"1")
        nightly.run()
    nightly.replay()
    nightly.run()
    [notice] = [one for one in nightly.notices("") if one.about == "batch"]
    assert (notice.state, sentence in notice.reason, notice.batch) == ("REJECTED", True, "b")


def test_a_rejected_batch_is_taken_once_its_model_has_batch(nightly: World) -> None:
    nightly.drop("tenants/globex.json", tenant_profile("churn"))
    nightly.run()
    feed(nightly, "one.csv", tenant="globex")
    drop_version(nightly, "1", tenant="globex")
    nightly.drop("tenants/globex.json", with_batch("churn", batch={}))
    nightly.run()
    feed(nightly, "_START", tenant="globex")
    nightly.run()
    assert row_of(nightly, tenant="globex").state == "DONE"


def test_a_batch_of_a_start_alone_is_rejected_until_files_come(nightly: World) -> None:
    feed(nightly, "_START")
    nightly.run()
    assert [notice.state for notice in told(nightly)] == ["REJECTED"]
    feed(nightly, "one.csv", "_START")
    nightly.run()
    assert [notice.state for notice in told(nightly)] == ["REJECTED", "DONE"]


def test_without_a_live_version_the_run_fails_with_a_sentence(nightly: World) -> None:
    nightly.drop("tenants/globex.json", with_batch("churn"))
    nightly.run()
    feed(nightly, "one.csv", "_START", tenant="globex")
    nightly.run()
    [notice] = told(nightly, "globex")
    assert (notice.state, "no version of model churn is live yet" in notice.reason) == ("FAILED", True)
    drop_version(nightly, "1", tenant="globex")
    nightly.run()
    feed(nightly, "_START", tenant="globex")
    nightly.run()
    assert [notice.state for notice in told(nightly, "globex")] == ["FAILED", "DONE"]


def test_an_idle_schedule_asks_sagemaker_nothing_and_tells_nobody(nightly: World) -> None:
    nightly.fire("acme.churn")
    nightly.run()
    [run] = nightly.runs("run-batch")
    assert (run.status, run.path[-3:]) == ("SUCCEEDED", ["Clear batch", "Anybody to tell?", "Ended"])
    assert (nightly.twins.hosting.calls, told(nightly)) == ([], [])


def test_schedules_are_those_of_the_profile_and_go_with_it(nightly: World) -> None:
    schedules = nightly.twins.schedules
    assert schedules.all["acme.churn"].payload == {"schema": 1, "tenant": "acme", "model": "churn"}
    nightly.drop("tenants/acme-eu.json", with_batch("churn"))
    nightly.drop("tenants/acme.json", with_batch("churn", "risk", batch={"schedule": "rate(6 hours)"}))
    nightly.run()
    assert sorted((name, one.expression) for name, one in schedules.all.items()) == [
        ("acme-eu.churn", "cron(0 2 * * ? *)"),
        ("acme.churn", "rate(6 hours)"),
        ("acme.risk", "rate(6 hours)"),
    ]
    nightly.drop("tenants/acme.json", tenant_profile("churn", offboard_after=1))
    nightly.run()
    assert sorted(schedules.all) == ["acme-eu.churn"]


def test_a_schedule_that_scheduler_refuses_refuses_the_profile(nightly: World) -> None:
    nightly.twins.schedules.faults.fail_next("put", ReleaseFailed("schedule x: Invalid Schedule Expression x."))
    nightly.drop("tenants/acme.json", with_batch("churn", "risk"))
    nightly.run()
    [notice] = [one for one in nightly.notices("acme") if one.state == "FAILED"]
    assert "Set schedules: schedule x: Invalid Schedule Expression" in notice.reason
    profile = nightly.tenant("acme").profile
    assert profile is not None
    assert list(profile.models) == ["churn"]


def test_a_tenant_that_leaves_takes_its_batches_along(nightly: World) -> None:
    nightly.drop("tenants/acme.json", with_batch("churn", offboard_after=1))
    nightly.run()
    feed(nightly, "one.csv", "_START")
    nightly.run()
    feed(nightly, "two.csv", batch="waiting")
    nightly.delete("tenants/acme.json")
    nightly.run(timedelta(minutes=5))
    assert [one.enabled for one in nightly.twins.schedules.all.values()] == [False]
    nightly.run()
    tenant = nightly.tenant("acme")
    assert (tenant.state, nightly.twins.schedules.all) == ("OFFBOARDED", {}), tenant.reason
    assert (tenant.inventory["left"]["schedules"], tenant.inventory["left"]["open_batches"]) == (0, 0)
    assert list(nightly.twins.artifacts.listing(RESULTS, "_batches/")) == []
    assert (row_of(nightly, "waiting").state, len(results(nightly))) == ("FAILED", 1)


def test_a_tenant_that_is_suspended_while_its_job_runs_gets_nothing_of_it(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    nightly.delete("tenants/acme.json")
    nightly.run(timedelta(minutes=10))
    assert (row_of(nightly).state, results(nightly), left(nightly)) == ("FAILED", [], [])
    assert "StopTransformJob" in {call.operation for call in nightly.twins.hosting.calls}
    assert "tenant acme was suspended" in row_of(nightly).reason


STEPS = ["Gather batch", "Apply plan", "Collect batch", "Settle batch", "Clear batch", "Apply removal"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_between_two_steps_ends_all_the_same(nightly: World, step: str, after: bool) -> None:
    verb = {"Apply removal": "apply_plan"}.get(step, step.lower().replace(" ", "_"))
    if step == "Apply removal":
        fails = iter([True])
        nightly.bend(
            "settle_batch",
            lambda answer: (next(fails, False) and nightly.fail(verb, RuntimeError("boom"), after=after)) or answer,
        )
    else:
        nightly.fail(verb, RuntimeError("boom"), after=after)
    feed(nightly, "one.csv", "_START")
    nightly.run()
    nightly.twins.clock.sleep(3700)
    nightly.invoke("sweep_registry", {})
    nightly.run()
    fails = ["Apply plan", "Collect batch", *(["Gather batch"] if after else ())]
    assert row_of(nightly).state == ("FAILED" if step in fails else "DONE")
    assert (len(told(nightly)), left(nightly)) == (1, [])
    assert all(run.ended for run in nightly.twins.registry.rows(RunRow, "TENANT#acme", "RUN#"))


@pytest.mark.parametrize("events", [True, False], ids=["told", "found by the sweep"])
def test_an_execution_that_is_stopped_by_hand_leaves_nothing(nightly: World, events: bool) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    [run] = nightly.runs("run-batch")
    nightly.events = events
    run.status = "ABORTED"
    run.steps = lambda: iter(())  # type: ignore[method-assign]
    nightly._queue.clear()
    nightly._ended(run)
    nightly.twins.clock.sleep(600)
    nightly.invoke("sweep_registry", {})
    nightly.run()
    assert (row_of(nightly).state, len(told(nightly)), left(nightly)) == ("DONE", 1, [])


def test_a_quota_that_is_reached_half_way_ends_failed_with_awss_words(nightly: World) -> None:
    refused = ReleaseFailed("CreateTransformJob: The account-level service limit is 4 Instances")
    nightly.twins.hosting.faults.fail_next("CreateTransformJob", refused)
    feed(nightly, "one.csv", "_START")
    nightly.run()
    [notice] = told(nightly)
    assert (notice.state, "service limit is 4 Instances" in notice.reason, left(nightly)) == ("FAILED", True, [])


def test_lost_events_are_made_up_for_by_the_sweep(nightly: World) -> None:
    nightly.events = False
    feed(nightly, "one.csv", "_START")
    nightly.twins.clock.sleep(300)
    nightly.invoke("sweep_registry", {})
    nightly.run()
    assert (row_of(nightly).state, len(results(nightly))) == ("DONE", 1)
    nightly.twins.clock.sleep(300)
    assert nightly.invoke("sweep_registry", {})["batches"] == 0


def test_a_start_whose_run_never_began_is_followed_by_the_sweep(nightly: World) -> None:
    nightly.twins.machines.faults.fail_next("start", Unavailable("busy"), times=5)
    feed(nightly, "one.csv", "_START")
    assert (row_of(nightly).state, nightly.runs("run-batch")) == ("RECEIVED", [])
    nightly.twins.clock.sleep(300)
    nightly.invoke("sweep_registry", {})
    nightly.run()
    assert row_of(nightly).state == "DONE"


def test_two_runs_at_once_share_no_batch(nightly: World) -> None:
    feed(nightly, "one.csv", batch="b1")
    feed(nightly, "one.csv", batch="b2")
    nightly.fire("acme.churn")
    nightly.fire("acme.churn")
    feed(nightly, "_START", batch="b2")
    nightly.run()
    assert (len(results(nightly)), sum(len(one.batch.split(", ")) for one in told(nightly))) == (2, 2)


def test_a_version_that_is_replaced_with_no_grace_serves_its_run_to_the_end(nightly: World) -> None:
    nightly.drop("tenants/acme.json", with_batch("churn", grace=0))
    nightly.run()
    nightly.twins.hosting.jobs.seconds = 1800
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    drop_version(nightly, "2")
    nightly.run(timedelta(minutes=10))
    nightly.invoke("sweep_registry", {})
    nightly.run()
    assert (row_of(nightly).state, told(nightly)[0].version) == ("DONE", "1")
    nightly.twins.clock.sleep(3600)
    nightly.invoke("sweep_registry", {})
    nightly.run()
    assert nightly.version("acme", "churn", "1").state == "RETIRED"


def silo(option: str = "batch-transform", **more: Any) -> dict[str, Any]:
    model = {"serving": option, "framework": "sklearn", "sample": SAMPLE, **more}
    return {"isolation": "silo", "notify": ["ml@acme.example"], "models": {"churn": model}}


def test_a_version_that_jobs_alone_serve_lends_them_its_own_model(world: World) -> None:
    world.drop("tenants/acme.json", silo())
    world.run()
    drop_version(world, "1")
    world.run()
    model = world.version("acme", "churn", "1").target
    feed(world, "one.csv", "_START")
    world.run()
    assert (row_of(world).state, jobs(world)[-1]["ModelName"]) == ("DONE", model)
    assert (left(world), model in world.twins.hosting.control.models) == ([], True)


def test_a_model_whose_option_is_chosen_has_jobs_when_that_is_the_choice(world: World) -> None:
    world.drop("tenants/acme.json", silo("auto", needs={"answer": "batch"}))
    world.run()
    feed(world, "one.csv")
    drop_version(world, "1")
    world.run()
    feed(world, "_START")
    world.run()
    assert row_of(world).state == "DONE", row_of(world).reason


def test_a_run_has_a_job_for_so_many_content_types_and_the_rest_waits(nightly: World) -> None:
    for number in range(12):
        key = f"batches/acme/churn/b1/{number:02}"
        nightly._tell("Object Created", nightly.twins.artifacts.put(DROP, key, b"1\n", f"text/x-{number}"))
    feed(nightly, "_START")
    nightly.run()
    assert (len(jobs(nightly)), row_of(nightly).state, row_of(nightly).done) == (10, "RECEIVED", 10)
    assert "2 more files wait for the next run" in told(nightly)[0].reason
    nightly.fire("acme.churn")
    nightly.run()
    assert (row_of(nightly).state, row_of(nightly).done) == ("DONE", 12)


@pytest.mark.parametrize(
    "said", ["text/csv; charset=utf-8", "no type at all\n", "x" * 300], ids=["odd", "none", "long"]
)
def test_a_content_type_that_no_job_takes_is_the_samples(nightly: World, said: str) -> None:
    nightly._tell("Object Created", nightly.twins.artifacts.put(DROP, "batches/acme/churn/b1/one", b"1\n", said))
    feed(nightly, "_START")
    nightly.run()
    [job] = jobs(nightly)
    assert job["TransformInput"]["ContentType"] == (said if said.startswith("text/csv;") else "text/csv")


def test_empty_files_and_folder_markers_are_no_inputs(nightly: World) -> None:
    for item in ("", "deep/", "empty.csv"):
        nightly.drop(f"batches/acme/churn/b1/{item}", b"")
    feed(nightly, "one.csv", "_START")
    nightly.run()
    assert (row_of(nightly).files, row_of(nightly).done) == (1, 1)


def test_a_flood_of_files_while_a_run_has_the_batch_writes_its_row_once(nightly: World) -> None:
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    before = row_of(nightly).revision
    feed(nightly, *(f"late-{number}.csv" for number in range(50)))
    assert (row_of(nightly).state, row_of(nightly).revision - before) == ("RUNNING", 1)
    nightly.run()
    assert row_of(nightly).state == "RECEIVED"


def test_what_slips_in_as_a_run_ends_is_found_by_the_sweep(nightly: World) -> None:
    """Told of after the row was marked and before it has its end: the index does not know it."""
    feed(nightly, "one.csv", "_START")
    nightly.run(timedelta(minutes=1))
    nightly.replay()
    nightly.events = False
    nightly.bend("settle_batch", lambda answer: feed(nightly, "slipped.csv") or answer)
    nightly.run()
    nightly.events = True
    assert row_of(nightly).state == "DONE"
    nightly.twins.clock.sleep(300)
    nightly.invoke("sweep_registry", {})
    assert row_of(nightly).state == "RECEIVED"
