"""Variants of several containers with direct invocation: every instance runs them all, and a request names one.

Facts (SageMaker developer guide, multi-container-create, -direct and -metrics): 2 to 15 containers, each with a
ContainerHostname; only the one named by TargetContainerHostname serves the request; metrics of each container have the
dimensions EndpointName, VariantName and ContainerName.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.hosting.bare import BareInstance
from local.hosting.container import Answer, ContainerFailed
from local.hosting.ground import Ground
from local.hosting.instances import Instance
from local.hosting.loading import Label
from local.hosting.memory import Copy
from local.hosting.metrics import ENDPOINTS, INVOCATIONS, Dimensions, Gauge, microseconds, of_variant
from local.hosting.routing import Standing
from local.hosting.variant import Variant
from local.hosting.volume import Origin


@dataclass(frozen=True)
class Part:
    """One of the containers."""

    hostname: str
    label: Label
    artifacts: Origin


class JointInstance(BareInstance):
    """One instance with all the containers; a target is a ContainerHostname."""

    def __init__(self, ground: Ground, label: Label, parts: Sequence[Part]) -> None:
        super().__init__(ground, label)
        self.containers = {part.hostname: Instance(ground, part.label) for part in parts}

    def inner(self) -> Sequence[Instance]:
        """All containers."""
        return list(self.containers.values())

    def start(self) -> None:
        """Start all containers at once."""
        with ThreadPoolExecutor(len(self.containers), "start") as pool:
            list(pool.map(Instance.start, self.inner()))

    def standing(self, target: str) -> Standing:
        """What the router wants to know about one container."""
        return self.containers[target].standing(target)

    def enter(self, target: str, origin: Origin) -> Copy:
        """Count a request in for one container."""
        return self.containers[target].enter(target, origin)

    def leave(self, copy: Copy) -> None:
        """Count the request out."""
        self.containers[copy.target].leave(copy)

    def invoke(self, copy: Copy, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """The answer of the container that the request is for."""
        return self.containers[copy.target].invoke(copy, body, headers, timeout)


@dataclass(eq=False, kw_only=True)
class DirectVariant(Variant):
    """A target is a ContainerHostname; every container holds its one model before an instance serves."""

    parts: tuple[Part, ...]

    @property
    def images(self) -> list[str]:
        """The image of every container."""
        return [part.label.image for part in self.parts]

    @property
    def hostnames(self) -> list[str]:
        """What a request may name."""
        return [part.hostname for part in self.parts]

    def origin(self, target: str) -> Origin:
        """The artifact of one container."""
        return next(part.artifacts for part in self.parts if part.hostname == target)

    def answered(self, target: str, status: int, seconds: float) -> None:
        """Count the request for its container too."""
        at = self._of_container(target)
        metrics = self.ground.metrics
        metrics.add(INVOCATIONS, at, "Invocations", "None", 1.0)
        metrics.add(INVOCATIONS, at, "Invocation4XXErrors", "None", float(400 <= status < 500))
        metrics.add(INVOCATIONS, at, "Invocation5XXErrors", "None", float(status >= 500 or status == 0))
        metrics.add(INVOCATIONS, at, "OverheadLatency", "Microseconds", microseconds(seconds))

    def gauges(self) -> Iterator[Gauge]:
        """The memory of every container on every instance."""
        for instance in list(self.instances):
            if isinstance(instance, JointInstance):
                for hostname, container in instance.containers.items():
                    used = round(container.memory_percent(), 2)
                    yield ENDPOINTS, self._of_container(hostname), "MemoryUtilization", "Percent", used

    def _fresh(self) -> Instance:
        return JointInstance(self.ground, self.label, self.parts)

    def _start(self, instance: Instance) -> None:
        instance.start()
        with ThreadPoolExecutor(len(self.parts), "load") as pool:
            list(pool.map(lambda hostname: self._load(instance, hostname, self.origin(hostname)), self.hostnames))
        if instance.memory_percent() > 100:
            raise ContainerFailed("The models of the containers do not fit into the memory of one instance together.")

    def _answered_in(self, seconds: float, target: str) -> None:
        super()._answered_in(seconds, target)
        at, took = self._of_container(target), microseconds(seconds)
        self.ground.metrics.add(INVOCATIONS, at, "ContainerLatency", "Microseconds", took)

    def _of_container(self, hostname: str) -> Dimensions:
        return (*of_variant(self.label.endpoint, self.name), ("ContainerName", hostname))
