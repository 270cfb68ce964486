"""Requests that cannot be asked: each is rejected with a sentence, once, and stays so."""

import json
from datetime import timedelta

import pytest

from tests.flows.archives import archive
from tests.flows.conftest import silo, tenant_profile
from tests.flows.requests import MINUTES
from tests.flows.world import World


@pytest.mark.parametrize(("key", "sentence"), [
    ("requests/acme/ghost/r", "names no model ghost"),
    ("requests/ghost/churn/r", "there is no tenant ghost"),
    ("requests/beta/churn/r", "served as multi-model, which takes no request files"),
    ("requests/gamma/churn/r", "no version of model churn is live yet"),
], ids=["no model", "no tenant", "not asynchronous", "nothing live"])  # fmt: skip
def test_what_cannot_be_asked_is_rejected_with_a_sentence(queued: World, key: str, sentence: str) -> None:
    queued.drop("fleets/sklearn.json", {"framework": "sklearn"})
    queued.run(timedelta(minutes=10))
    queued.drop("tenants/beta.json", tenant_profile("churn"))
    queued.drop("tenants/gamma.json", silo("churn"))
    queued.run(MINUTES)
    queued.drop(key, b"1")
    queued.run(timedelta())
    [notice] = [one for one in queued.notices("") if one.about == "request"]
    assert (notice.state, notice.request, sentence in notice.reason) == ("REJECTED", "r", True)
    assert notice.fix == f"mend what the reason names, if it is the request's, and drop {key} again"


def test_what_was_rejected_stays_so_when_its_event_comes_again(queued: World) -> None:
    queued.drop("tenants/gamma.json", silo("churn"))
    queued.run(MINUTES)
    queued.drop("requests/gamma/churn/early", b"1")
    queued.run(timedelta())
    queued.drop("models/gamma/churn/1/model.tar.gz", archive())
    queued.run(timedelta(minutes=15))
    queued.replay()
    queued.run(MINUTES)
    assert [one.state for one in queued.notices("gamma") if one.about == "request"] == ["REJECTED"]


def test_a_request_above_the_limit_is_rejected(queued: World) -> None:
    made = queued.drop("requests/acme/churn/small", b"1")
    queued.run(timedelta())
    body = json.loads(queued.sent[-1])
    body["detail"]["object"] |= {"size": 2**30 + 1, "version-id": made.version_id, "key": "requests/acme/churn/large"}
    assert queued.invoke("receive_drop", json.dumps(body))["outcome"] == "rejected"
    [notice] = [one for one in queued.notices("acme") if one.state == "REJECTED"]
    assert notice.reason == "it has 1,073,741,825 bytes, and an asynchronous endpoint takes 1,073,741,824 at most"
