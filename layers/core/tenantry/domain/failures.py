"""From the error a state machine caught to the end of a release: which state, and a sentence without a stack trace."""

import json

from pydantic import ConfigDict, Field

from tenantry.domain.base import Value
from tenantry.domain.versions import State

REASON_LENGTH = 600
_STATES = {"Rejected": State.REJECTED, "Superseded": State.SUPERSEDED}
_PLAIN = {
    "States.Timeout": "it took longer than it may",
    "TIMED_OUT": "the whole process took longer than it may",
    "ABORTED": "it was stopped by hand",
}


class TaskError(Value):
    """`$states.errorOutput`: the name of the error and, as text, its cause."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, defer_build=True
    )
    error: str = Field(default="", alias="Error")
    cause: str = Field(default="", alias="Cause")


class Ending(Value):
    """How a release, tenant or fleet ends: REJECTED, SUPERSEDED or FAILED, and why."""

    state: State
    reason: str
    step: str = ""


def ending(error: TaskError, step: str) -> Ending:
    """Rejected ends REJECTED, Superseded SUPERSEDED, anything else FAILED with its step and cause.

    No step: the whole execution died, and nobody could say in which state.
    """
    state = _STATES.get(error.error, State.FAILED)
    reason = sentence(error)
    failed = f"{step or 'its execution stopped'}: {reason}"
    return Ending(state=state, step=step, reason=failed if state is State.FAILED else reason)


def sentence(error: TaskError) -> str:
    """The cause in words: Lambda's JSON unwrapped, one line, at most 600 characters."""
    if error.error in _PLAIN:
        return _PLAIN[error.error]
    text = " ".join(_unwrapped(error.cause).split()) or error.error or "no cause was given"
    if error.error in {"Rejected", "Superseded", "ReleaseFailed", "Conflict", "Unavailable"}:
        return text[:REASON_LENGTH]
    return f"{text[:REASON_LENGTH]} ({error.error or 'unknown error'})"


def _unwrapped(cause: str) -> str:
    try:
        value = json.loads(cause)
    except (ValueError, RecursionError):
        return cause
    if isinstance(value, dict):
        return str(value.get("errorMessage") or value.get("errorType") or "")
    return cause
