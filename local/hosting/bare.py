"""Instances without a container of their own: what runs on them is several containers, each as on an instance alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from local.hosting.container import ContainerFailed, Launch
from local.hosting.ground import Ground
from local.hosting.instances import Instance
from local.hosting.loading import Label


class _Nothing:
    """The container that is not there."""

    def __init__(self, _: Launch) -> None:
        """Takes what a container takes."""

    def start(self) -> int:
        raise ContainerFailed("the instance has no container of its own")

    def stop(self) -> None:
        """There is nothing to stop."""

    def memory_mb(self, _: str) -> float | None:
        return None


class BareInstance(Instance):
    """Its memory and its disk are shared by the containers on it; it stops with all of them."""

    def __init__(self, ground: Ground, label: Label) -> None:
        super().__init__(replace(ground, container=_Nothing), label)

    def inner(self) -> Sequence[Instance]:
        """The containers on it, each with what is loaded in it."""
        return ()

    def start(self) -> None:
        """Be there; containers come later."""

    def stop(self) -> None:
        """Take every container down, whatever is in flight."""
        inner = self.inner()
        with ThreadPoolExecutor(max(1, len(inner)), "stop") as pool:
            list(pool.map(lambda each: each.stop(), inner))
        super().stop()

    def loaded_count(self) -> int:
        """How many models are in memory, in all containers."""
        return sum(each.loaded_count() for each in self.inner())

    def in_flight(self) -> int:
        """Requests in all containers."""
        return sum(each.in_flight() for each in self.inner())

    def memory_percent(self) -> float:
        """How full the memory is that the containers share."""
        return sum(each.memory_percent() for each in self.inner())

    def disk_percent(self) -> float:
        """How full the disk is that the containers share."""
        return sum(each.disk_percent() for each in self.inner())

    def report(self) -> dict[str, Any]:
        """This instance for a curious person; each container as an instance alone would be shown."""
        containers = [each.report() for each in self.inner()]
        return {
            "instance": self.identity,
            "memory_used_mb": round(sum(each["memory_used_mb"] for each in containers), 1),
            "disk_used_mb": round(sum(each["disk_used_mb"] for each in containers), 3),
            "targets": [target for each in containers for target in each["targets"]],
            "on_disk": [target for each in containers for target in each["on_disk"]],
            "containers": [each["instance"] for each in containers],
        }
