"""One request from the queue to its end: input from S3, through a container, answer or error to S3, a notice."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.hosting.asynchronous.notices import Notices, content_type
from local.hosting.asynchronous.requests import AsyncRequest, place_of
from local.hosting.container import Answer
from local.hosting.errors import ApiError
from local.hosting.ground import Ground
from local.hosting.metrics import INVOCATIONS, microseconds, of_variant
from local.hosting.variant import Variant
from local.hosting.volume import Origin

MOST_TRIES = 3
"""How often a request is given to an instance that goes away under it."""
_INSTANCE_GONE = ("InternalFailure", "ServiceUnavailable")
_S3_FAILED = (BotoCoreError, ClientError, OSError)


class Failed(Exception):
    """The request ends with this reason; `response` is what the container said, or the reason."""

    def __init__(self, metric: str, reason: str, response: bytes = b"") -> None:
        super().__init__(reason)
        self.metric = metric
        self.reason = f"ClientError: {reason}"
        self.response = response or self.reason.encode()


class InstanceGone(Exception):
    """The instance died under the request, which has to be tried again."""


@dataclass(frozen=True)
class Answering:
    """Carries requests out; all of it on the caller's thread."""

    ground: Ground
    notices: Notices

    def answer(self, variant: Variant, request: AsyncRequest) -> None:
        """To its end, good or bad; `InstanceGone` when it has to be tried again."""
        request.tries += 1
        self._measure(variant, "TimeInBacklog", "Milliseconds", round(request.age() * 1000))
        try:
            answer = self._asked(variant, request, self._input(variant, request))
            self._upload(variant, request.output, answer.body, content_type(answer))
        except Failed as failed:
            self._fail(variant, request, failed)
        else:
            self.notices.succeeded(_output(variant), request, _at(variant), answer)
        self._measure(variant, "InvocationsProcesssed", "None", 1)
        self._measure(variant, "TotalProcessingTime", "Milliseconds", round(request.age() * 1000))

    def expire(self, variant: Variant, request: AsyncRequest) -> None:
        """It waited for too long."""
        reason = f"The request was in the queue for longer than its {request.ttl_seconds} seconds."
        self._fail(variant, request, Failed("ExpiredRequests", reason))

    def give_up(self, variant: Variant, request: AsyncRequest, why: str) -> None:
        """It cannot be carried out."""
        self._fail(variant, request, Failed("InvocationFailures", why))

    def _input(self, variant: Variant, request: AsyncRequest) -> bytes:
        if request.input_location is None:
            return request.invocation.body
        place, began = place_of(request.input_location), time.monotonic()
        try:
            found = self.ground.s3.get_object(Bucket=place.bucket, Key=place.key)
            if found["ContentLength"] > self.ground.panel.now.asynchronous.payload_limit:
                raise Failed("RequestDownloadFailures", f"The input {request.input_location} is too large.")
            body: bytes = found["Body"].read()
        except _S3_FAILED as error:
            reason = f"Failed to download the input {request.input_location}: {error}"
            raise Failed("RequestDownloadFailures", reason) from error
        self._measure(variant, "RequestDownloadLatency", "Microseconds", microseconds(time.monotonic() - began))
        return body

    def _asked(self, variant: Variant, request: AsyncRequest, body: bytes) -> Answer:
        limit = request.timeout_seconds * self.ground.panel.now.asynchronous.pace
        status = 200
        try:
            return variant.serve("", body, request.headers, limit)
        except ApiError as error:
            if error.code in _INSTANCE_GONE and request.tries < MOST_TRIES:
                raise InstanceGone from error
            status = error.members.get("OriginalStatusCode", error.status)
            raise Failed("InvocationFailures", _reason(error, status), _words(error).encode()) from error
        finally:
            self._measure(variant, "Invocation4XXErrors", "None", 400 <= status < 500)
            self._measure(variant, "Invocation5XXErrors", "None", status >= 500 or status == 0)

    def _upload(self, variant: Variant, place: Origin | None, body: bytes, kind: str) -> None:
        if place is None:
            return
        began = time.monotonic()
        try:
            self.ground.s3.put_object(Bucket=place.bucket, Key=place.key, Body=body, ContentType=kind)
        except _S3_FAILED as error:
            reason = f"Failed to upload the response to s3://{place.bucket}/{place.key}: {error}"
            raise Failed("ResponseUploadFailures", reason) from error
        self._measure(variant, "ResponseUploadLatency", "Microseconds", microseconds(time.monotonic() - began))

    def _fail(self, variant: Variant, request: AsyncRequest, failed: Failed) -> None:
        self._measure(variant, failed.metric, "None", 1)
        try:
            self._upload(variant, request.failure, failed.response, "text/plain")
        except Failed as upload:
            self._measure(variant, upload.metric, "None", 1)
        self.notices.failed(_output(variant), request, _at(variant), failed.reason, failed.response)

    def _measure(self, variant: Variant, metric: str, unit: str, value: float) -> None:
        self.ground.metrics.add(INVOCATIONS, of_variant(*_at(variant)), metric, unit, float(value))


def _at(variant: Variant) -> tuple[str, str]:
    return variant.label.endpoint, variant.name


def _output(variant: Variant) -> Mapping[str, Any]:
    output: Mapping[str, Any] = (variant.asynchronous or {})["OutputConfig"]
    return output


def _words(error: ApiError) -> str:
    words: str = error.members.get("OriginalMessage", error.message)
    return words


def _reason(error: ApiError, status: int) -> str:
    """As seen on error topics for a container's answer; other causes in their own words."""
    if "OriginalStatusCode" not in error.members or status == 0:
        return _words(error)
    side = "client" if status < 500 else "server"
    return (
        f"Received {side} error ({status}) from model. See the SageMaker Endpoint logs in your account for more "
        "information."
    )
