"""Invocations of one target, many at once, and what their answers mean (error codes: botocore's sagemaker-runtime).

The SDK's own retries are off: they would hide "not ready" or repeat what is to be counted.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

from botocore.config import Config
from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import LATER, NETWORK, code, message, status
from tenantry.ports import Answer

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

MOST_AT_ONCE = 64
READ_TIMEOUT = 70
"""Seconds. SageMaker cuts an invocation at 60; loading goes on without it for up to 360."""

Outcome = Literal["not_ready", "model_error", "invalid", "throttled", "unavailable"]
_NO_COPIES = "Inference Component has no capacity"
"""How SageMaker begins to say that there is no copy now, though there may be one later."""
_OUTCOMES: dict[str, Outcome] = {
    "ModelNotReadyException": "not_ready",
    "ModelError": "model_error",
    "ValidationError": "invalid",
    "ValidationException": "invalid",
    "InternalFailure": "unavailable",
    "ServiceUnavailable": "unavailable",
    "InternalDependencyException": "unavailable",
}


def probing_config() -> Config:
    """The configuration a sagemaker-runtime client needs for probing."""
    return Config(
        connect_timeout=5,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=MOST_AT_ONCE,
    )


class Prober:
    """Sends invocations over one client."""

    def __init__(self, client: "SageMakerRuntimeClient") -> None:
        self._client = client

    def send(self, request: dict[str, Any], count: int) -> list[Answer]:
        """`count` identical invocations at once (at most `MOST_AT_ONCE`, the rest behind them)."""
        with ThreadPoolExecutor(max(1, min(count, MOST_AT_ONCE))) as pool:
            return list(pool.map(lambda _: self._invoke(request), range(count)))

    def _invoke(self, request: dict[str, Any]) -> Answer:
        started = time.perf_counter()
        try:
            response = self._client.invoke_endpoint(**request)
            body = response["Body"].read()
        except ClientError as error:
            return answer_of(error, since(started))
        except NETWORK as error:
            return Answer(outcome="unavailable", took_ms=since(started), status=0, message=str(error))
        return Answer(outcome="ok", took_ms=since(started), body=body, content_type=response.get("ContentType", ""))


def answer_of(error: ClientError, took_ms: int) -> Answer:
    """What an error means; raised again when it is not the endpoint's (a missing permission, say)."""
    outcome = _outcome(error)
    if outcome is None:
        raise error
    response: dict[str, Any] = {**error.response}
    return Answer(
        outcome=outcome,
        took_ms=took_ms,
        status=int(response.get("OriginalStatusCode") or status(error)),
        message=_in_words(str(response.get("OriginalMessage") or message(error))),
    )


def _in_words(text: str) -> str:
    """Without a stack trace, which containers send before the exception's words or after them."""
    words, trace, rest = text.partition("Traceback (most recent call last)")
    if not trace:
        return text
    return words.strip() or (rest.strip().splitlines() or [text])[-1]


def _outcome(error: ClientError) -> Outcome | None:
    if code(error) == "ValidationError" and _NO_COPIES in message(error):
        return "unavailable"
    if code(error) in _OUTCOMES:
        return _OUTCOMES[code(error)]
    if code(error) in LATER:
        return "throttled"
    return "unavailable" if status(error) >= 500 else None


def since(started: float) -> int:
    """Milliseconds since then, a value of `perf_counter`."""
    return round((time.perf_counter() - started) * 1000)
