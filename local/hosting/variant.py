"""A production variant: its instances, the way of a request through them, and their number."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.hosting.container import Answer
from local.hosting.errors import NoInstance, model_error, not_ready
from local.hosting.ground import Ground
from local.hosting.instances import CopyGone, Instance
from local.hosting.loading import Label
from local.hosting.memory import Copy
from local.hosting.metrics import Gauge
from local.hosting.routing import choose
from local.hosting.stopping import drain, stop_all
from local.hosting.volume import Origin


@dataclass(eq=False)
class Variant:
    """Instances behind one weight, all with the same container and the same artifacts."""

    ground: Ground
    label: Label
    artifacts: Origin
    """The prefix under which targets lie; for a single model, its artifact."""
    multi_model: bool
    desired: int
    weight: float
    current_weight: float = 0.0
    asynchronous: Mapping[str, Any] | None = None
    """AsyncInferenceConfig of an endpoint that takes asynchronous requests only."""
    instances: list[Instance] = field(default_factory=list)
    closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sizing: threading.Lock = field(default_factory=threading.Lock)
    _rng: random.Random = field(default_factory=random.Random)

    @property
    def name(self) -> str:
        """VariantName."""
        return self.label.variant

    def grow(self, count: int) -> None:
        """Start so many empty instances, all at once, and take them in; `ContainerFailed` if one does not come."""
        fresh = [self._fresh() for _ in range(count)]
        try:
            with ThreadPoolExecutor(max(1, count), "start") as pool:
                list(pool.map(self._start, fresh))
        except BaseException:
            stop_all(fresh)
            raise
        with self._lock:
            if not self.closed:
                self.instances.extend(fresh)
                return
        stop_all(fresh)

    def shrink(self, count: int) -> None:
        """Take so many instances out, the youngest first, and stop them once nothing is in flight on them."""
        with self._lock:
            leaving = [self.instances.pop() for _ in range(min(count, len(self.instances)))]
        drain(leaving)
        stop_all(leaving)

    def lose(self, identity: str) -> None:
        """Stop an instance at once, whatever is in flight on it; `KeyError` when it is not here."""
        stop_all([self._take_out(identity)])

    def retire(self, identity: str) -> None:
        """Stop an instance once nothing is in flight on it; `KeyError` when it is not here."""
        leaving = [self._take_out(identity)]
        drain(leaving)
        stop_all(leaving)

    def settle(self) -> None:
        """Bring the number of instances to the desired one."""
        with self._sizing:
            absent = self.desired - len(self.instances)
            if absent > 0:
                self.grow(absent)
            elif absent < 0:
                self.shrink(-absent)

    def close(self) -> None:
        """Stop all instances."""
        with self._lock:
            self.closed = True
            leaving, self.instances = self.instances, []
        stop_all(leaving)

    def serve(self, target: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Answer:
        """One invocation; the target is loaded first if it has to be. `ApiError` says what the caller gets.

        `limit` is the seconds it may take, without it the knob `invocation_limit`.
        """
        self.ground.counters.invoked(self.label.endpoint, target)
        deadline = time.monotonic() + (limit or self.ground.panel.now.invocation_limit)
        while True:
            instance, copy, hit = self._enter(target)
            try:
                self._await_load(instance, copy, deadline, hit=hit)
                return self._invoke(instance, copy, body, headers, deadline)
            except CopyGone:
                continue
            finally:
                instance.leave(copy)

    def origin(self, target: str) -> Origin:
        """Where a target lies: SageMaker joins prefix and TargetModel as they are."""
        return Origin(self.artifacts.bucket, self.artifacts.key + target)

    @property
    def images(self) -> list[str]:
        """What its containers run."""
        return [self.label.image] if self.label.image else []

    @property
    def described(self) -> dict[str, Any]:
        """Members of its description that only this kind of variant has."""
        return {}

    def answered(self, target: str, status: int, seconds: float) -> None:
        """A request was answered: metrics that only this kind of variant has."""

    def gauges(self) -> Iterator[Gauge]:
        """Readings that only this kind of variant has."""
        return iter(())

    def report(self) -> dict[str, Any]:
        """This variant for a curious person."""
        with self._lock:
            instances = list(self.instances)
        return {
            "variant": self.name,
            "desired": self.desired,
            "instances": [instance.report() for instance in instances],
        }

    def _take_out(self, identity: str) -> Instance:
        with self._lock:
            found = {instance.identity: instance for instance in self.instances}[identity]
            self.instances.remove(found)
            return found

    def _fresh(self) -> Instance:
        return Instance(self.ground, self.label)

    def _start(self, instance: Instance) -> None:
        instance.start()
        if not self.multi_model:
            self._load(instance, "", self.artifacts)

    def _load(self, instance: Instance, target: str, origin: Origin) -> None:
        """Wait until it is loaded, or raise what kept it from that."""
        copy = instance.enter(target, origin)
        try:
            copy.ready.result(self.ground.panel.now.load_limit)
        finally:
            instance.leave(copy)

    def _enter(self, target: str) -> tuple[Instance, Copy, bool]:
        """The instance that takes the request, the target's copy there, and whether it was loaded already."""
        with self._lock:
            if not self.instances:
                raise NoInstance
            standings = [instance.standing(target) for instance in self.instances]
            chosen = choose(standings, self.ground.panel.now.spill_after, self._rng)
            instance = self.instances[chosen]
            return instance, instance.enter(target, self.origin(target)), standings[chosen].ready

    def _await_load(self, instance: Instance, copy: Copy, deadline: float, *, hit: bool) -> None:
        if self.multi_model:
            self._count("ModelCacheHit", float(hit))
        if hit:
            return
        began = time.monotonic()
        try:
            copy.ready.result(max(0.0, deadline - began))
        except TimeoutError as error:
            raise not_ready(copy.target) from error
        finally:
            seconds = time.monotonic() - began
            self.ground.metrics.took(self.label.endpoint, self.name, "ModelLoadingWaitTime", seconds)
            self.ground.counters.waited(self.label.endpoint, instance.identity, copy.target, seconds)

    def _invoke(
        self, instance: Instance, copy: Copy, body: bytes, headers: Mapping[str, str], deadline: float
    ) -> Answer:
        began = time.monotonic()
        try:
            if fault := self.ground.faults.container_error(self.label.endpoint):
                logs = self.ground.names.log_stream(self.label.endpoint, self.label.component)
                raise model_error(fault.status, fault.message, logs, self.label.container)
            return instance.invoke(copy, body, headers, deadline - began)
        finally:
            self._answered_in(time.monotonic() - began, copy.target)

    def _answered_in(self, seconds: float, target: str) -> None:
        """A container had this target for so long; kinds of variants measure more of it."""
        del target
        self.ground.metrics.took(self.label.endpoint, self.name, "ModelLatency", seconds)

    def _count(self, metric: str, value: float) -> None:
        self.ground.metrics.count(self.label.endpoint, self.name, metric, value)
