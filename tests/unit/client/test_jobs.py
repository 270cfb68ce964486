"""A model that jobs serve: nobody can call it, and whoever tries is told what to do instead."""

import pytest

from tenantry_client import InvalidRequest
from tests.unit.client.test_shared_models import owned, shared
from tests.unit.client.world import World, refusal

SAID = r"acme/churn version 1: it is served by batch jobs: drop files under batches/acme/churn/\{batch\}/ instead"


@pytest.fixture
def jobs() -> World:
    """Version 1 is live, and no endpoint stands behind its host."""
    world = World()
    world.table.host("", serving="batch-transform")
    return world


def test_a_call_says_what_to_do_instead_and_reaches_nobody(jobs: World) -> None:
    client = jobs.client()
    with pytest.raises(InvalidRequest, match=SAID):
        client.invoke("churn", b"1")
    with pytest.raises(InvalidRequest, match=SAID):
        client.invoke_async("churn", b"1")
    assert (jobs.runtime.calls, jobs.storage.objects) == ([], {})


def test_a_shared_model_is_no_exception_and_the_files_are_the_callers_own(jobs: World) -> None:
    owned(jobs.table, "1", 4)
    shared(jobs.table, 1)
    with pytest.raises(InvalidRequest, match=SAID):
        jobs.client().invoke("churn", b"1")


def test_a_model_that_leaves_jobs_is_called_once_its_route_is_read_again(jobs: World) -> None:
    client = jobs.client()
    with pytest.raises(InvalidRequest):
        client.invoke("churn", b"1")
    jobs.table.host("endpoint-a", serving="real-time")
    jobs.table.route("2", 2)
    jobs.clock.now += 5
    assert client.invoke("churn", b"1").version == "2"


def test_a_model_that_goes_to_jobs_under_a_call_says_so(jobs: World) -> None:
    jobs.table.host("endpoint-a", serving="real-time")
    client = jobs.client()
    assert client.invoke("churn", b"1").version == "1"
    jobs.table.host("", serving="batch-transform")
    jobs.runtime.failures = iter([refusal("ValidationError", "Endpoint endpoint-a of account 123456789012 not found.")])
    with pytest.raises(InvalidRequest, match="served by batch jobs"):
        client.invoke("churn", b"1")
