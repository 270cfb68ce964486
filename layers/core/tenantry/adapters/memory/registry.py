"""The registry in memory: linearizable, since every operation holds one lock from beginning to end."""

import json
from collections import defaultdict
from datetime import datetime
from threading import RLock
from typing import Any

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.adapters.stored import attributes, checked, compared, moment, row_of
from tenantry.domain.base import Row
from tenantry.domain.errors import Conflict
from tenantry.ports import Delete, Only, Put, Write

Place = tuple[str, str, str]
"""Table, partition key, sort key."""


class MemoryRegistry:
    """The `Registry` port. Rows are kept as JSON, so nothing is shared with who wrote or read them."""

    def __init__(self) -> None:
        warn_inside_lambda(self)
        self.faults = Faults()
        self._lock = RLock()
        self._partitions: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._work: dict[Place, tuple[str, str]] = {}

    def get[R: Row](self, kind: type[R], key: tuple[str, str]) -> R | None:
        if not all(key):
            raise ValueError(f"DynamoDB refuses an empty part of a key: {key}")
        with self._lock, self.faults.around("get"):
            stored = self._stored((kind.table, *key))
        return row_of(kind, stored) if stored else None

    def rows[R: Row](self, kind: type[R], partition: str, prefix: str = "") -> list[R]:
        with self._lock, self.faults.around("rows"):
            found = sorted(self._partitions[kind.table, partition].items())
        return [row_of(kind, json.loads(text)) for key, text in found if key.startswith(prefix)]

    def due[R: Row](self, kind: type[R], work: str, before: datetime, limit: int = 500) -> list[R]:
        end = moment(before)
        with self._lock, self.faults.around("due"):
            waiting = sorted((at, place) for place, (name, at) in self._work.items() if name == work and at < end)
            found = [self._stored(place) for _, place in waiting[:limit]]
        return [row_of(kind, stored) for stored in found if stored]

    def commit(self, *writes: Write) -> None:
        checked(writes)
        with self._lock, self.faults.around("commit"):
            refused = [write.row.key for write in writes if not self._holds(write)]
            if refused:
                raise Conflict(*refused)
            for write in writes:
                self._apply(write)

    def _holds(self, write: Write) -> bool:
        stored = self._stored(_place(write.row)) or {}
        return stored.get("revision", 0) == write.row.revision and all(_meets(stored, only) for only in write.only)

    def _apply(self, write: Write) -> None:
        table, partition, sort = place = _place(write.row)
        if isinstance(write, Put | Delete):
            self._work.pop(place, None)
            self._partitions[table, partition].pop(sort, None)
        if isinstance(write, Put):
            stored = attributes(write.row)
            self._partitions[table, partition][sort] = json.dumps(stored)
            if "work" in stored:
                self._work[place] = stored["work"], stored["work_at"]

    def _stored(self, place: Place) -> dict[str, Any] | None:
        table, partition, sort = place
        text = self._partitions[table, partition].get(sort)
        return json.loads(text) if text else None


def _place(row: Row) -> Place:
    return (row.table, *row.key)


def _meets(stored: dict[str, Any], only: Only) -> bool:
    there, wanted = stored.get(only.field), compared(only.value)
    if not isinstance(there, str):
        return False
    return there == wanted if only.test == "is" else there.encode() < wanted.encode()
