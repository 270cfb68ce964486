"""Requests to asynchronous endpoints: dropped, answered and told once, whatever is doubled, lost or reordered."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.hosting import Answer
from tenantry.domain.names import inference_id
from tenantry.domain.notices import StrayRow
from tenantry.domain.requests import RequestRow
from tests.flows.conftest import silo
from tests.flows.requests import MINUTES, ask, delivering, now, told
from tests.flows.twins import DROP, RESULTS
from tests.flows.world import World


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
