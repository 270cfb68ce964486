"""The queue of one asynchronous endpoint: requests that wait, oldest first, and those in flight."""

import threading
from collections import deque

from local.hosting.asynchronous.requests import AsyncRequest


class Backlog:
    """Usable from any thread; what is in it is lost with the process, and with its endpoint."""

    def __init__(self) -> None:
        self._waiting: deque[AsyncRequest] = deque()
        self._in_flight: set[AsyncRequest] = set()
        self._changed = threading.Condition()

    def add(self, request: AsyncRequest) -> None:
        """At the end."""
        with self._changed:
            self._waiting.append(request)
            self._changed.notify_all()

    def take(self, most: int) -> AsyncRequest | None:
        """The oldest one, now in flight; None when there is none or `most` are in flight."""
        with self._changed:
            if not self._waiting or len(self._in_flight) >= most:
                return None
            request = self._waiting.popleft()
            self._in_flight.add(request)
            return request

    def take_expired(self, pace: float) -> list[AsyncRequest]:
        """Those that waited for longer than they may, now out of the queue."""
        with self._changed:
            gone = [request for request in self._waiting if request.age() > request.ttl_seconds * pace]
            for request in gone:
                self._waiting.remove(request)
            return gone

    def put_back(self, request: AsyncRequest) -> None:
        """Its instance went away: it is the next one again."""
        with self._changed:
            self._in_flight.discard(request)
            self._waiting.appendleft(request)
            self._changed.notify_all()

    def done(self, request: AsyncRequest) -> None:
        """It has its answer or its error."""
        with self._changed:
            self._in_flight.discard(request)
            self._changed.notify_all()

    def waiting(self) -> int:
        """How many wait."""
        with self._changed:
            return len(self._waiting)

    def size(self) -> int:
        """How many wait or are in flight: what SageMaker calls the backlog."""
        with self._changed:
            return len(self._waiting) + len(self._in_flight)

    def oldest_age(self) -> float:
        """Seconds since the oldest of them was received; 0 without any."""
        with self._changed:
            return max((request.age() for request in (*self._waiting, *self._in_flight)), default=0.0)

    def wake(self) -> None:
        """Whoever waits looks again."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Until something changes or the time is up."""
        with self._changed:
            self._changed.wait(seconds)
