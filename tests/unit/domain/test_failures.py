"""From a caught error to the end of a release."""

import json

import pytest

from tenantry.domain.failures import TaskError, ending


def lambda_cause(kind: str, message: str) -> str:
    return json.dumps({"errorMessage": message, "errorType": kind, "stackTrace": ['  File "/var/task/x.py", line 3']})


ENDINGS = {
    "rejected": ("Rejected", lambda_cause("Rejected", "one folder too deep"), "REJECTED", "one folder too deep"),
    "superseded": ("Superseded", lambda_cause("Superseded", "version 4 is live"), "SUPERSEDED", "version 4 is live"),
    "failed": ("ReleaseFailed", lambda_cause("ReleaseFailed", "not warm"), "FAILED", "Preload model: not warm"),
    "conflict": (
        "Conflict",
        lambda_cause("Conflict", "changed meanwhile"),
        "FAILED",
        "Preload model: changed meanwhile",
    ),
    "a program error": ("KeyError", lambda_cause("KeyError", "'x'"), "FAILED", "Preload model: 'x' (KeyError)"),
    "a timeout": ("States.Timeout", "", "FAILED", "Preload model: it took longer than it may"),
    "an execution's timeout": ("TIMED_OUT", "", "FAILED", "Preload model: the whole process took longer than it may"),
    "no cause": ("Lambda.Unknown", "", "FAILED", "Preload model: Lambda.Unknown (Lambda.Unknown)"),
    "no JSON": ("X", "plain\n words", "FAILED", "Preload model: plain words (X)"),
    "JSON, but no object": ("X", "[1]", "FAILED", "Preload model: [1] (X)"),
}


@pytest.mark.parametrize(("error", "cause", "state", "reason"), ENDINGS.values(), ids=ENDINGS)
def test_an_ending(error: str, cause: str, state: str, reason: str) -> None:
    end = ending(TaskError.model_validate({"Error": error, "Cause": cause}), "Preload model")
    assert (end.state, end.reason) == (state, reason)


def test_an_execution_that_died_could_not_say_where() -> None:
    end = ending(TaskError(error="TIMED_OUT"), "")
    assert (end.state, end.reason) == ("FAILED", "its execution stopped: the whole process took longer than it may")


def test_no_stack_trace_is_told_and_nothing_endless() -> None:
    cause = lambda_cause("Rejected", "x" * 5_000)
    end = ending(TaskError(error="Rejected", cause=cause), "Vet artifact")
    assert len(end.reason) == 600
    assert "var/task" not in end.reason
