"""Steady traffic against one model through the client library, and what its answers tell about a swap."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from tenantry_client import Tenantry

SAMPLE = b"0.1,0.2,0.3,0.4"
STALENESS = timedelta(seconds=5)
"""The client library's default: how old a cached route may be."""


class Reply(NamedTuple):
    """One request: when it was sent and answered, which training answered, or the error."""

    sent: datetime
    answered: datetime
    trained_as: str
    error: str

    @property
    def took(self) -> float:
        """Seconds."""
        return (self.answered - self.sent).total_seconds()


class Traffic:
    """Sends `rate` requests a second from threads until the `with` block ends."""

    def __init__(self, client: Tenantry, model: str, rate: int = 20) -> None:
        self.replies: list[Reply] = []
        self._client = client
        self._model = model
        self._pause = 1 / rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def seen(self, trained_as: str) -> bool:
        """Whether any answer came from this training."""
        return any(reply.trained_as == trained_as for reply in tuple(self.replies))

    def moved_on(self, to: str) -> bool:
        """Whether the last 40 answers all came from this training."""
        recent = tuple(self.replies)[-40:]
        return len(recent) == 40 and all(reply.trained_as == to for reply in recent)

    def _run(self) -> None:
        due = time.monotonic()
        with ThreadPoolExecutor(max_workers=16) as pool:
            while not self._stop.is_set():
                pool.submit(self._one)
                due += self._pause
                self._stop.wait(max(0.0, due - time.monotonic()))

    def _one(self) -> None:
        sent = datetime.now(UTC)
        try:
            answer = self._client.invoke(self._model, SAMPLE, content_type="text/csv")
            trained_as, error = json.loads(answer.body)["trained_as"], ""
        except Exception as failure:  # every failure counts against the promise, whatever it is
            trained_as, error = "", f"{type(failure).__name__}: {failure}"
        self.replies.append(Reply(sent, datetime.now(UTC), trained_as, error))


class SwapEvidence(NamedTuple):
    """What the traffic shows of one swap from `old` to `new` that was committed at `commit`."""

    requests: int
    failed: list[str]
    new_too_early: int
    old_too_late: int
    slowest: float
    median: float


def judge_swap(replies: list[Reply], old: str, new: str, commit: datetime, staleness: timedelta) -> SwapEvidence:
    """Count what must not happen: a failure, the new one before the commit, the old one after staleness plus a call."""
    late = commit + staleness
    times = sorted(reply.took for reply in replies) or [0.0]
    return SwapEvidence(
        requests=len(replies),
        failed=[reply.error for reply in replies if reply.error],
        new_too_early=sum(reply.trained_as == new and reply.answered < commit for reply in replies),
        old_too_late=sum(reply.trained_as == old and reply.sent > late for reply in replies),
        slowest=times[-1],
        median=times[len(times) // 2],
    )


class Shares(NamedTuple):
    """Of the calls that were answered while a canary was on trial, how many it answered; every failure there was."""

    of: int
    calls: int
    failed: list[str]

    @property
    def percent(self) -> float:
        """0 without any call."""
        return 100 * self.of / max(1, self.calls)


def shares(replies: list[Reply], canary: str, over: datetime) -> Shares:
    """From the canary's first answer until its trial was over."""
    began = min((reply.answered for reply in replies if reply.trained_as == canary), default=over)
    during = [reply for reply in replies if began <= reply.answered < over]
    return Shares(
        of=sum(reply.trained_as == canary for reply in during),
        calls=len(during),
        failed=[reply.error for reply in replies if reply.error],
    )
