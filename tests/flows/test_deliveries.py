"""Who hears of requests: the tenant whose request it was, and what its profile names."""

from datetime import timedelta

import pytest

from tests.flows.archives import archive
from tests.flows.conftest import silo
from tests.flows.requests import ACME, HOOK, MINUTES, QUEUE, ask, told
from tests.flows.world import World


def test_a_neighbour_is_told_of_its_own_requests_only(queued: World) -> None:
    queued.drop("tenants/globex.json", silo("churn"))
    queued.run(MINUTES)
    queued.drop("models/globex/churn/1/model.tar.gz", archive("answer of globex"))
    queued.run(timedelta(minutes=15))
    ask(queued, "same")
    ask(queued, "same", tenant="globex")
    queued.run(MINUTES)
    mine, theirs = told(queued), told(queued, ACME.replace("acme", "globex"))
    assert [(notice.tenant, notice.request) for notice in (*mine, *theirs)] == [("acme", "same"), ("globex", "same")]
    assert all(f"results/{notice.tenant}/" in notice.result for notice in (*mine, *theirs))


def test_what_the_profile_names_hears_of_requests_to_its_model_and_of_nothing_else(queued: World) -> None:
    queued.twins.clock.sleep(1)
    queued.drop("tenants/acme.json", silo("churn", deliver=[QUEUE, HOOK]))
    queued.run(MINUTES)
    ask(queued, "heard")
    queued.run(MINUTES)
    delivered = [(endpoint, notice.request) for endpoint, notice in queued.twins.channels.delivered]
    assert delivered == [(QUEUE, "heard"), (HOOK, "heard")]
    queued.twins.clock.sleep(1)
    queued.drop("tenants/acme.json", silo("churn", deliver=[HOOK]))
    queued.run(MINUTES)
    assert (queued.tenant("acme").delivers, queued.twins.channels.deliveries[ACME]) == ((HOOK,), {HOOK: ("churn",)})


@pytest.mark.parametrize(
    "endpoint",
    ["http://hooks.acme.example", "https://a b", "arn:aws:sqs:us-east-1:999999999999:answers.fifo", "ml@acme.example"],
    ids=["not encrypted", "a space", "first in first out", "an address"],
)
def test_what_sns_cannot_deliver_to_is_refused_with_the_profile(queued: World, endpoint: str) -> None:
    queued.twins.clock.sleep(1)
    queued.drop("tenants/acme.json", silo("churn", deliver=[endpoint]))
    queued.run(MINUTES)
    [notice] = [one for one in queued.notices("acme") if one.state == "REJECTED"]
    assert "models.churn.deliver.0" in notice.reason
