"""Requests to asynchronous endpoints: dropped, answered, told; doubled, lost and reordered; and a queue that drains."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.hosting import Answer
from tenantry.domain.names import inference_id
from tenantry.domain.notices import Notice, StrayRow
from tenantry.domain.plans import Call
from tenantry.domain.requests import RequestRow
from tests.flows.archives import archive
from tests.flows.conftest import SAMPLE, drop_version, tenant_profile
from tests.flows.twins import DROP, RESULTS
from tests.flows.world import World

ACME = "arn:aws:sns:us-east-1:123456789012:tenantry-acme"
MINUTES = timedelta(minutes=5)


def silo(*models: str, **more: Any) -> dict[str, Any]:
    """A silo tenant with these models on asynchronous endpoints of their own."""
    each = {"serving": "asynchronous", "framework": "sklearn", "sample": SAMPLE, "grace": 0} | more
    return {"isolation": "silo", "notify": ["ml@acme.example"], "models": dict.fromkeys(models, each)}


@pytest.fixture
def queued(worlds: list[World]) -> World:
    """Version 1 of acme's model is live behind a queue, and the schedules run."""
    world = World(scheduled=True)
    worlds.append(world)
    world.drop("tenants/acme.json", silo("churn", instances={"min": 0, "max": 2}))
    world.run(MINUTES)
    drop_version(world, "1")
    world.run(timedelta(minutes=15))
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
    world.twins.channels.notices.clear()
    return world


def ask(world: World, name: str = "r1", body: bytes = b"1,2", tenant: str = "acme") -> RequestRow:
    """Drop a request; its row once the event was taken."""
    made = world.drop(f"requests/{tenant}/churn/{name}", body)
    world.run(timedelta())
    row = world.twins.registry.get(RequestRow, RequestRow.at(inference_id(DROP, made.key, made.version_id)))
    assert row is not None
    return row


def now(world: World, row: RequestRow) -> RequestRow:
    found = world.twins.registry.get(RequestRow, row.key)
    assert found is not None
    return found


def told(world: World, topic: str = ACME) -> list[Notice]:
    """What was published about requests."""
    return [notice for arn, notice in world.twins.channels.notices if arn == topic and notice.about == "request"]


def endpoint_of(world: World, version: str) -> str:
    return f"tenantry-acme-churn-{world.version('acme', 'churn', version).upload}"


def scaled(world: World, version: str, instances: int) -> None:
    """Automatic scaling has changed the number of instances."""
    wanted = [{"VariantName": "all", "DesiredInstanceCount": instances}]
    params = {"EndpointName": endpoint_of(world, version), "DesiredWeightsAndCapacities": wanted}
    world.twins.hosting.control.carry_out(Call(operation="UpdateEndpointWeightsAndCapacities", params=params))
    world.run(MINUTES)


def delivering(world: World, how: Callable[[list[str]], list[str]]) -> None:
    """How SNS delivers from now on."""
    world.delivers = how


def test_a_dropped_request_is_answered_and_its_tenant_told_at_once(queued: World) -> None:
    row = ask(queued)
    assert (row.state, row.tenant, row.version) == ("SENT", "acme", "1")
    queued.run(timedelta(seconds=2))
    [notice] = told(queued)
    result = f"s3://{RESULTS}/results/acme/churn/requests/r1/{row.upload}.out"
    assert (notice.state, notice.tenant, notice.model, notice.version) == ("ANSWERED", "acme", "churn", "1")
    assert (notice.request, notice.result, notice.fetch) == ("r1", result, f"aws s3 cp {result} .")
    answer = queued.twins.artifacts.latest(RESULTS, result.removeprefix(f"s3://{RESULTS}/"))
    assert answer is not None
    assert queued.twins.artifacts.read(RESULTS, answer.key, answer.version_id, 100) == b"answer of 1"
    queued.run(MINUTES)
    mail = queued.twins.channels.mails[-1]
    assert ("acme/churn request r1: ANSWERED" in mail.subject, f"aws s3 cp {result} ." in mail.text) == (True, True)
    assert len(told(queued)) == 1


def test_a_request_says_what_it_is_or_is_what_the_sample_is(queued: World) -> None:
    queued.twins.artifacts.put(DROP, "requests/acme/churn/typed", b"{}", "application/json")
    made = queued.twins.artifacts.latest(DROP, "requests/acme/churn/typed")
    assert made is not None
    queued._tell("Object Created", made)
    queued.run(timedelta())
    typed = queued.twins.registry.get(RequestRow, RequestRow.at(inference_id(DROP, made.key, made.version_id)))
    assert typed is not None
    assert (typed.asked.content_type, ask(queued, "plain").asked.content_type) == ("application/json", "text/csv")


def test_a_failure_is_told_in_the_containers_words(queued: World) -> None:
    queued.twins.hosting.behave = lambda *_: Answer(
        outcome="model_error", took_ms=1, status=400, message="could not convert string to float: 'x'"
    )
    row = ask(queued)
    queued.run(MINUTES)
    [notice] = told(queued)
    assert (notice.state, notice.reason) == ("FAILED", "could not convert string to float: 'x'")
    command = f"`aws s3 cp s3://{RESULTS}/results/acme/churn/failures/r1/{row.upload}.out .`"
    assert (
        notice.fix.startswith(f"{command} fetches what the container said"),
        "requests/acme/churn/r1" in notice.fix,
        notice.result,
    ) == (True, True, "")
    assert (now(queued, row).state, told(queued, queued.twins.settings.operator_topic_arn)) == ("FAILED", [])


