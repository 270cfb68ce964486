"""SageMaker's control plane in memory: models, endpoint configurations, endpoints, scalable targets."""

from collections.abc import Callable
from typing import Any

from tenantry.adapters.memory.components import Components
from tenantry.adapters.memory.endpoints import Durations, Endpoint
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.plans import Call
from tenantry.ports import Clock

Params = dict[str, Any]
_CHANGING = {"Creating", "Updating", "SystemUpdating", "RollingBack"}


class Control:
    """What exists. An operation that is not in `does` is a NotImplementedError, never a silent success."""

    def __init__(self, clock: Clock, durations: Durations, room: int | None) -> None:
        self._clock, self._durations, self._room = clock, durations, room
        self.models: dict[str, Params] = {}
        self.configs: dict[str, Params] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.targets: dict[str, Params] = {}
        self.policies: dict[str, Params] = {}
        self.alarms: dict[str, Params] = {}
        self.components = Components(clock)
        self.doomed: dict[str, str] = {}
        self.flaw_of: Callable[[str], str] = lambda _: ""
        self.does: dict[str, Callable[[Params], object]] = {
            "CreateModel": lambda params: self._keep(self.models, params["ModelName"], params),
            "CreateEndpointConfig": self._create_config,
            "CreateEndpoint": self._create_endpoint,
            "UpdateEndpointWeightsAndCapacities": self._scale,
            "CreateInferenceComponent": self._create_component,
            "DeleteInferenceComponent": lambda params: self.components.delete(params, self._durations.delete),
            "DeleteEndpoint": self._delete_endpoint,
            "DeleteEndpointConfig": lambda params: self._drop(self.configs, params["EndpointConfigName"]),
            "DeleteModel": lambda params: self._drop(self.models, params["ModelName"]),
            "RegisterScalableTarget": lambda params: self.targets.update({params["ResourceId"]: params}),
            "PutScalingPolicy": lambda params: self.policies.update({params["PolicyName"]: params}),
            "DeleteScalingPolicy": lambda params: self._drop(self.policies, params["PolicyName"]),
            "PutMetricAlarm": lambda params: self.alarms.update({params["AlarmName"]: params}),
            "DeleteAlarms": lambda params: [self._drop(self.alarms, name) for name in params["AlarmNames"]],
            "DeregisterScalableTarget": self._unscale,
        }

    def carry_out(self, call: Call) -> None:
        """Make one call, with the port's rules."""
        if call.operation not in self.does:
            raise NotImplementedError(f"the twin does not know {call.operation}")
        self.does[call.operation](call.params)

    def doom(self, endpoint: str, reason: str) -> None:
        """The endpoint, or the component, of this name will fail to be created, for this reason."""
        self.doomed[endpoint] = reason

    def find(self, name: str) -> Endpoint | None:
        """The endpoint as it is now."""
        found = self.endpoints.get(name)
        if found is None:
            return None
        now = self._clock.now()
        found.settle(now)
        if found.gone(now):
            del self.endpoints[name]
            return None
        return found

    def existing(self, name: str) -> Endpoint:
        """The endpoint; ReleaseFailed, in SageMaker's words, when there is none."""
        found = self.find(name)
        if found is None:
            raise ReleaseFailed(f'Could not find endpoint "{name}".')
        return found

    def _create_config(self, params: Params) -> None:
        for variant in params["ProductionVariants"]:
            if "ModelName" in variant and variant["ModelName"] not in self.models:
                raise ReleaseFailed(f'CreateEndpointConfig: Could not find model "{variant["ModelName"]}".')
        self._keep(self.configs, params["EndpointConfigName"], params)

    def _create_endpoint(self, params: Params) -> None:
        name, config = params["EndpointName"], params["EndpointConfigName"]
        if self.find(name) is not None:
            return
        if config not in self.configs:
            raise ReleaseFailed(f'CreateEndpoint: Could not find endpoint configuration "{config}".')
        variant = self.configs[config]["ProductionVariants"][0]
        containers = self._containers(variant.get("ModelName", ""))
        flaws = [flaw for url in containers.values() if (flaw := self.flaw_of(url))]
        endpoint = Endpoint(
            name=name,
            config=config,
            store=self._store(variant["ModelName"]) if "ModelName" in variant else "",
            room=self._room,
            desired=variant.get("InitialInstanceCount", 1),
            until=self._clock.now(),
            doomed=self.doomed.get(name, "") or "; ".join(flaws),
            containers=containers,
            created_at=self._clock.now(),
            tags={tag["Key"]: tag["Value"] for tag in params.get("Tags", [])},
        )
        endpoint.change("Creating", self._clock.now(), self._durations.create)
        self.endpoints[name] = endpoint

    def _scale(self, params: Params) -> None:
        endpoint = self._changeable(params["EndpointName"])
        endpoint.desired = params["DesiredWeightsAndCapacities"][0]["DesiredInstanceCount"]
        endpoint.change("Updating", self._clock.now(), self._durations.update)

    def _unscale(self, params: Params) -> None:
        """Its policies go with the target (botocore's model of DeregisterScalableTarget)."""
        self._drop(self.targets, params["ResourceId"])
        for name in [one for one, policy in self.policies.items() if policy["ResourceId"] == params["ResourceId"]]:
            del self.policies[name]

    def _delete_endpoint(self, params: Params) -> None:
        if self.find(params["EndpointName"]) is None:
            return
        endpoint = self._changeable(params["EndpointName"])
        if self.components.on(endpoint.name):
            raise Unavailable("Cannot delete endpoint with inference component associated.")
        if endpoint.status != "Deleting":
            endpoint.change("Deleting", self._clock.now(), self._durations.delete)

    def _create_component(self, params: Params) -> None:
        endpoint, name = self._changeable(params["EndpointName"]), params["InferenceComponentName"]
        if endpoint.store:
            raise ReleaseFailed("Inference Components are not supported in this Endpoint.")
        self.components.create(params, self._durations.component, self.doomed.get(name, ""))

    def _changeable(self, name: str) -> Endpoint:
        endpoint = self.existing(name)
        if endpoint.status in _CHANGING:
            raise Unavailable(f'Cannot update in-progress endpoint "{name}".')
        return endpoint

    def _store(self, model: str) -> str:
        params = self.models[model]
        containers: list[Params] = (
            [params["PrimaryContainer"]] if "PrimaryContainer" in params else params["Containers"]
        )
        return str(containers[0]["ModelDataUrl"])

    def _containers(self, model: str) -> dict[str, str]:
        """Those of a model that requests name the containers of."""
        params = self.models.get(model, {})
        named = params.get("Containers", []) if "InferenceExecutionConfig" in params else []
        return {one["ContainerHostname"]: one["ModelDataUrl"] for one in named}

    @staticmethod
    def _keep(kept: dict[str, Params], name: str, params: Params) -> None:
        """Exists already is success, and leaves what is there."""
        kept.setdefault(name, params)

    @staticmethod
    def _drop(kept: dict[str, Params], name: str) -> None:
        kept.pop(name, None)
