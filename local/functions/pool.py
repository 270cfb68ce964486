"""Which environment takes an event: a warm one of the same function, else a new one, within a cap for the machine."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from local.functions.environment import Environment
from local.functions.outcome import Outcome
from local.functions.spec import Spec


class TooManyRequests(Exception):
    """All the concurrency reserved for the function is in use."""


class Pool:
    """The live environments. Idle ones go after `idle_seconds`, or at once when room is needed under `most`."""

    def __init__(
        self,
        endpoint: str,
        runtime: Path,
        logs: Path,
        said: Callable[[Spec, str], None],
        ended: Callable[[Spec, Outcome], None],
    ) -> None:
        self.most = 24  # live processes; about 50 MB each
        self.idle_seconds = 240.0
        self._endpoint, self._runtime, self._logs, self._said, self._ended = endpoint, runtime, logs, said, ended
        self._change = threading.Condition()
        self._idle: list[Environment] = []  # longest idle first
        self._busy: dict[str, int] = {}  # callers, those who wait for a process among them
        self._running = 0
        self._files: dict[str, IO[str]] = {}
        self._ending = threading.Event()
        threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def invoke(self, spec: Spec, body: bytes) -> Outcome:
        """Run one event to its end.

        Raises:
            TooManyRequests: as many events of the function run as its reserved concurrency allows.

        """
        environment = self._acquire(spec)
        try:
            outcome = environment.invoke(body)
        finally:
            self._release(environment)
        self._ended(spec, outcome)
        return outcome

    def live(self) -> dict[str, int]:
        """How many environments each function has, idle and busy."""
        with self._change:
            counts = dict(self._busy)
            for environment in self._idle:
                counts[environment.spec.name] = counts.get(environment.spec.name, 0) + 1
            return {name: count for name, count in sorted(counts.items()) if count}

    def close(self) -> None:
        """Stop every idle environment and start no more; busy ones die with the server process."""
        with self._change:
            self._ending.set()
            idle, self._idle = self._idle, []
            self._change.notify_all()
        for environment in idle:
            environment.close()

    def _acquire(self, spec: Spec) -> Environment:
        with self._change:
            if spec.reserved is not None and self._busy.get(spec.name, 0) >= spec.reserved:
                raise TooManyRequests(spec.name)
            self._busy[spec.name] = self._busy.get(spec.name, 0) + 1
            warm = self._warm(spec)
            while warm is None and self._running + len(self._idle) >= self.most:
                if self._idle:
                    self._idle.pop(0).close()
                else:
                    self._change.wait()
                    warm = self._warm(spec)
            self._running += 1
        try:
            return warm or self._start(spec)
        except BaseException:
            self._forget(spec)
            raise

    def _warm(self, spec: Spec) -> Environment | None:
        """The environment of this spec used last; those of an older spec or with a dead process are dropped."""
        mine = [environment for environment in self._idle if environment.spec.name == spec.name]
        for environment in reversed(mine):
            self._idle.remove(environment)
            if environment.alive and environment.spec == spec:
                return environment
            environment.close()
        return None

    def _start(self, spec: Spec) -> Environment:
        return Environment(
            spec, self._endpoint, self._runtime, self._log(spec.name), lambda line: self._said(spec, line)
        )

    def _log(self, name: str) -> IO[str]:
        with self._change:
            if name not in self._files:
                self._logs.mkdir(parents=True, exist_ok=True)
                self._files[name] = (self._logs / f"{name}.log").open("a")
            return self._files[name]

    def _release(self, environment: Environment) -> None:
        self._forget(environment.spec)
        with self._change:
            keep = environment.alive and not self._ending.is_set()
            if keep:
                self._idle.append(environment)
        if not keep:
            environment.close()

    def _forget(self, spec: Spec) -> None:
        with self._change:
            self._busy[spec.name] -= 1
            self._running -= 1
            self._change.notify_all()

    def _reap(self) -> None:
        while not self._ending.wait(timeout=max(1.0, self.idle_seconds / 4)):
            with self._change:
                old = time.monotonic() - self.idle_seconds
                gone = [environment for environment in self._idle if environment.used_at < old]
                self._idle = [environment for environment in self._idle if environment not in gone]
            for environment in gone:
                environment.close()
