"""Queues: at zero they keep what comes, and an old endpoint goes when its queue is empty."""

import json
from datetime import timedelta

from tests.flows.conftest import drop_version, silo
from tests.flows.requests import MINUTES, ask, endpoint_of, now, scaled, told
from tests.flows.world import World


def test_a_queue_at_zero_keeps_what_comes_until_it_has_an_instance_again(queued: World) -> None:
    scaled(queued, "1", 0)
    row = ask(queued)
    queued.run(MINUTES)
    assert (now(queued, row).state, told(queued)) == ("SENT", [])
    scaled(queued, "1", 1)
    assert [notice.state for notice in told(queued)] == ["ANSWERED"]


def test_an_old_endpoint_stays_until_its_queue_is_empty(queued: World) -> None:
    scaled(queued, "1", 0)
    row = ask(queued)
    drop_version(queued, "2")
    queued.run(timedelta(hours=2))
    assert queued.version("acme", "churn", "1").state == "STANDBY"
    cancelled = [run for run in queued.runs("retire-model") if run.path[-2:] == ["Cancelled?", "Ended"]]
    assert len(cancelled) >= 2
    assert queued.twins.hosting.control.find(endpoint_of(queued, "1"))
    scaled(queued, "1", 1)
    assert (now(queued, row).state, now(queued, row).version) == ("ANSWERED", "1")
    queued.run(timedelta(hours=2))
    assert queued.version("acme", "churn", "1").state == "RETIRED"
    control = queued.twins.hosting.control
    assert (control.find(endpoint_of(queued, "1")), list(control.alarms)) == (
        None,
        [f"{endpoint_of(queued, '2')}-from-zero"],
    )


def test_requests_no_row_knows_of_keep_an_endpoint_too(queued: World) -> None:
    """What SageMaker counts itself, whoever put it there."""
    scaled(queued, "1", 0)
    row = ask(queued)
    drop_version(queued, "2")
    queued.run(timedelta(minutes=20))
    late = {"inferenceId": row.asked.inference, "invocationStatus": "Completed"}
    queued.invoke("relay_answer", json.dumps(late))
    queued.run(timedelta(hours=2))
    assert queued.version("acme", "churn", "1").state == "STANDBY"
    queued.twins.hosting.queues.waiting.clear()
    queued.run(timedelta(hours=2))
    assert queued.version("acme", "churn", "1").state == "RETIRED"


def test_a_tenant_that_comes_back_is_asked_again_though_nothing_of_it_runs(queued: World) -> None:
    scaled(queued, "1", 0)
    queued.delete("tenants/acme.json")
    queued.run(MINUTES)
    queued.twins.clock.sleep(1)
    queued.drop("requests/acme/churn/meanwhile", b"1")
    queued.drop("tenants/acme.json", silo("churn", instances={"min": 0, "max": 2}))
    queued.run(MINUTES)
    route = queued.route("acme", "churn")
    assert (route is not None and route.suspended, queued.tenant("acme").cold) == (False, ())
    row = ask(queued, "afterwards")
    scaled(queued, "1", 1)
    assert now(queued, row).state == "ANSWERED"
    [rejected] = [one for one in queued.notices("acme") if one.state == "REJECTED"]
    assert (rejected.request, "acme is SUSPENDED" in rejected.reason) == ("meanwhile", True)


def test_offboarding_ends_what_waits_for_an_answer(queued: World) -> None:
    queued.drop("tenants/acme.json", silo("churn") | {"offboard_after": 0})
    queued.run(MINUTES)
    scaled(queued, "1", 0)
    row = ask(queued)
    queued.delete("tenants/acme.json")
    queued.run(timedelta(hours=1))
    assert (queued.tenant("acme").state, now(queued, row).state) == ("OFFBOARDED", "FAILED")
    assert queued.twins.hosting.control.endpoints == {}
