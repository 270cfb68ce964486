"""What an instance has, what a copy of an inference component reserves, and where the next copy goes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TYPE = re.compile(r"ml\.(?P<family>[a-z0-9-]+)\.(?P<size>[a-z0-9]+)")
_CORES = {"medium": 1.0, "large": 2.0, "xlarge": 4.0}
_BURSTABLE = {"medium": (2.0, 4), "large": (2.0, 8), "xlarge": (4.0, 16), "2xlarge": (8.0, 32)}
"""ml.t2: cores and GiB."""
_GIB_PER_CORE = {"c": 2, "m": 4, "r": 8, "g": 4, "p": 8, "i": 4, "t": 4, "d": 8}
"""By the first letter of the family, as EC2 builds them; near enough where a family differs."""
_ACCELERATORS: dict[str, tuple[dict[str, float], float]] = {
    "g": ({"12xlarge": 4, "24xlarge": 4, "48xlarge": 8}, 1),
    "p": ({"xlarge": 1, "2xlarge": 1, "4xlarge": 1, "8xlarge": 4}, 8),
    "inf": ({"6xlarge": 4, "24xlarge": 6, "48xlarge": 12}, 1),
    "trn": ({"2xlarge": 1}, 16),
    "dl": ({}, 8),
}
"""By the beginning of the family: how many some sizes have, and how many the others."""


@dataclass(frozen=True)
class Room:
    """Cores, megabytes and accelerators: an instance's, or what a copy reserves."""

    cores: float = 0.0
    memory_mb: float = 0.0
    accelerators: float = 0.0

    def __sub__(self, other: "Room") -> "Room":
        """What is left."""
        return Room(self.cores - other.cores, self.memory_mb - other.memory_mb, self.accelerators - other.accelerators)

    def holds(self, need: "Room") -> bool:
        """Whether it is enough."""
        left = self - need
        return min(left.cores, left.memory_mb, left.accelerators) >= 0

    @classmethod
    def needed(cls, requirements: Mapping[str, Any]) -> "Room":
        """From ComputeResourceRequirements: the reservation, not the limit."""
        return cls(
            requirements.get("NumberOfCpuCoresRequired", 0.0),
            requirements["MinMemoryRequiredInMb"],
            requirements.get("NumberOfAcceleratorDevicesRequired", 0.0),
        )

    @classmethod
    def of_type(cls, instance_type: str) -> "Room":
        """What an instance type has; nothing for one that is not spelled as a type."""
        found = _TYPE.fullmatch(instance_type)
        if found is None:
            return cls()
        family, size = found["family"], found["size"]
        if family == "t2":
            cores, gib = _BURSTABLE.get(size, (0.0, 0))
            return cls(cores, gib * 1024)
        cores = _CORES.get(size) or 4.0 * int(size.removesuffix("xlarge"))
        return cls(cores, cores * _GIB_PER_CORE[family[0]] * 1024, _accelerators(family, size))


@dataclass(frozen=True)
class Place:
    """One instance as the scheduler sees it."""

    free: Room
    copies: int
    """Copies of the same component on it."""


def choose_place(places: Sequence[Place], need: Room, strategy: str) -> int | None:
    """The index of the instance that takes the next copy, or None when it fits nowhere.

    SPREAD: the one with the fewest copies of the component, then the emptiest. BINPACK: the fullest.
    """
    fitting = [index for index, place in enumerate(places) if place.free.holds(need)]
    if strategy == "BINPACK":
        return min(fitting, key=lambda index: places[index].free.memory_mb, default=None)
    return min(fitting, key=lambda index: (places[index].copies, -places[index].free.memory_mb), default=None)


def _accelerators(family: str, size: str) -> float:
    for beginning, (some, others) in _ACCELERATORS.items():
        if family.startswith(beginning):
            return some.get(size, others)
    return 0.0
