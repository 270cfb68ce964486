"""Requests and responses as they travel: JSON 1.1 for the control plane, REST-JSON for the runtime."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from local.hosting.errors import ApiError, validation

Environ = Mapping[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True)
class Reply:
    """One HTTP response."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the WSGI call with it."""
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Length": str(len(self.body)), **self.headers}
        start_response(f"{self.status} {_phrase(self.status)}", list(headers.items()))
        return [self.body]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def json_reply(members: Mapping[str, Any]) -> Reply:
    """A control-plane answer; times are seconds since the epoch."""
    return Reply(200, json.dumps(members).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def control_error(error: ApiError) -> Reply:
    """An error of the control plane."""
    body = {"__type": error.code, "message": error.message, **error.members}
    return Reply(error.status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def runtime_error(error: ApiError) -> Reply:
    """An error of the runtime."""
    body = {"Message": error.message, **error.members}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return Reply(error.status, json.dumps(body).encode(), headers)


def read_body(environ: Environ) -> bytes:
    """The whole body of a request, or nothing when it has none."""
    length = environ.get("CONTENT_LENGTH") or 0
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def read_json(environ: Environ) -> dict[str, Any]:
    """The members of a control-plane request."""
    try:
        members = json.loads(read_body(environ) or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(members, dict):
        raise validation("The request is not a structure.")
    return members


def header(environ: Environ, name: str) -> str | None:
    """One header of a request by its HTTP name."""
    if name == "Content-Type":
        return environ.get("CONTENT_TYPE") or None
    return environ.get("HTTP_" + name.upper().replace("-", "_"))
