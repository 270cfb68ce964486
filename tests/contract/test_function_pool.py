"""The processes that functions run in: however many callers wait for one, each has its turn."""

import threading
import time
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from local.functions import pool as pools
from local.functions.spec import Spec

CALLERS, FUNCTIONS, MOST = 60, 5, 2
GATE = threading.Event()
"""Until it is set, every event takes as long as it takes for all callers to come."""


class Named(NamedTuple):
    """All that the pool asks of a spec."""

    name: str
    reserved: int | None = None


class Standing:
    """An environment without a process."""

    def __init__(self, spec: Spec, *_: Any) -> None:
        self.spec, self.alive, self.used_at = spec, True, time.monotonic()

    def invoke(self, body: bytes) -> bytes:
        GATE.wait(timeout=60)
        return body

    def close(self) -> None:
        self.alive = False


def test_more_callers_than_processes_all_have_their_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pools, "Environment", Standing)
    pool = pools.Pool("", tmp_path, tmp_path, lambda *_: None, lambda *_: None)
    pool.most = MOST
    done: list[int] = []

    def call(one: int) -> None:
        pool.invoke(cast(Spec, Named(f"function-{one % FUNCTIONS}")), b"")
        done.append(one)

    callers = [threading.Thread(target=call, args=(one,), daemon=True) for one in range(CALLERS)]
    for caller in callers:
        caller.start()
    while sum(pool.live().values()) < CALLERS:
        threading.Event().wait(0.01)
    GATE.set()
    for caller in callers:
        caller.join(timeout=60)
        assert not caller.is_alive(), f"{len(done)} of {CALLERS} had their turn"
    pool.close()
    assert len(done) == CALLERS
