"""The memory of one instance: which targets are in it, what each takes, who goes first."""

import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(eq=False)
class Copy:
    """A target in the memory of one instance, or on its way there."""

    target: str
    model_name: str
    """The name the container knows it by: opaque, new for every load."""
    ready: Future[None] = field(default_factory=Future)
    in_flight: int = 0
    used_at: float = field(default_factory=time.monotonic)
    mb: float = 0.0
    """Megabytes it takes; while it loads, what it is expected to take."""

    @property
    def loaded(self) -> bool:
        """In memory and answering."""
        return self.ready.done() and self.ready.exception() is None

    def resolve(self, error: Exception | None) -> None:
        """Tell those who wait that it is ready, or why it will not be; the first word counts."""
        with suppress(InvalidStateError):
            if error is None:
                self.ready.set_result(None)
            else:
                self.ready.set_exception(error)

    @property
    def idle(self) -> bool:
        """Could be unloaded now."""
        return self.loaded and self.in_flight == 0


@dataclass
class Memory:
    """Copies by target. Hold `changed` while looking and acting on what was seen."""

    copies: dict[str, Copy] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def used(self) -> float:
        """Megabytes taken or promised."""
        with self.changed:
            return sum(copy.mb for copy in self.copies.values())

    def alone(self, copy: Copy) -> bool:
        """Whether no other copy takes anything."""
        return not any(other.mb for other in self.copies.values() if other is not copy)

    def least_used(self, kept: Copy) -> Copy | None:
        """The idle copy that was used longest ago, other than `kept`."""
        idle = (copy for copy in self.copies.values() if copy.idle and copy is not kept)
        return min(idle, key=lambda copy: copy.used_at, default=None)

    def take_least_used(self, kept: Copy) -> Copy | None:
        """The same, taken out: no request finds it any more."""
        with self.changed:
            victim = self.least_used(kept)
            if victim:
                self.forget(victim)
            return victim

    def forget(self, copy: Copy) -> None:
        """Take a copy out, unless its target has been loaded anew meanwhile."""
        with self.changed:
            if self.copies.get(copy.target) is copy:
                del self.copies[copy.target]
            self.changed.notify_all()
