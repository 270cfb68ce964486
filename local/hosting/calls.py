"""Calls to one instance's container, with what goes wrong turned into what the caller of the endpoint gets."""

import threading
from collections.abc import Mapping
from pathlib import Path

from local.hosting.container import Answer, ContainerClient, TimedOut, Unreachable
from local.hosting.errors import ApiError, internal_failure, model_error

_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {}. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


class ContainerCalls:
    """Usable from `connect` until `close`; before and after, every call is an InternalFailure."""

    def __init__(self, log_stream: str, container: str) -> None:
        self._log_stream = log_stream
        self._container = container
        self._client: ContainerClient | None = None
        self.closed = threading.Event()

    def connect(self, port: int) -> None:
        """The container listens there."""
        self._client = ContainerClient(port)

    def close(self) -> None:
        """The container goes away."""
        self.closed.set()
        if self._client:
            self._client.close()

    def load(self, model_name: str, folder: Path, timeout: float) -> Answer:
        """POST /models."""
        try:
            return self._open().load(model_name, folder, timeout)
        except TimedOut as error:
            raise self.error(Answer(0, b"The model did not load in time.")) from error
        except Unreachable as error:
            raise internal_failure() from error

    def unload(self, model_name: str) -> None:
        """DELETE /models/{name}; whatever comes of it, the platform goes on without the model."""
        try:
            self._open().unload(model_name)
        except (TimedOut, Unreachable):
            return

    def invoke(self, model_name: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """POST /models/{name}/invoke."""
        try:
            return self._open().invoke(model_name, body, headers, timeout)
        except TimedOut as error:
            raise self.error(Answer(0, _TIMED_OUT.format(self._container).encode())) from error
        except Unreachable as error:
            raise internal_failure() from error

    def error(self, answer: Answer) -> ApiError:
        """The container's error as the caller sees it."""
        return model_error(answer.status, answer.text, self._log_stream, self._container)

    def _open(self) -> ContainerClient:
        if self._client is None or self.closed.is_set():
            raise Unreachable("the instance is gone")
        return self._client
