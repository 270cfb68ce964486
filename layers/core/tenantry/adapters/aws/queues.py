"""Queues of asynchronous endpoints: handing a request over, and waiting for what became of a sample.

SageMaker writes the answer, or what the container said instead, to S3, at the places that its receipt names.
"""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import NETWORK, code, message, translated
from tenantry.adapters.aws.probes import answer_of, since
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import SAMPLES
from tenantry.ports import Answer, Asked, Clock, Receipt

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

LONGEST_WAIT = 60.0
"""Seconds that the answer to a sample is waited for, and no longer than that it may wait in the queue."""
EVERY = 0.2
_REFUSED = {"ValidationError", "ValidationException"}
_NOT_THERE = {"NoSuchKey", "404"}


class Queues:
    """Asynchronous invocations over one client; `storage` reads the answers to samples."""

    def __init__(self, runtime: "SageMakerRuntimeClient", storage: "S3Client", clock: Clock) -> None:
        self._runtime, self._storage, self._clock = runtime, storage, clock

    def enqueue(self, endpoint: str, asked: Asked) -> Receipt:
        """The port's `enqueue`."""
        request: dict[str, Any] = {
            "EndpointName": endpoint,
            "InputLocation": asked.input,
            "ContentType": asked.content_type,
            "InferenceId": asked.inference,
            "S3OutputPathExtension": asked.folder,
            "Filename": asked.file,
            "RequestTTLSeconds": asked.ttl,
            "InvocationTimeoutSeconds": asked.timeout,
            **({"Accept": asked.accept} if asked.accept else {}),
        }
        try:
            with translated():
                return _receipt(self._runtime.invoke_endpoint_async(**request))
        except ClientError as error:
            if code(error) in _REFUSED:
                raise ReleaseFailed(message(error)) from error
            raise

    def send(self, request: dict[str, Any], count: int) -> list[Answer]:
        """`count` samples at once, each waited for."""
        with ThreadPoolExecutor(max(1, count)) as pool:
            return list(pool.map(lambda _: self._sample(request), range(count)))

    def _sample(self, request: dict[str, Any]) -> Answer:
        started = time.perf_counter()
        sample = {**request, "InferenceId": f"{SAMPLES}-{secrets.token_hex(16)}", "S3OutputPathExtension": SAMPLES}
        try:
            receipt = _receipt(self._runtime.invoke_endpoint_async(**sample, RequestTTLSeconds=round(LONGEST_WAIT)))
            return self._awaited(receipt, started)
        except ClientError as error:
            return answer_of(error, since(started))
        except NETWORK as error:
            return Answer(outcome="unavailable", took_ms=since(started), status=0, message=str(error))

    def _awaited(self, receipt: Receipt, started: float) -> Answer:
        while since(started) < LONGEST_WAIT * 1000:
            if found := self._read(receipt.answer):
                body, content_type = found
                return Answer(outcome="ok", took_ms=since(started), body=body, content_type=content_type)
            if receipt.failure and (failed := self._read(receipt.failure)):
                words = failed[0].decode("utf-8", "replace")
                return Answer(outcome="model_error", took_ms=since(started), status=500, message=words)
            self._clock.sleep(EVERY)
        waited = f"its queue gave no answer in {LONGEST_WAIT:.0f} s"
        return Answer(outcome="unavailable", took_ms=since(started), status=0, message=waited)

    def _read(self, uri: str) -> tuple[bytes, str] | None:
        """Body and content type of the object at an S3 URI, once it is there."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            found = self._storage.get_object(Bucket=bucket, Key=key)
            return found["Body"].read(), found.get("ContentType", "")
        except ClientError as error:
            if code(error) in _NOT_THERE:
                return None
            raise


def _receipt(answer: Any) -> Receipt:
    return Receipt(answer=answer["OutputLocation"], failure=answer.get("FailureLocation", ""))
