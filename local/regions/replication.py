"""S3 replication between the drop buckets of the regions: asynchronous, in no order that anybody may rely on.

A copy keeps the key, the version id, the creation time and the metadata of its source (S3 user guide, replication).
Replicas are not replicated again, and neither is what lies outside the rules, was there before them, or is removed by
version id.
"""

import json
import logging
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from local.knobs import Json, only
from local.regions.neighbours import Neighbours

log = logging.getLogger(__name__)
PATH = "/_replicas"
TRY_AGAIN = 1.0


@dataclass(frozen=True)
class Copy:
    """One object version, or a delete marker, on its way to a bucket.

    `read` gives all that is told of it, and its body, when it is carried; `done` hears that it has arrived.
    """

    bucket: str
    read: Callable[[], tuple[Json, bytes]]
    done: Callable[[], None]


class Replication:
    """Carries copies to the other regions on a thread of its own. The knobs `replication`."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._waiting: deque[Copy] = deque()
        self._change = threading.Condition()
        self._on, self._seconds, self._closed = True, 0.2, False
        threading.Thread(target=self._run, name="replication", daemon=True).start()

    def take(self, copy: Copy) -> None:
        """Carry this, some time."""
        with self._change:
            self._waiting.append(copy)
            self._change.notify()

    def close(self) -> None:
        """Carry nothing more."""
        with self._change:
            self._closed = True
            self._change.notify()

    def read(self) -> Json:
        """What the knobs stand at."""
        return {"on": self._on, "seconds": self._seconds, "pending": len(self._waiting)}

    def write(self, changes: Json) -> Json:
        """Turn `on`, or `seconds`, which each copy takes."""
        only(changes, "on", "seconds")
        with self._change:
            self._on = bool(changes.get("on", self._on))
            self._seconds = float(changes.get("seconds", self._seconds))
            self._change.notify()
        return self.read()

    def act(self, path: str, _body: Json) -> Json:
        """There is nothing to do once."""
        raise ValueError(f"There is nothing to do at replication/{path}.")

    def _run(self) -> None:
        while (copy := self._next()) is not None:
            if self._carried(copy):
                copy.done()
            else:
                self._rest(TRY_AGAIN)
                self.take(copy)

    def _next(self) -> Copy | None:
        with self._change:
            self._change.wait_for(lambda: self._closed or (self._on and self._waiting))
            if self._closed:
                return None
            copy = self._waiting.popleft()
        self._rest(self._seconds)
        return copy

    def _rest(self, seconds: float) -> None:
        with self._change:
            self._change.wait_for(lambda: self._closed, timeout=seconds)

    def _carried(self, copy: Copy) -> bool:
        """Whether the region that has the bucket has taken it."""
        told, body = copy.read()
        headers = {"X-Replica": quote(json.dumps({**told, "bucket": copy.bucket}))}
        for endpoint in list(self._neighbours.endpoints.values()):
            request = urllib.request.Request(f"{endpoint}{PATH}", body, headers, method="PUT")
            try:
                with urllib.request.urlopen(request, timeout=60):
                    return True
            except (urllib.error.URLError, OSError) as error:
                log.debug("%s did not take %s: %s", endpoint, told["key"], error)
        return False
