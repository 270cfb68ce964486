"""Every step of a release: repeated it gives the same answer, and nobody but its owner may take it."""

from collections.abc import Callable
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.failures import TaskError
from tenantry.domain.versions import State
from tenantry.usecases.inputs import Release, ReleaseEnd
from tenantry.usecases.placing import place_version
from tenantry.usecases.preloading import preload_model, prove_model
from tenantry.usecases.settling import settle_release
from tenantry.usecases.swapping import swap_version
from tenantry.usecases.vetting import register_version, vet_artifact
from tests.flows.conftest import drop_version
from tests.flows.world import World

ROAD: list[Callable[[Release, Any], Any]] = [
    vet_artifact,
    register_version,
    place_version,
    preload_model,
    prove_model,
    swap_version,
]


@pytest.fixture
def release(ready: World) -> Release:
    """A version was dropped, and its execution may begin."""
    drop_version(ready, "1")
    ready._deliver()
    [started] = [run for run in ready.twins.machines.executions.values() if run.machine == "release-model"]
    return Release.model_validate(started.payload)


def walk(release: Release, world: World, steps: int) -> None:
    for step in ROAD[:steps]:
        step(release, world.twins)


@pytest.mark.parametrize("place", range(len(ROAD)), ids=[step.__name__ for step in ROAD])
def test_a_step_done_twice_gives_the_same_answer_and_no_other_row(ready: World, release: Release, place: int) -> None:
    walk(release, ready, place)
    first = ROAD[place](release, ready.twins)
    row = ready.version("acme", "churn", "1")
    again = ROAD[place](release, ready.twins)
    assert again == first
    after = ready.version("acme", "churn", "1")
    assert (after.state, after.moves, after.evidence) == (row.state, row.moves, row.evidence)


@pytest.mark.parametrize("place", range(len(ROAD)), ids=[step.__name__ for step in ROAD])
def test_a_step_whose_answer_was_lost_is_taken_again(ready: World, release: Release, place: int) -> None:
    """The commit lands, the function dies before it can say so, Step Functions calls it again."""
    walk(release, ready, place)
    ready.twins.registry.faults.fail_next("commit", Unavailable("no answer"), after=True)
    with pytest.raises(Unavailable):
        ROAD[place](release, ready.twins)
    for step in ROAD[place:]:
        step(release, ready.twins)
    assert ready.version("acme", "churn", "1").state is State.LIVE
    route = ready.route("acme", "churn")
    assert route
    assert route.generation == 1
    assert len([notice for notice in ready.notices("acme") if notice.state == "LIVE"]) == 1


@pytest.mark.parametrize("place", range(len(ROAD)), ids=[step.__name__ for step in ROAD])
def test_an_execution_that_lost_its_upload_may_take_no_step(ready: World, release: Release, place: int) -> None:
    walk(release, ready, place)
    zombie = release.model_copy(update={"execution": f"u-{release.upload}-0"})
    before = ready.version("acme", "churn", "1")
    with pytest.raises(ReleaseFailed, match="taken this upload over"):
        ROAD[place](zombie, ready.twins)
    assert ready.version("acme", "churn", "1") == before


@pytest.mark.parametrize("place", range(1, len(ROAD)), ids=[step.__name__ for step in ROAD[1:]])
def test_no_step_is_taken_before_the_one_ahead_of_it(ready: World, release: Release, place: int) -> None:
    if ROAD[place] is swap_version:
        walk(release, ready, place - 1)
        with pytest.raises(ReleaseFailed, match="answered its sample"):
            swap_version(release, ready.twins)
        return
    walk(release, ready, place - 1)
    with pytest.raises(ReleaseFailed, match="needs it"):
        ROAD[place](release, ready.twins)


@pytest.mark.parametrize("place", range(len(ROAD)), ids=["nothing", *(step.__name__ for step in ROAD[:-1])])
def test_a_failed_release_leaves_nothing_behind(ready: World, release: Release, place: int) -> None:
    walk(release, ready, place)
    end = ReleaseEnd(**release.model_dump(), error=TaskError(error="ReleaseFailed", cause="no"), step="Prove model")
    assert settle_release(end, ready.twins).state is State.FAILED
    assert settle_release(end, ready.twins).state is State.FAILED
    row = ready.version("acme", "churn", "1")
    assert (row.state, row.copied, row.work) == (State.FAILED, False, None)
    assert list(ready.twins.artifacts.listing(ready.twins.settings.serving_bucket, "")) == []
    assert [notice.state for notice in ready.notices("acme") if notice.upload] == ["FAILED"]


def test_a_live_version_is_not_settled_as_failed(ready: World, release: Release) -> None:
    walk(release, ready, len(ROAD))
    end = ReleaseEnd(**release.model_dump(), error=TaskError(error="States.Timeout"), step="Swap version")
    assert settle_release(end, ready.twins).state is State.LIVE
    assert ready.version("acme", "churn", "1").copied


def test_a_target_that_stays_not_ready_fails_within_its_budget(ready: World, release: Release) -> None:
    walk(release, ready, 3)
    ready.slow_down(load=100_000)
    began = ready.now()
    with pytest.raises(ReleaseFailed, match="not warm within 420 s"):
        preload_model(release, ready.twins)
    assert 420 <= (ready.now() - began).total_seconds() < 500


def test_a_slow_load_is_waited_for(ready: World, release: Release) -> None:
    walk(release, ready, 3)
    ready.slow_down(load=300)
    evidence = preload_model(release, ready.twins).evidence
    assert evidence["bursts"] >= 3
    assert evidence["slowest_ms"] < 250