def test_the_row_is_written_before_sagemaker_is_called(queued: World) -> None:
    hosting, seen = queued.twins.hosting, list[bool]()
    enqueue = hosting.enqueue

    def watching(endpoint: str, asked: Any) -> Any:
        seen.append(queued.twins.registry.get(RequestRow, RequestRow.at(asked.inference)) is not None)
        return enqueue(endpoint, asked)

    setattr(hosting, "enqueue", watching)  # noqa: B010 - a method may not be assigned
    ask(queued)
    assert seen == [True]


def test_five_deliveries_of_one_drop_make_one_call(queued: World) -> None:
    ask(queued)
    for _ in range(4):
        queued.replay()
    queued.run(timedelta())
    assert len(queued.twins.hosting.queues.waiting) == 1
    queued.run(MINUTES)
    assert [notice.state for notice in told(queued)] == ["ANSWERED"]


def test_a_thousand_doubled_messages_are_told_once_each(queued: World) -> None:
    delivering(queued, lambda messages: [*messages, *reversed(messages)])
    for number in range(1_000):
        queued.drop(f"requests/acme/churn/r{number}", b"1")
    queued.run(MINUTES)
    ids = [notice.id for notice in told(queued)]
    assert (len(ids), len(set(ids))) == (1_000, 1_000)


def test_reordered_messages_leave_the_first_end_as_it_is(queued: World) -> None:
    row = ask(queued)
    queued.run(MINUTES)
    late = {"inferenceId": row.asked.inference, "invocationStatus": "Failed", "failureReason": "late"}
    assert queued.invoke("relay_answer", json.dumps(late))["outcome"] == "ignore"
    assert (now(queued, row).state, len(told(queued))) == ("ANSWERED", 1)


def test_a_lost_message_is_made_up_for_by_the_sweep(queued: World) -> None:
    delivering(queued, lambda _: [])
    good = ask(queued, "good")
    queued.run(timedelta(seconds=5))
    queued.twins.hosting.behave = lambda *_: Answer(outcome="model_error", took_ms=1, status=400, message="no number")
    bad = ask(queued, "bad")
    queued.run(MINUTES)
    assert (now(queued, good).state, now(queued, bad).state) == ("SENT", "SENT")
    queued.run(timedelta(minutes=15))
    assert (now(queued, good).state, now(queued, bad).state) == ("ANSWERED", "FAILED")
    assert {notice.request: notice.reason for notice in told(queued)} == {
        "good": "version 1 answered it",
        "bad": "no number",
    }


def test_a_request_without_an_answer_ends_when_its_time_is_over(queued: World) -> None:
    delivering(queued, lambda _: [])
    queued.drop("tenants/acme.json", silo("churn", asynchronous={"ttl": 600, "timeout": 300}))
    queued.run(MINUTES)
    row = ask(queued)
    queued.twins.hosting.queues.waiting.clear()
    queued.run(timedelta(minutes=25))
    assert now(queued, row).state == "SENT"
    queued.run(timedelta(minutes=20))
    assert (now(queued, row).state, now(queued, row).reason) == (
        "FAILED",
        "no answer came in all the time that it may take",
    )
    assert [notice.state for notice in told(queued)] == ["FAILED"]
    assert [notice.state for notice in told(queued, queued.twins.settings.operator_topic_arn)] == ["FAILED"]


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_request_whose_function_died_is_handed_over_by_the_next_delivery(queued: World, *, after: bool) -> None:
    queued.twins.hosting.faults.fail_next("enqueue", Unavailable("reset"), after=after)
    queued.drop("requests/acme/churn/r1", b"1")
    queued.run(timedelta())
    assert told(queued) == []
    queued.run(timedelta(minutes=3))
    queued.replay()
    queued.run(MINUTES)
    assert [notice.state for notice in told(queued)] == ["ANSWERED"]


def test_what_sagemaker_refuses_is_told(queued: World) -> None:
    queued.twins.hosting.faults.fail_next("enqueue", ReleaseFailed("Endpoint of account 123456789012 not found."))
    row = ask(queued)
    assert (row.state, row.reason) == (
        "FAILED",
        "SageMaker refused it: Endpoint of account 123456789012 not found.",
    )
    queued.run(MINUTES)
    assert [notice.state for notice in told(queued)] == ["FAILED"]


def test_an_answer_to_no_known_request_goes_into_the_operators_digest(queued: World) -> None:
    forged = {"inferenceId": "f" * 64, "invocationStatus": "Completed", "tenant": "acme"}
    assert queued.invoke("relay_answer", json.dumps(forged))["outcome"] == "quarantine"
    assert queued.invoke("relay_answer", "{")["outcome"] == "quarantine"
    [row] = queued.twins.registry.rows(StrayRow, "OPERATOR", "STRAY#")
    assert (row.count, row.keys[0]) == (2, f"(an answer to no known request: {'f' * 64})")
    queued.run(timedelta(minutes=20))
    assert (told(queued), [notice.state for notice in queued.notices("") if notice.about == "digest"]) == (
        [],
        ["IGNORED"],
    )


def test_answers_to_samples_are_nobodys(queued: World) -> None:
    assert queued.twins.registry.rows(StrayRow, "OPERATOR", "STRAY#") == []
    assert ("relay_answer", "registry", "commit") not in queued.permits.calls


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


QUEUE, HOOK = "arn:aws:sqs:us-east-1:999999999999:answers", "https://hooks.acme.example/answers"


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
