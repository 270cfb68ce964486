"""Lambda's runtime API for one execution environment: the process asks for the next event and posts what came of it.

Every environment has a port of its own, as on AWS, because the client names no environment in its requests.
"""

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from local.functions.outcome import Outcome

_NEXT = "/2018-06-01/runtime/invocation/next"
_INIT_ERROR = "/2018-06-01/runtime/init/error"


@dataclass(frozen=True)
class Event:
    """One event on its way into the environment."""

    request_id: str
    body: bytes
    arn: str
    timeout: int  # seconds
    taken: Callable[[], None]  # called when the process has it: the function's timeout starts then


class RuntimeApi:
    """Listens on a free port of the loopback interface until closed."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self.asked = threading.Event()  # set once the process has asked for its first event
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, name=f"runtime-api-{self.address}", daemon=True).start()

    def close(self) -> None:
        """Stop listening and let a waiting process go."""
        self.events.put(None)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: object) -> None:
        with connection, contextlib.suppress(ConnectionError):
            _Requests(self, connection, address)


class _Requests(BaseHTTPRequestHandler):
    """One connection of the runtime client."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def __init__(self, api: RuntimeApi, connection: socket.socket, address: object) -> None:
        self.api = api
        super().__init__(connection, address, None)  # type: ignore[arg-type]  # no server object is needed

    def do_GET(self) -> None:
        """`next`: blocks until there is an event."""
        if self.path != _NEXT:
            self._answer(404)
            return
        self.api.asked.set()
        event = self.api.events.get()
        if event is None:
            self.close_connection = True
            return
        event.taken()
        self._answer(200, event.body, _headers(event))

    def do_POST(self) -> None:
        """`response`, `error` and `init/error`: the end of an invocation."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(202, b'{"status":"OK"}')
        if self.path == _INIT_ERROR or self.path.endswith("/error"):
            self.api.outcomes.put(Outcome(body or json.dumps({"errorType": "Unknown"}).encode(), "Unhandled"))
        else:
            self.api.outcomes.put(Outcome.returned(body))

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _headers(event: Event) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + event.timeout) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": event.arn,
        "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{event.request_id.replace('-', '')[:24]}",
    }
