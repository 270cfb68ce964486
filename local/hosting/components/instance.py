"""One instance with room, and the copies of components that have reserved parts of it."""

from collections.abc import Sequence
from typing import Any

from local.hosting.bare import BareInstance
from local.hosting.components.copies import Berth, Copies
from local.hosting.components.room import Place, Room
from local.hosting.ground import Ground
from local.hosting.instances import Instance
from local.hosting.loading import Label
from local.hosting.stopping import stop_all


class RoomyInstance(BareInstance):
    """One instance of such a variant; the copies on it are its containers."""

    def __init__(self, ground: Ground, label: Label, room: Room) -> None:
        super().__init__(ground, label)
        self.room = room
        self.berths: list[Berth] = []
        self.leaving = False
        """It takes no new copies."""

    def inner(self) -> Sequence[Instance]:
        """The copies on it."""
        return [berth.copy for berth in list(self.berths) if berth.copy]

    def stop(self) -> None:
        """Take it down: no request is sent to its copies any more, then they stop."""
        self.leaving = True
        stopping, self.berths[:] = list(self.berths), []
        for berth in stopping:
            berth.copies.forget(berth)
        stop_all([berth.copy for berth in stopping if berth.copy])
        super().stop()

    def free(self) -> Room:
        """What is not reserved."""
        left = self.room
        for berth in list(self.berths):
            left = left - berth.need
        return left

    def place(self, copies: Copies) -> Place:
        """What the scheduler wants to know."""
        return Place(self.free(), sum(berth.copies is copies for berth in list(self.berths)))

    def report(self) -> dict[str, Any]:
        """This instance for a curious person."""
        free = self.free()
        return {**super().report(), "free_cores": free.cores, "free_memory_mb": free.memory_mb}
