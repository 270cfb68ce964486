"""The one HTTP port: a threaded server that keeps connections open, and the choice of who answers a request."""

import io
import json
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local.regions.neighbours import Neighbours, signed_for
from local.regions.replication import PATH as REPLICAS
from local.serial import Serial

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_INVOKE = re.compile(r"^/2015-03-31/functions/[^/]+/invocations$")


class Front:
    """Hands a request to the knobs, another region, the SageMaker emulation, Lambda, or to moto under the lock."""

    def __init__(
        self,
        serial: Serial,
        knobs: Wsgi,
        invocations: Wsgi,
        hosting: Wsgi | None,
        neighbours: Neighbours | None = None,
        replicas: Wsgi | None = None,
    ) -> None:
        self._serial = serial
        self._neighbours, self._replicas = neighbours, replicas
        self._knobs, self._invocations, self._hosting = knobs, invocations, hosting
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path == "/_knobs" or path.startswith("/_knobs/"):
            return self._knobs(environ, start_response)
        if path == REPLICAS and self._replicas is not None:
            return self._replicas(environ, start_response)
        if self._neighbours and (said := self._neighbours.answer(environ, start_response)) is not None:
            return said
        _, service = signed_for(environ)
        if service == "sagemaker" and self._hosting is not None:
            return self._hosting(environ, start_response)
        if service == "lambda" and environ["REQUEST_METHOD"] == "POST" and _INVOKE.match(path):
            return self._invocations(environ, start_response)
        with self._serial:
            return list(self._moto(environ, start_response))


class Handler(MotoRequestHandler):
    """Requests of one connection, one after another; the body is read whole, so that the next request is found."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request and leave the connection open."""
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        _take_body(environ)
        answer: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            answer[:] = [status, headers]
            return answer.append

        try:
            body = b"".join(self.server.app(environ, start_response))
        except Exception as error:
            log.exception("%s %s could not be answered", self.command, self.path)
            body = _internal_failure(environ, error)
            answer[:] = ["500 Internal Server Error", [("Content-Type", "application/json")]]
        self._send(answer[0], answer[1], body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        bodyless = self.command == "HEAD" or int(code) in (204, 304)
        if "content-length" not in names and not bodyless:
            self.send_header("Content-Length", str(len(body)))
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        self.end_headers()
        if not bodyless:
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line per request would drown what matters."""


def _internal_failure(environ: Environ, error: Exception) -> bytes:
    """The error in the protocol of the request, so that its client shows what went wrong here."""
    message = f"{type(error).__name__}: {error}"
    if "json" in environ.get("CONTENT_TYPE", "") or "HTTP_X_AMZ_TARGET" in environ:
        return json.dumps({"__type": "InternalFailure", "message": message}).encode()
    text = f"<Error><Code>InternalFailure</Code><Message>{escape(message)}</Message></Error>"
    if environ.get("REQUEST_METHOD") == "POST" and signed_for(environ)[1] != "s3":
        text = f"<ErrorResponse>{text}</ErrorResponse>"
    return text.encode()


def _take_body(environ: Environ) -> None:
    """Replace the socket by the bytes of this request."""
    length = environ.get("CONTENT_LENGTH")
    if environ.get("wsgi.input_terminated"):
        body = io.BufferedReader(environ["wsgi.input"]).read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    else:
        body = environ["wsgi.input"].read(int(length)) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def serve(app: Wsgi, host: str, port: int) -> BaseWSGIServer:
    """Listen and answer on threads; the server's `port` says where.

    Raises:
        OSError: the port is taken.

    """
    listener = socket.create_server((host, port), backlog=128)
    server = make_server(host, port, app, threaded=True, request_handler=Handler, fd=os.dup(listener.fileno()))
    server.port = listener.getsockname()[1]
    listener.close()
    threading.Thread(target=server.serve_forever, name="front", daemon=True).start()
    return server
