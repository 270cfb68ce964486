"""Lambda's Invoke over HTTP. It runs outside the lock: the function calls back while it is waited for."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.exceptions import UnknownFunctionException

from local.context import Context
from local.functions.invoker import PayloadTooLarge
from local.functions.pool import TooManyRequests


class Invocations:
    """A WSGI application for `POST /2015-03-31/functions/{name}/invocations`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Run the function, or leave the event with it."""
        name = unquote(environ["PATH_INFO"].split("/")[3])
        if qualifier := parse_qs(environ.get("QUERY_STRING", "")).get("Qualifier"):
            name = f"{name}:{qualifier[0]}"
        try:
            status, headers, payload = self._answer(name, environ)
        except PayloadTooLarge as error:
            status, headers, payload = _refusal(413, "RequestTooLargeException", str(error))
        except TooManyRequests:
            status, headers, payload = _refusal(429, "TooManyRequestsException", "Rate Exceeded.")
        except UnknownFunctionException:
            status, headers, payload = _refusal(404, "ResourceNotFoundException", f"Function not found: {name}")
        start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [payload]

    def _answer(self, name: str, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        body = environ["wsgi.input"].read()
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if kind == "DryRun":
            return 204, {}, b""
        if kind == "Event":
            self._context.functions.leave(name, body or b"{}")
            return 202, {}, b""
        outcome = self._context.functions.invoke(name, body)
        headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
        return 200, headers | ({"X-Amz-Function-Error": outcome.error} if outcome.error else {}), outcome.payload


def _refusal(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
    return status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, body
