"""A container of a multi-model endpoint: its life as a process, and the HTTP contract it answers.

The contract is SageMaker's (developer guide, mms-container-apis): POST /models, DELETE /models/{name} and
POST /models/{name}/invoke, with 507 for "not enough memory". Multi Model Server speaks it, and so does the stand-in.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import urllib3

CONNECT_SECONDS = 5.0
UNLOAD_SECONDS = 30.0


@dataclass(frozen=True)
class Launch:
    """What a container is started with."""

    instance: str
    folder: Path
    environment: Mapping[str, str]
    image: str


class Container(Protocol):
    """One container on one instance."""

    def start(self) -> int:
        """Start it, wait until it answers /ping, return its port; `ContainerFailed` when it does not."""

    def stop(self) -> None:
        """End its processes; returns when they are gone."""

    def memory_mb(self, model_name: str) -> float | None:
        """Megabytes this model holds in memory, or None when the container cannot tell."""


ContainerFactory = Callable[[Launch], Container]


class ContainerFailed(Exception):
    """The container did not come up; the message says why."""


class Unreachable(Exception):
    """The container's process is gone or does not answer."""


class TimedOut(Exception):
    """The container took longer than the caller may wait."""


@dataclass(frozen=True)
class Answer:
    """What a container answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class ContainerClient:
    """The platform's side of the contract, over kept connections."""

    def __init__(self, port: int) -> None:
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=64, retries=False)

    def load(self, model_name: str, folder: Path, timeout: float) -> Answer:
        """Load an unpacked artifact under this name; 409 when it is loaded, 507 when there is no memory for it."""
        body = json.dumps({"model_name": model_name, "url": str(folder)}).encode()
        return self._call("POST", "/models", timeout, body, {"Content-Type": "application/json"})

    def unload(self, model_name: str) -> Answer:
        """Unload; its memory is free when this returns."""
        return self._call("DELETE", f"/models/{model_name}", UNLOAD_SECONDS)

    def invoke(self, model_name: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """One prediction."""
        return self._call("POST", f"/models/{model_name}/invoke", timeout, body, headers)

    def close(self) -> None:
        """Close kept connections."""
        self._pool.close()

    def _call(
        self, method: str, path: str, timeout: float, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        limit = urllib3.Timeout(connect=CONNECT_SECONDS, read=max(timeout, 0.001))
        try:
            response = self._pool.urlopen(method, path, body=body, headers=headers, timeout=limit)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise TimedOut(str(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(str(error)) from error
        return Answer(response.status, response.data, dict(response.headers))
