"""One transform job as it is known: what was asked for, its state, and what became of each input file."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.hosting.catalog import Entry

KEPT_LINES = 1000


def nothing_to_end() -> None:
    """What halts a job that has no containers."""


@dataclass(eq=False)
class TransformJob(Entry):
    """`params` holds the members of the request, with SageMaker's defaults filled in."""

    status: str = "InProgress"
    failure: str = ""
    started: float | None = None
    """When its instances were up: TransformStartTime."""
    ended: float | None = None
    modified_at: float = field(default_factory=time.time)
    stop_asked: threading.Event = field(default_factory=threading.Event)
    halt: Callable[[], None] = nothing_to_end
    """Ends its containers, whatever is in flight."""
    written: list[str] = field(default_factory=list)
    """Keys of the output that was uploaded."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many `files`, `done` and `failed` ones, and `requests` to the container."""
    _log: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def modified(self) -> float:
        """When its state changed last."""
        return self.modified_at

    @property
    def instances(self) -> int:
        """InstanceCount."""
        count: int = self.params["TransformResources"]["InstanceCount"]
        return count

    def count(self, what: str, number: int = 1) -> None:
        """Count what happened."""
        with self._lock:
            self.counts[what] += number

    def say(self, line: str) -> None:
        """A line of the job's data log, in the form it has in CloudWatch."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        with self._lock:
            self._log.append(f"{stamp}:[sagemaker logs]: {line}")

    def log(self) -> list[str]:
        """The last lines of the data log."""
        with self._lock:
            return list(self._log)
