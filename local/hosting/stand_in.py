"""A light stand-in for a model server: the same HTTP contract in a thread, for tests and for thousands of models.

A model is a folder with `model.json`:
    answer          what an invocation answers (text)
    by_line         every line of the request is answered with a line of its own: `answer` and then the line
    refuses         a request that contains this text is answered with a 400
    mb              what it takes in memory; more than `room_mb` in all is a 507
    load_seconds, invoke_seconds
    load_error      POST /models answers 500 with these words
    invoke_error    invocations answer `[status, words]`
"""

import json
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.hosting.container import Launch

Model = dict[str, Any]


class StandIn:
    """One container. `room_mb` is what its own memory holds, whatever the instance's knob says."""

    def __init__(self, launch: Launch, room_mb: float = 1e9) -> None:
        self._launch = launch
        self._room_mb = room_mb
        self._models: dict[str, Model] = {}
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def start(self) -> int:
        """Listen on a free port."""
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self._server.server_port

    def stop(self) -> None:
        """Stop listening, and cut what is open, as a dying process does."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()

    def memory_mb(self, model_name: str) -> float | None:
        """What the model's `model.json` says."""
        return float(self._models.get(model_name, {}).get("mb", 1.0))

    def load(self, name: str, folder: str) -> tuple[int, str]:
        """POST /models."""
        model = json.loads((Path(folder) / "model.json").read_text())
        time.sleep(model.get("load_seconds", 0))
        if "load_error" in model:
            return 500, model["load_error"]
        with self._lock:
            if name in self._models:
                return 409, f"{name} is loaded already"
            if sum(each.get("mb", 1.0) for each in self._models.values()) + model.get("mb", 1.0) > self._room_mb:
                return 507, "insufficient memory"
            self._models[name] = model
        return 200, "loaded"

    def unload(self, name: str) -> tuple[int, str]:
        """DELETE /models/{name}."""
        with self._lock:
            return (200, "unloaded") if self._models.pop(name, None) else (404, f"{name} is not loaded")

    def invoke(self, name: str) -> tuple[int, str]:
        """POST /models/{name}/invoke."""
        model = self._models.get(name)
        if model is None:
            return 404, json.dumps({"type": "ModelNotFoundException"})
        time.sleep(model.get("invoke_seconds", 0))
        if "invoke_error" in model:
            status, words = model["invoke_error"]
            return status, words
        return 200, str(model.get("answer", ""))

    def respond(self, name: str, body: str) -> tuple[int, str]:
        """The same, for a model that looks at the request."""
        status, text = self.invoke(name)
        model = self._models.get(name, {})
        if status == 200 and "refuses" in model and model["refuses"] in body:
            return 400, f"There is {model['refuses']!r} in the request."
        if status == 200 and model.get("by_line"):
            return 200, "".join(f"{text}{line}\n" for line in body.splitlines())
        return status, text

    def names(self) -> list[str]:
        """GET /models."""
        return list(self._models)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._open: list[socket.socket] = []
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A new connection, remembered."""
        connection, address = super().get_request()
        self._open.append(connection)
        return connection, address

    def cut(self) -> None:
        """End every connection."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A connection that was cut is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, container: StandIn, *args: Any) -> None:
        self._container = container
        super().__init__(*args)

    def do_GET(self) -> None:
        """/ping and /models."""
        self._answer(200, json.dumps({"models": [{"modelName": name} for name in self._container.names()]}))

    def do_POST(self) -> None:
        """/models and /models/{name}/invoke."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/models":
            asked = json.loads(body)
            self._answer(*self._container.load(asked["model_name"], asked["url"]))
        else:
            self._answer(*self._container.respond(self.path.split("/")[2], body.decode(errors="replace")))

    def do_DELETE(self) -> None:
        """/models/{name}."""
        self._answer(*self._container.unload(self.path.split("/")[2]))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
