"""The knobs as one object: what is set, what is there, what happened; and acts such as killing an instance."""

from collections.abc import Callable, Mapping
from typing import Any

from local.hosting.asynchronous.queues import AsyncQueues
from local.hosting.components.registry import Components
from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import ApiError, validation
from local.hosting.exclusions import check_capacities
from local.hosting.faults import FailedCalls, FailedContainers, FaultyNotices, SlowLoads
from local.hosting.ground import Ground
from local.hosting.packages.control import PackageControl
from local.hosting.transform.describe import reported
from local.hosting.transform.jobs import TransformJobs

Body = Mapping[str, Any]


class KnobBoard:
    """`read` shows all, `write` changes settings, `act` does something once. Documented in README.md."""

    def __init__(
        self,
        ground: Ground,
        endpoints: Endpoints,
        components: Components,
        queues: AsyncQueues,
        jobs: TransformJobs,
        packages: PackageControl,
    ) -> None:
        self._ground = ground
        self._endpoints = endpoints
        self._components = components
        self._queues = queues
        self._jobs = jobs
        self._packages = packages
        self._acts: dict[str, Callable[[Body], None]] = {
            "faults/fail": lambda body: ground.faults.fail(FailedCalls.model_validate(body)),
            "faults/slow": lambda body: ground.faults.slow(SlowLoads.model_validate(body)),
            "faults/container": lambda body: ground.faults.fail_container(FailedContainers.model_validate(body)),
            "faults/notices": lambda body: ground.faults.disturb(FaultyNotices.model_validate(body)),
            "faults/clear": lambda _: ground.faults.clear(),
            "counters/reset": lambda _: ground.counters.reset(),
            "metrics/deliver": lambda _: ground.metrics.deliver(),
            "instances/kill": self._kill,
            "instances/add": self._add,
            "copies/kill": lambda body: components.lose_copy(body.get("component", "")),
            "endpoints/maintain": lambda body: endpoints.maintain(self._endpoint(body)),
        }

    def read(self) -> dict[str, Any]:
        """Settings, planned faults, endpoints with instances and loaded targets, transform jobs, packages, counters."""
        return {
            "settings": self._ground.panel.now.model_dump(),
            "faults": self._ground.faults.planned(),
            "endpoints": [_shown(endpoint) for endpoint in self._endpoints.shelf],
            "inference_components": self._components.report(),
            "queues": self._queues.report(),
            "transform_jobs": [reported(job) for job in self._jobs.shelf],
            "model_packages": self._packages.report(),
            "counters": self._ground.counters.read(),
        }

    def write(self, changes: Body) -> dict[str, Any]:
        """Change settings (nested, only what is named); `ValueError` says what does not fit. Returns `read()`."""
        self._ground.panel.turn(changes)
        return self.read()

    def act(self, path: str, body: Body) -> dict[str, Any]:
        """Do one of the acts; `ValueError` for an unknown one or a body that does not fit. Returns `read()`."""
        if path not in self._acts:
            raise ValueError(f"no act {path!r}; there are: {', '.join(sorted(self._acts))}")
        try:
            self._acts[path](body)
        except ApiError as error:
            raise ValueError(error.message) from error
        return self.read()

    def _kill(self, body: Body) -> None:
        endpoint = self._endpoint(body)
        self._endpoints.lose(endpoint, body.get("instance") or _first_instance(endpoint))

    def _add(self, body: Body) -> None:
        endpoint = self._endpoint(body)
        variant = endpoint.variant(body["variant"]) if "variant" in body else endpoint.variants[0]
        check_capacities(endpoint, [{"VariantName": variant.name, "DesiredInstanceCount": variant.desired + 1}])
        self._endpoints.scale(endpoint, {variant.name: (variant.desired + 1, None)})

    def _endpoint(self, body: Body) -> Endpoint:
        for endpoint in self._endpoints.shelf:
            if endpoint.name == body.get("endpoint"):
                return endpoint
        raise validation(f"there is no endpoint {body.get('endpoint')!r}")


def _first_instance(endpoint: Endpoint) -> str:
    for variant in endpoint.variants:
        for instance in variant.instances:
            return instance.identity
    raise validation(f"endpoint {endpoint.name} has no instance")


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint": endpoint.name,
        "status": endpoint.status,
        "config": endpoint.config,
        "variants": [variant.report() for variant in endpoint.variants],
    }
