"""Variants that host inference components: instances with room, on which copies reserve a part of it."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.hosting.components.copies import Berth, Copies
from local.hosting.components.instance import RoomyInstance
from local.hosting.components.room import Room, choose_place
from local.hosting.container import Answer
from local.hosting.errors import ApiError
from local.hosting.ground import Ground
from local.hosting.instances import Instance
from local.hosting.loading import Label
from local.hosting.metrics import ENDPOINTS, Gauge, of_variant
from local.hosting.variant import Variant
from local.hosting.volume import Origin


class Directory(Protocol):
    """Who knows the components of an endpoint."""

    def copies(self, endpoint: str, component: str) -> Copies:
        """The copies of a component; ValidationError when the endpoint has none of that name."""

    def vacate(self, endpoint: str, leaving: Sequence[RoomyInstance]) -> None:
        """Move the copies on these instances elsewhere, as far as there is room."""

    def heal(self, endpoint: str) -> None:
        """There may be other room than before: bring components back to the copies they should have."""


@dataclass(frozen=True)
class Scaling:
    """ManagedInstanceScaling, where it is on."""

    least: int
    most: int

    @classmethod
    def of(cls, variant: Mapping[str, Any]) -> "Scaling | None":
        """Of a ProductionVariant; None when it is off. Without MaxInstanceCount it never grows."""
        members = variant.get("ManagedInstanceScaling", {})
        if members.get("Status") != "ENABLED":
            return None
        initial = variant["InitialInstanceCount"]
        return cls(members.get("MinInstanceCount", 1), members.get("MaxInstanceCount", initial))


@dataclass(eq=False, kw_only=True)
class ComponentVariant(Variant):
    """A target is an InferenceComponentName; `instances` are those with room, the copies are the components' own."""

    params: Mapping[str, Any]
    """The ProductionVariant."""
    scaling: Scaling | None
    directory: Directory
    scheduling: threading.RLock = field(default_factory=threading.RLock)
    """Held while room is looked for and taken; nothing else is waited for under it."""

    @classmethod
    def of(cls, ground: Ground, endpoint: str, params: Mapping[str, Any], directory: Directory) -> "ComponentVariant":
        """From a ProductionVariant without a ModelName."""
        return cls(
            ground=ground,
            label=Label(endpoint, params["VariantName"], "", {}),
            artifacts=Origin("", ""),
            multi_model=False,
            desired=params["InitialInstanceCount"],
            weight=float(params.get("InitialVariantWeight", 1.0)),
            params=params,
            scaling=Scaling.of(params),
            directory=directory,
        )

    @property
    def room(self) -> Room:
        """What an empty instance offers."""
        offered, now = Room.of_type(self.params["InstanceType"]), self.ground.panel.now.component
        cores = offered.cores if now.cpu_cores is None else now.cpu_cores
        memory = offered.memory_mb - now.kept_mb if now.memory_mb is None else now.memory_mb
        return Room(cores, memory, offered.accelerators)

    @property
    def described(self) -> dict[str, Any]:
        """How it scales and routes, as it was asked for."""
        return {name: self.params[name] for name in ("ManagedInstanceScaling", "RoutingConfig") if name in self.params}

    def reserve(self, copies: Copies, need: Room, strategy: str) -> Berth | None:
        """Take room for one copy on the instance that the scheduler chooses; None when there is none."""
        with self.scheduling:
            homes = self.homes()
            index = choose_place([home.place(copies) for home in homes], need, strategy)
            if index is None:
                return None
            berth = Berth(copies, need, homes[index].berths)
            homes[index].berths.append(berth)
            return berth

    def homes(self) -> list[RoomyInstance]:
        """The instances that take copies."""
        with self._lock:
            found = [each for each in self.instances if isinstance(each, RoomyInstance)]
        return [each for each in found if not each.leaving]

    def may_grow(self) -> bool:
        """Whether managed instance scaling allows one instance more."""
        return self.scaling is not None and self.desired < self.scaling.most

    def release(self) -> bool:
        """Let one instance without copies go, if managed instance scaling allows it."""
        with self._sizing:
            leaving = self._pick_idle()
            if leaving:
                super().retire(leaving.identity)
            return leaving is not None

    def serve(self, target: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Answer:
        """One invocation of a component."""
        return self.directory.copies(self.label.endpoint, target).serve(target, body, headers, limit)

    def answered(self, target: str, status: int, seconds: float) -> None:
        """Count the request for its component too."""
        with suppress(ApiError):  # the component may be gone by now
            self.directory.copies(self.label.endpoint, target).answered(target, status, seconds)

    def gauges(self) -> Iterator[Gauge]:
        """What is reserved on every instance."""
        at = of_variant(self.label.endpoint, self.name)
        for home in self.homes():
            free = home.free()
            for metric, has, left in (
                ("CPUReservation", home.room.cores, free.cores),
                ("MemoryReservation", home.room.memory_mb, free.memory_mb),
            ):
                percent = round(100 * (1 - left / has), 2) if has else 0.0
                yield ENDPOINTS, at, metric, "Percent", percent

    def grow(self, count: int) -> None:
        """Start so many empty instances; components that lack copies get them there."""
        super().grow(count)
        self.directory.heal(self.label.endpoint)

    def lose(self, identity: str) -> None:
        """Stop an instance at once, with the copies on it; they come back where there is room."""
        super().lose(identity)
        self.directory.heal(self.label.endpoint)

    def shrink(self, count: int) -> None:
        """Take so many instances out, those with the fewest copies first, once their copies are elsewhere."""
        leaving = self._fewest(count)
        self._vacate(leaving)
        for home in leaving:
            super().retire(home.identity)

    def retire(self, identity: str) -> None:
        """Stop an instance once its copies are elsewhere."""
        self._vacate([home for home in self.homes() if home.identity == identity])
        super().retire(identity)

    def _pick_idle(self) -> RoomyInstance | None:
        with self.scheduling:
            idle = [home for home in self.homes() if not home.berths]
            if not idle or self.scaling is None or self.desired <= self.scaling.least:
                return None
            idle[-1].leaving = True
            self.desired -= 1
            return idle[-1]

    def _fewest(self, count: int) -> list[RoomyInstance]:
        with self.scheduling:
            return sorted(self.homes(), key=lambda home: len(home.berths))[:count]

    def _vacate(self, leaving: Sequence[RoomyInstance]) -> None:
        with self.scheduling:
            for home in leaving:
                home.leaving = True
        self.directory.vacate(self.label.endpoint, leaving)

    def _fresh(self) -> Instance:
        return RoomyInstance(self.ground, self.label, self.room)

    def _start(self, instance: Instance) -> None:
        instance.start()
