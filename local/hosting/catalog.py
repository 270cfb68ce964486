"""Models and endpoint configs: what was created, as given. Names are unique whatever their case."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.hosting.errors import exists, missing


@dataclass
class Entry:
    """A created resource: the request's members, and when."""

    name: str
    arn: str
    params: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)

    @property
    def modified(self) -> float:
        """Models and configs never change."""
        return self.created


class Shelf[E: Entry]:
    """Resources of one kind; `what` is the word SageMaker uses for it in its sentences."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, E] = {}
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[E]:
        with self._lock:
            return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: E) -> None:
        """Keep a new one; refused when there is one of that name in any case."""
        with self._lock:
            if entry.name.lower() in self._entries:
                raise exists(self.what, entry.arn)
            self._entries[entry.name.lower()] = entry

    def get(self, name: str, arn: str) -> E:
        """The one of exactly this name; SageMaker's "could not find" when there is none."""
        with self._lock:
            entry = self._entries.get(name.lower())
        if entry is None or entry.name != name:
            raise missing(self.what, arn)
        return entry

    def remove(self, entry: E) -> None:
        """Forget it."""
        with self._lock:
            self._entries.pop(entry.name.lower(), None)
