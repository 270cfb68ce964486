"""InvokeEndpointAsync as it comes in, and the request that waits in the queue of its endpoint."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from local.hosting import rules
from local.hosting.errors import ApiError, not_valid
from local.hosting.volume import Origin
from local.hosting.wire import Environ, header, read_body

PATH = re.compile(r"/endpoints/(?P<name>[^/]+)/async-invocations")

MEMBERS = {
    "ContentType": "X-Amzn-SageMaker-Content-Type",
    "Accept": "X-Amzn-SageMaker-Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
    "InputLocation": "X-Amzn-SageMaker-InputLocation",
    "S3OutputPathExtension": "X-Amzn-SageMaker-S3OutputPathExtension",
    "Filename": "X-Amzn-SageMaker-Filename",
    "RequestTTLSeconds": "X-Amzn-SageMaker-RequestTTLSeconds",
    "InvocationTimeoutSeconds": "X-Amzn-SageMaker-InvocationTimeoutSeconds",
}
"""Request members and the headers they travel in."""
PASSED_ON = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}
"""Members that the container is told, and in which headers."""
TTL_SECONDS = 21_600
TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class AsyncInvocation:
    """One call; `members` are those given."""

    endpoint: str
    members: Mapping[str, Any]
    body: bytes

    def check(self) -> None:
        """`ValidationError` for what does not fit the shape, or has not exactly one input."""
        body = {"Body": self.body} if self.body else {}
        try:
            params = {"EndpointName": self.endpoint, **self.members, **body}
            rules.check_shape("sagemaker-runtime", "InvokeEndpointAsync", params)
        except ApiError as error:
            raise not_valid(error.message) from error
        if bool(self.body) == ("InputLocation" in self.members):
            raise not_valid("Exactly one of InputLocation and Body must be provided.")
        if not self.members.get("InputLocation", "s3://").startswith("s3://"):
            raise not_valid(f"InputLocation {self.members['InputLocation']} is not supported: use s3://bucket/key.")


def parse(environ: Environ) -> AsyncInvocation | None:
    """The asynchronous invocation that this request is, or None when it is another one."""
    match = PATH.fullmatch(environ.get("PATH_INFO", ""))
    if match is None or environ["REQUEST_METHOD"] != "POST":
        return None
    found = {name: header(environ, http_name) for name, http_name in MEMBERS.items()}
    members = {name: _typed(name, value) for name, value in found.items() if value is not None}
    return AsyncInvocation(unquote(match["name"]), members, read_body(environ))


@dataclass(eq=False)
class AsyncRequest:
    """One request in the queue, with where its answer or its error goes; no path, no place."""

    invocation: AsyncInvocation
    output: Origin | None
    failure: Origin | None
    inference_id: str
    received: float = field(default_factory=time.time)
    tries: int = 0

    @property
    def input_location(self) -> str | None:
        """InputLocation, unless the input came with the call."""
        location: str | None = self.invocation.members.get("InputLocation")
        return location

    @property
    def headers(self) -> dict[str, str]:
        """What the container is told."""
        told = {**self.invocation.members, "InferenceId": self.inference_id}
        return {http_name: told[name] for name, http_name in PASSED_ON.items() if name in told}

    @property
    def ttl_seconds(self) -> int:
        """How long it may wait."""
        seconds: int = self.invocation.members.get("RequestTTLSeconds", TTL_SECONDS)
        return seconds

    @property
    def timeout_seconds(self) -> int:
        """How long the container may take."""
        seconds: int = self.invocation.members.get("InvocationTimeoutSeconds", TIMEOUT_SECONDS)
        return seconds

    def age(self) -> float:
        """Seconds since it was received."""
        return time.time() - self.received


def queued(invocation: AsyncInvocation, output: Mapping[str, Any]) -> AsyncRequest:
    """The request of a call; `output` is the endpoint's AsyncInferenceOutputConfig.

    SageMaker's own file names are a UUID with `.out`, and with `-error.out` for a failure.
    """
    members, name = invocation.members, str(uuid.uuid4())
    extension = members.get("S3OutputPathExtension", "").strip("/")
    places = {
        member: _under(output.get(member), extension, members.get("Filename", name + ending))
        for member, ending in (("S3OutputPath", ".out"), ("S3FailurePath", "-error.out"))
    }
    inference_id = members.get("InferenceId", str(uuid.uuid4()))
    return AsyncRequest(invocation, places["S3OutputPath"], places["S3FailurePath"], inference_id)


def place_of(url: str) -> Origin:
    """Bucket and key of an `s3://` URI."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return Origin(bucket, key)


def uri_of(place: Origin) -> str:
    """The other way."""
    return f"s3://{place.bucket}/{place.key}"


def _under(path: str | None, extension: str, filename: str) -> Origin | None:
    if not path:
        return None
    return place_of("/".join(part for part in (path.rstrip("/"), extension, filename) if part))


def _typed(name: str, value: str) -> str | int:
    return int(value) if name.endswith("Seconds") and value.isdecimal() else value
