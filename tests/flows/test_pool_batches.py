"""One job over the batches of all who share a model, split back; each is told of its own, and of nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flows.archives import archive
from tests.flows.conftest import SAMPLE
from tests.flows.test_run_batch import day, failing, feed, jobs, left, manifest, results, row_of, told
from tests.flows.world import World

USERS = [f"user-{number}" for number in range(1, 6)]


def using(version: str | None = None, **more: Any) -> dict[str, Any]:
    shared = {"churn": {"version": version} if version else {}}
    return {"isolation": "pool", "owner": "vendor", "shared": shared, "notify": ["ml@user.example"]} | more


def release(world: World, version: str) -> None:
    world.twins.clock.sleep(1)
    world.drop(f"models/vendor/churn/{version}/model.tar.gz", archive(f"answer of {version}"))
    world.run()
    assert world.version("vendor", "churn", version).state == "LIVE", world.version("vendor", "churn", version).reason


@pytest.fixture
def pool(world: World) -> World:
    """Five tenants share a model of the vendor's, whose batches run at night."""
    model = {"serving": "serverless", "framework": "sklearn", "sample": SAMPLE}
    world.drop(
        "tenants/vendor.json",
        {"isolation": "pool", "models": {"churn": model | {"batch": {"schedule": "rate(1 day)"}}}},
    )
    world.run()
    release(world, "1")
    for user in USERS:
        world.drop(f"tenants/{user}.json", using())
    world.run()
    assert {world.tenant(user).state for user in USERS} == {"READY"}
    world.twins.hosting.calls.clear()
    return world


def test_five_tenants_have_one_job_and_each_its_own_results_and_notice(pool: World) -> None:
    for user in USERS:
        feed(pool, "same.csv", "own.csv", tenant=user)
    assert sorted(pool.twins.schedules.all) == ["vendor.churn"]
    pool.fire("vendor.churn")
    pool.run(timedelta(minutes=1))
    [job] = jobs(pool)
    assert len(manifest(pool, job)) == 10
    pool.run()
    for user in USERS:
        prefix = f"{day(pool)}/b1"
        assert results(pool, f"results/{user}/churn/batches/") == [f"{prefix}/own.csv.out", f"{prefix}/same.csv.out"]
        [notice] = told(pool, user)
        assert (notice.state, notice.tenant, notice.details["done"]) == ("DONE", user, 2)
        assert not any(other in notice.model_dump_json() for other in USERS if other != user)
    assert (len(jobs(pool)), left(pool)) == (1, [])


def test_what_fails_for_one_is_told_to_that_one_and_names_nobody_else(pool: World) -> None:
    failing(pool, b"bad\n")
    for user in USERS:
        feed(pool, "one.csv", tenant=user)
    feed(pool, "two.csv", tenant="user-3", body=b"bad\n")
    pool.fire("vendor.churn")
    pool.run()
    assert {user: told(pool, user)[0].state for user in USERS} == dict.fromkeys(USERS, "DONE") | {"user-3": "PARTIAL"}
    [notice] = told(pool, "user-3")
    assert "the last job ended with AlgorithmError" in notice.reason
    assert len(jobs(pool)) == 3


def test_a_users_start_runs_its_batch_and_leaves_those_of_others(pool: World) -> None:
    for user in USERS[:2]:
        feed(pool, "one.csv", tenant=user)
    feed(pool, "_START", tenant="user-2")
    pool.run()
    assert [row_of(pool, tenant=user).state.value for user in USERS[:2]] == ["RECEIVED", "DONE"]


def test_who_is_pinned_has_jobs_of_that_version(pool: World) -> None:
    pool.drop("tenants/user-1.json", using("1"))
    pool.run()
    release(pool, "2")
    for user in USERS[:2]:
        feed(pool, "one.csv", tenant=user)
    pool.fire("vendor.churn")
    pool.run()
    assert [told(pool, user)[0].version for user in USERS[:2]] == ["1", "2"]
    assert (len(jobs(pool)), left(pool)) == (2, [])


def test_one_that_is_suspended_while_the_job_runs_holds_nobody_up(pool: World) -> None:
    for user in USERS[:2]:
        feed(pool, "one.csv", tenant=user)
    pool.fire("vendor.churn")
    pool.run(timedelta(minutes=1))
    pool.delete("tenants/user-1.json")
    pool.run(timedelta(minutes=20))
    assert [row_of(pool, tenant=user).state.value for user in USERS[:2]] == ["FAILED", "DONE"]
    assert results(pool, "results/user-1/churn/batches/") == []
    assert len(results(pool, "results/user-2/churn/batches/")) == 1


def test_the_vendor_that_leaves_stops_the_job(pool: World) -> None:
    feed(pool, "one.csv", tenant="user-1")
    pool.fire("vendor.churn")
    pool.run(timedelta(minutes=1))
    pool.delete("tenants/vendor.json")
    pool.run(timedelta(minutes=20))
    assert (row_of(pool, tenant="user-1").state, left(pool)) == ("FAILED", [])
    assert "tenant vendor was suspended" in told(pool, "user-1")[0].reason
    assert [one.enabled for one in pool.twins.schedules.all.values()] == [False]


def test_a_hundred_users_are_one_job(pool: World) -> None:
    many = [f"u{number:03}" for number in range(100)]
    for user in many:
        pool.drop(f"tenants/{user}.json", using())
    pool.run()
    for user in many:
        pool.drop(f"batches/{user}/churn/b1/one.csv", b"1\n")
    pool.run()
    pool.fire("vendor.churn")
    pool.run()
    assert (len(jobs(pool)), {row_of(pool, tenant=user).state.value for user in many}) == (1, {"DONE"})
