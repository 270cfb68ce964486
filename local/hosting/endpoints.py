"""Endpoints and their states: Creating → InService ⇄ Updating | SystemUpdating, Deleting, Failed."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from local.hosting.catalog import Shelf
from local.hosting.endpoint import Endpoint
from local.hosting.errors import validation
from local.hosting.events import deployment_change, state_change
from local.hosting.ground import Ground
from local.hosting.metrics import ENDPOINTS, Gauge, of_variant
from local.hosting.serverless import ServerlessVariant
from local.hosting.serverless_limits import ServerlessConfig
from local.hosting.settings import Durations
from local.hosting.variant import Variant


class Endpoints:
    """All endpoints, and what moves them from state to state. Work that takes time runs on `ground.work`."""

    def __init__(self, ground: Ground) -> None:
        self.shelf: Shelf[Endpoint] = Shelf("endpoint")
        self._ground = ground
        self._lock = threading.RLock()
        self._closed = threading.Event()

    def create(self, endpoint: Endpoint) -> None:
        """Take it on in Creating; its containers start in parallel."""
        self.shelf.add(endpoint)
        self._tell(endpoint)
        self._ground.work.submit(self._bring_up, endpoint)

    def delete(self, endpoint: Endpoint) -> None:
        """Deleting, then gone."""
        self._begin(endpoint, "Deleting", ("InService", "Failed", "OutOfService", "UpdateRollbackFailed"))
        self._ground.work.submit(self._take_down, endpoint)

    def scale(
        self,
        endpoint: Endpoint,
        desired: Mapping[str, tuple[int | None, float | None]],
        limits: Mapping[str, ServerlessConfig] | None = None,
    ) -> None:
        """Other counts and weights, and limits of serverless variants, by variant name; new instances join empty."""
        self._begin(endpoint, "Updating")
        for variant in endpoint.variants:
            if isinstance(variant, ServerlessVariant) and limits:
                variant.wanted = limits.get(variant.name, variant.wanted)
        for name, (count, weight) in desired.items():
            variant = endpoint.variant(name)
            variant.desired = variant.desired if count is None else count
            variant.weight = variant.weight if weight is None else weight
        self._ground.emit(deployment_change(self._ground.names, endpoint))
        self._ground.work.submit(self._change, endpoint, lambda: self._settle(endpoint))

    def replace(self, endpoint: Endpoint, config: str, variants: list[Variant]) -> None:
        """UpdateEndpoint: a whole new set of instances, then the old one goes; on failure the old one stays."""
        self._begin(endpoint, "Updating")
        self._ground.work.submit(self._change, endpoint, lambda: self._swap(endpoint, config, variants))

    def maintain(self, endpoint: Endpoint) -> None:
        """AWS's own maintenance: SystemUpdating while every instance is replaced, one by one, by an empty one."""
        self._begin(endpoint, "SystemUpdating")
        self._ground.work.submit(self._change, endpoint, lambda: self._renew(endpoint))

    def lose(self, endpoint: Endpoint, identity: str) -> None:
        """An instance dies; its replacement joins empty. The endpoint's state does not show it."""
        for variant in endpoint.variants:
            if identity in {instance.identity for instance in variant.instances}:
                variant.lose(identity)
                self._ground.work.submit(self._replace_lost, endpoint, variant)
                return
        raise validation(f"Endpoint {endpoint.name} has no instance {identity}.")

    def gauges(self) -> Iterator[Gauge]:
        """Readings of every instance in service."""
        for endpoint in self.shelf:
            for variant in endpoint.variants:
                yield from variant.gauges()
                for instance in list(variant.instances):
                    at = (ENDPOINTS, of_variant(endpoint.name, variant.name))
                    yield (*at, "MemoryUtilization", "Percent", round(instance.memory_percent(), 2))
                    if not isinstance(variant, ServerlessVariant):
                        yield (*at, "DiskUtilization", "Percent", round(instance.disk_percent(), 2))
                    if variant.multi_model:
                        yield (*at, "LoadedModelCount", "None", float(instance.loaded_count()))

    def close(self) -> None:
        """Stop every instance of every endpoint."""
        self._closed.set()
        for endpoint in self.shelf:
            for variant in endpoint.variants:
                variant.close()

    def _begin(self, endpoint: Endpoint, status: str, allowed: Iterable[str] = ("InService",)) -> None:
        with self._lock:
            if endpoint.status not in allowed:
                verb = "delete" if status == "Deleting" else "update"
                raise validation(f'Cannot {verb} in-progress endpoint "{endpoint.arn}". Status: {endpoint.status}.')
            self._set(endpoint, status)

    def _move(self, endpoint: Endpoint, status: str, failure: str = "") -> None:
        with self._lock:
            endpoint.failure = failure
            self._set(endpoint, status)

    def _set(self, endpoint: Endpoint, status: str) -> None:
        """Under the lock, so that events come in the order of the states that they tell."""
        endpoint.status = status
        endpoint.modified_at = time.time()
        self._tell(endpoint)

    def _tell(self, endpoint: Endpoint) -> None:
        self._ground.emit(state_change(self._ground.names, endpoint))

    def _bring_up(self, endpoint: Endpoint) -> None:
        began = time.monotonic()
        try:
            for variant in endpoint.variants:
                variant.grow(variant.desired)
                variant.current_weight = variant.weight
        except Exception as error:  # whatever it was, the endpoint's state must say so
            self._move(endpoint, "Failed", str(error))
            return
        self._linger(began, lambda durations: durations.creating)
        self._move(endpoint, "InService")

    def _take_down(self, endpoint: Endpoint) -> None:
        began = time.monotonic()
        for variant in endpoint.variants:
            variant.close()
        self._linger(began, lambda durations: durations.deleting)
        self.shelf.remove(endpoint)

    def _change(self, endpoint: Endpoint, act: Callable[[], None]) -> None:
        began = time.monotonic()
        failure = ""
        try:
            act()
        except Exception as error:  # whatever it was, the endpoint's state must say so
            failure = str(error)
        self._linger(began, lambda durations: durations.updating)
        self._move(endpoint, "InService", failure)

    def _settle(self, endpoint: Endpoint) -> None:
        for variant in endpoint.variants:
            variant.settle()
            variant.current_weight = variant.weight

    def _replace_lost(self, endpoint: Endpoint, variant: Variant) -> None:
        try:
            variant.settle()
        except Exception as error:  # the endpoint goes on with fewer, as it would on AWS
            print(f"an instance of {endpoint.name} was not replaced: {error}", flush=True)

    def _swap(self, endpoint: Endpoint, config: str, variants: list[Variant]) -> None:
        for variant in variants:
            variant.grow(variant.desired)
            variant.current_weight = variant.weight
        old, endpoint.variants = endpoint.variants, variants
        endpoint.params["EndpointConfigName"] = config
        for variant in old:
            variant.shrink(len(variant.instances))

    def _renew(self, endpoint: Endpoint) -> None:
        for variant in endpoint.variants:
            for instance in list(variant.instances):
                variant.grow(1)
                variant.retire(instance.identity)

    def _linger(self, began: float, knob: Callable[[Durations], float]) -> None:
        self._ground.panel.outlast(began, lambda now: knob(now.durations), self._closed)
