"""Functions that run beside each other, one call of a port at a time, in an order that somebody chooses.

Each runs in a thread of its own, but never two at once: whoever is resumed goes on to its next call, and stops there.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

from tests.flows.faults import Aborted, Died, Killed


class Actor:
    """One invocation under way. `speed` is how readily it is chosen; `dies_at` counts its calls."""

    def __init__(self, do: Callable[[], Any], *, speed: float = 1.0, dies_at: int = 0) -> None:
        self.speed, self.dies_at, self.calls = speed, dies_at, 0
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = self.loses = self.lost = self.doomed = False
        self._do, self._mine, self._theirs = do, Lock(), Lock()
        self._mine.acquire()
        self._theirs.acquire()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def settled(self) -> bool:
        """Whoever called it has its answer, or has given it up for lost."""
        return self.done or self.lost

    @property
    def aborted(self) -> bool:
        return isinstance(self.error, Aborted)

    def resume(self) -> None:
        """Let it go on to its next call, or to its end."""
        self._mine.release()
        self._theirs.acquire()

    def pause(self) -> None:
        """Stop, in its own thread, until somebody resumes it."""
        self._theirs.release()
        self._mine.acquire()
        self.calls += 1
        if self.doomed:
            raise Killed("the play is over")

    def lose(self) -> None:
        """Its caller hears no answer, and does not know that it runs on."""
        self.lost = True

    def end(self) -> None:
        """Whatever it was doing, it is dead now."""
        self.doomed = True
        while not self.done:
            self.resume()
        self._thread.join()

    def outcome(self) -> Any:
        """What its caller gets: the answer, or an exception."""
        if not self.done:
            raise LOST
        if isinstance(self.error, Killed):
            raise Died(str(self.error)) from self.error
        if self.error is not None:
            raise self.error
        return self.answer

    def _run(self) -> None:
        self._mine.acquire()
        try:
            self.answer = self._do()
        except BaseException as error:
            self.error = error
        self.done = True
        self._theirs.release()


LOST = type("Lambda.SdkClientException", (Exception,), {})("the connection was lost while the function ran on")
"""What Step Functions raises while the function may well be running on."""
