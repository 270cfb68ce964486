"""One execution environment: a process that handles one event at a time, kept warm between events."""

import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from local.functions.outcome import Outcome
from local.functions.runtime_api import Event, RuntimeApi
from local.functions.spec import Spec

INIT_SECONDS = 60  # AWS gives ten; a loaded laptop importing on two cores may need more


class Environment:
    """A running process of the runtime interface client for one function."""

    def __init__(self, spec: Spec, endpoint: str, runtime: Path, log: IO[str], said: Callable[[str], None]) -> None:
        self.spec = spec
        self.used_at = time.monotonic()
        self._log = log
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", spec.handler],
            env=spec.environment(endpoint, runtime) | {"AWS_LAMBDA_RUNTIME_API": self._api.address},
            cwd=spec.code,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(said,), daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether the process can still take an event."""
        return self._process.poll() is None

    def invoke(self, body: bytes) -> Outcome:
        """Hand over one event and wait for what comes of it, at most the function's timeout."""
        request_id = str(uuid.uuid4())
        taken = threading.Event()
        self._api.events.put(Event(request_id, body, self.spec.arn, self.spec.timeout, taken.set))
        if not self._api.asked.wait(INIT_SECONDS) and self.alive:
            return self._stopped(Outcome.timed_out(request_id, INIT_SECONDS))
        self._write(f"START RequestId: {request_id} Version: $LATEST")
        started = time.monotonic()
        outcome = self._outcome(request_id)
        self.used_at = time.monotonic()
        self._write(f"REPORT RequestId: {request_id}\tDuration: {(self.used_at - started) * 1000:.2f} ms")
        return outcome

    def close(self) -> None:
        """Stop the process; whatever it was doing is lost."""
        self._process.kill()
        self._process.wait()
        self._api.close()

    def _outcome(self, request_id: str) -> Outcome:
        try:
            outcome = self._api.outcomes.get(timeout=self.spec.timeout)
        except queue.Empty:
            return self._stopped(Outcome.timed_out(request_id, self.spec.timeout))
        return outcome if outcome.payload else Outcome.exited(request_id, self._process.wait())

    def _stopped(self, outcome: Outcome) -> Outcome:
        self.close()
        self._write(outcome.payload.decode())
        return outcome

    def _read(self, said: Callable[[str], None]) -> None:
        """Copy what the function prints; at its end, wake whoever waits for an outcome, which then never comes."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._write(line.rstrip("\n"))
            said(line)
        self._api.asked.set()
        self._api.outcomes.put(Outcome(b""))

    def _write(self, line: str) -> None:
        self._log.write(line + "\n")
        self._log.flush()
