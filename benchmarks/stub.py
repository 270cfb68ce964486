"""An InvokeEndpoint on loopback that answers at once, in a process of its own, and counts its connections.

`python -m benchmarks.stub` prints its port. `GET /counts` answers `{"connections": n, "peak": n}` and starts anew.
"""

import asyncio
import json
import sys

ANSWER = b"0.9"


class Counts:
    """Connections opened and most requests in flight since the last look."""

    def __init__(self) -> None:
        self.connections = self.peak = self.in_flight = 0


class Stub(asyncio.Protocol):
    """One connection. Requests carry Content-Length; `/slow` in the path makes the answer take 20 ms."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._held = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._counts.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer every whole request there is."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
            if len(self._held) < end + 4 + length:
                return
            self._held = self._held[end + 4 + length :]
            self._answer(head.split(b" ", 2)[1])

    def _answer(self, path: bytes) -> None:
        if path == b"/counts":
            self._counts.connections -= 1  # the one that asks
            self._send(json.dumps({"connections": self._counts.connections, "peak": self._counts.peak}).encode())
            self._counts.connections = self._counts.peak = 0
            return
        self._counts.in_flight += 1
        self._counts.peak = max(self._counts.peak, self._counts.in_flight)
        asyncio.get_running_loop().call_later(0.02 if b"slow" in path else 0, self._done)

    def _done(self) -> None:
        self._counts.in_flight -= 1
        self._send(ANSWER)

    def _send(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )


async def _serve() -> None:
    counts = Counts()
    server = await asyncio.get_running_loop().create_server(lambda: Stub(counts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # ends when the parent closes the pipe


if __name__ == "__main__":
    asyncio.run(_serve())
