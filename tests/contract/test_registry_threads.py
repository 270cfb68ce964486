"""The twin is linearizable: under threads no acknowledged write is lost, and no half of a commit is ever seen."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from tenantry.adapters.memory.registry import MemoryRegistry
from tenantry.domain.errors import Conflict
from tenantry.domain.notices import StrayRow
from tenantry.ports import Delete, Put

THREADS, TIMES = 8, 40
WINDOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = StrayRow(window=WINDOW, due=WINDOW, count=0, keys=()).key


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    """Threads change every few bytecodes, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def counter(minute: int = 0, count: int = 0) -> StrayRow:
    return StrayRow(window=WINDOW.replace(minute=minute), due=WINDOW, count=count, keys=())


def together(registry: MemoryRegistry, act: object) -> None:
    """Run `act(registry)` in eight threads that start at once; what one raises is raised here."""
    barrier = Barrier(THREADS)

    def one(_: int) -> None:
        barrier.wait()
        act(registry)  # type: ignore[operator]

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))


def test_no_acknowledged_increment_is_lost() -> None:
    registry = MemoryRegistry()
    registry.commit(Put(row=counter()))
    conflicts: list[Conflict] = []

    def increment(registry: MemoryRegistry) -> None:
        done = 0
        while done < TIMES:
            row = registry.get(StrayRow, KEY)
            assert row is not None
            try:
                registry.commit(Put(row=row.but(count=row.count + 1)))
            except Conflict as conflict:
                conflicts.append(conflict)
            else:
                done += 1

    together(registry, increment)
    found = registry.get(StrayRow, KEY)
    assert found is not None
    assert found.count == THREADS * TIMES
    assert found.revision == THREADS * TIMES + 1


def test_only_one_of_many_creates_a_row() -> None:
    registry, winners = MemoryRegistry(), []

    def create(registry: MemoryRegistry) -> None:
        for minute in range(TIMES):
            try:
                registry.commit(Put(row=counter(minute)))
            except Conflict:
                continue
            winners.append(minute)

    together(registry, create)
    assert sorted(winners) == list(range(TIMES))


def test_transfers_between_rows_keep_their_sum() -> None:
    registry = MemoryRegistry()
    registry.commit(Put(row=counter(0, 1000)), Put(row=counter(15, 1000)))
    sums: set[int] = set()

    def transfer(registry: MemoryRegistry) -> None:
        done = 0
        while done < TIMES:
            giver, taker = registry.rows(StrayRow, "OPERATOR", "STRAY#")
            sums.add(giver.count + taker.count)
            try:
                registry.commit(Put(row=giver.but(count=giver.count - 1)), Put(row=taker.but(count=taker.count + 1)))
            except Conflict:
                continue
            done += 1

    together(registry, transfer)
    giver, taker = registry.rows(StrayRow, "OPERATOR", "STRAY#")
    assert (giver.count, taker.count) == (1000 - THREADS * TIMES, 1000 + THREADS * TIMES)
    assert sums == {2000}


def test_a_row_taken_by_one_is_gone_for_all() -> None:
    registry, taken = MemoryRegistry(), []
    for minute in range(TIMES):
        registry.commit(Put(row=counter(minute)))

    def take(registry: MemoryRegistry) -> None:
        for row in registry.rows(StrayRow, "OPERATOR", "STRAY#"):
            try:
                registry.commit(Delete(row=row))
            except Conflict:
                continue
            taken.append(row.window.minute)

    together(registry, take)
    assert sorted(taken) == list(range(TIMES))
    assert registry.rows(StrayRow, "OPERATOR", "STRAY#") == []
