"""The copies of one inference component: each a container of its own, in room that it reserved on an instance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from local.hosting.components.room import Room
from local.hosting.container import Answer
from local.hosting.errors import internal_failure, no_capacity
from local.hosting.instances import Instance
from local.hosting.metrics import COMPONENTS, INVOCATIONS, Dimensions, Gauge, microseconds
from local.hosting.settings import Panel
from local.hosting.stopping import drain, stop_all
from local.hosting.variant import Variant
from local.hosting.volume import Origin


@dataclass(eq=False)
class Berth:
    """Room on one instance that one copy has reserved, from before it starts until it is gone."""

    copies: "Copies"
    need: Room
    neighbours: list["Berth"]
    """All berths of the same instance."""
    copy: Instance | None = None

    def give_up(self) -> None:
        """The room is free again."""
        if self in self.neighbours:
            self.neighbours.remove(self)


@dataclass(eq=False, kw_only=True)
class Copies(Variant):
    """Copies behind one name; its `instances` are the copies that serve, the target is the component's name."""

    limit_mb: float
    """Megabytes that a copy may take in memory."""
    berths: list[Berth] = field(default_factory=list)
    """Those of the copies that serve, oldest first."""

    def __len__(self) -> int:
        """How many serve."""
        return len(self.berths)

    def origin(self, _: str) -> Origin:
        """The one artifact."""
        return self.artifacts

    def become(self, other: "Copies") -> None:
        """Copies that are opened from now on are like those of `other`."""
        self.label, self.artifacts, self.limit_mb = other.label, other.artifacts, other.limit_mb

    def like(self) -> "Copies":
        """What `become` needs to go back to what these are now."""
        return replace(self, berths=[], instances=[])

    def open(self, berth: Berth) -> None:
        """Start a copy in room that was reserved; on failure the room is free again and the error is raised."""
        berth.copy = self._fresh()
        try:
            self._start(berth.copy)
        except BaseException:
            stop_all([berth.copy])
            berth.give_up()
            raise
        with self._lock:
            if berth in berth.neighbours and not self.closed:
                self.berths.append(berth)
                self.instances.append(berth.copy)
                return
        stop_all([berth.copy])
        berth.give_up()
        raise internal_failure("The instance or the component went away before the copy was ready.")

    def shut(self, berth: Berth) -> None:
        """Stop a copy once nothing is in flight on it, and free its room."""
        self.forget(berth)
        if berth.copy:
            drain([berth.copy])
        self.lose_at(berth)

    def lose_at(self, berth: Berth) -> None:
        """Stop a copy at once, whatever is in flight on it, and free its room."""
        self.forget(berth)
        if berth.copy:
            stop_all([berth.copy])
        berth.give_up()

    def forget(self, berth: Berth) -> None:
        """Send no more requests to this copy."""
        with self._lock:
            if berth in self.berths:
                self.berths.remove(berth)
            if berth.copy in self.instances:
                self.instances.remove(berth.copy)

    def serve(self, target: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Answer:
        """One invocation on the copy with the fewest in flight; ValidationError while there is no copy."""
        if not self.instances:
            self._publish("NoCapacityInvocationFailures", 1.0)
            raise no_capacity()
        self._publish("ConcurrentRequestsPerCopy", (self.in_flight() + 1) / max(1, len(self)))
        return super().serve(target, body, headers, limit)

    def answered(self, _: str, status: int, seconds: float) -> None:
        """Count a request that was sent to a copy, whatever came of it."""
        if not self.berths:
            return
        self._publish("Invocations", 1.0)
        self._publish("InvocationsPerCopy", 1 / max(1, len(self)))
        self._publish("Invocation4XXErrors", float(400 <= status < 500))
        self._publish("Invocation5XXErrors", float(status >= 500 or status == 0))
        self._publish("InvocationModelErrors", float(not 200 <= status < 300))
        self.ground.metrics.add(INVOCATIONS, self._at, "OverheadLatency", "Microseconds", microseconds(seconds))

    def in_flight(self) -> int:
        """Requests on all copies."""
        return sum(copy.in_flight() for copy in list(self.instances))

    def level(self) -> Gauge:
        """Concurrency now."""
        return INVOCATIONS, self._at, "ConcurrentRequestsPerCopy", "None", self.in_flight() / max(1, len(self))

    def gauges(self) -> Iterator[Gauge]:
        """How full each copy's reservation is."""
        for berth in list(self.berths):
            if berth.copy:
                used = 100 * berth.copy.memory_mb() / berth.need.memory_mb
                yield COMPONENTS, self._at, "MemoryUtilizationNormalized", "Percent", round(used, 2)

    @property
    def _at(self) -> Dimensions:
        return (("InferenceComponentName", self.label.component),)

    def _publish(self, metric: str, value: float) -> None:
        self.ground.metrics.add(INVOCATIONS, self._at, metric, "None", value)

    def _fresh(self) -> Instance:
        now = self.ground.panel.now
        room = now.instance.model_copy(update={"memory_mb": self.limit_mb})
        ground = replace(self.ground, panel=Panel(now.model_copy(update={"instance": room})))
        return Instance(ground, self.label)

    def _start(self, instance: Instance) -> None:
        instance.start()
        self._load(instance, self.label.component, self.artifacts)

    def _answered_in(self, seconds: float, target: str) -> None:
        super()._answered_in(seconds, target)
        self.ground.metrics.add(INVOCATIONS, self._at, "ModelLatency", "Microseconds", microseconds(seconds))
