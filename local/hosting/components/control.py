"""The operations on inference components, request members in, response members out."""

from collections.abc import Callable, Mapping
from typing import Any

from local.hosting.catalog import Entry, Shelf
from local.hosting.components import rules
from local.hosting.components.component import Component
from local.hosting.components.registry import Components
from local.hosting.components.specification import make_copies, summarised_specification
from local.hosting.components.variant import ComponentVariant
from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import limit_exceeded, validation
from local.hosting.ground import Ground
from local.hosting.listing import page

Params = dict[str, Any]


class ComponentControl:
    """CreateInferenceComponent and what follows from it."""

    def __init__(self, ground: Ground, endpoints: Endpoints, components: Components, models: Shelf[Entry]) -> None:
        self._ground = ground
        self._endpoints = endpoints
        self._components = components
        self._models = models
        self.operations: dict[str, Callable[[Params], Params]] = {
            "CreateInferenceComponent": self.create,
            "DescribeInferenceComponent": self.describe,
            "DeleteInferenceComponent": self.delete,
            "ListInferenceComponents": self.list,
            "UpdateInferenceComponent": self.update,
            "UpdateInferenceComponentRuntimeConfig": self.update_runtime_config,
        }

    def create(self, params: Params) -> Params:
        """CreateInferenceComponent: Creating at once, InService when its copies answer."""
        rules.check_single(params)
        name, specification = params.pop("InferenceComponentName"), params.get("Specification", {})
        rules.check_specification(specification)
        endpoint = self._endpoint(params["EndpointName"])
        rules.check_host(endpoint)
        variant = self._variant(endpoint, params.setdefault("VariantName", endpoint.variants[0].name))
        self._check_quota(len(self._components.of(endpoint.name)))
        component = Component(
            name,
            self._arn(name),
            params,
            {tag["Key"]: tag["Value"] for tag in params.pop("Tags", [])},
            copies=make_copies(variant, name, specification, self._model),
            desired=params.get("RuntimeConfig", {}).get("CopyCount", 1),
        )
        self._components.create(component)
        return {"InferenceComponentArn": component.arn}

    def describe(self, params: Params) -> Params:
        """DescribeInferenceComponent."""
        component = self._component(params)
        specification = summarised_specification(component.specification, component.created)
        counts = {"DesiredCopyCount": component.desired, "CurrentCopyCount": len(component.copies)}
        failure = {"FailureReason": component.failure[:1024]} if component.failure else {}
        rolled = {"LastDeploymentConfig": component.rolled} if component.rolled else {}
        return {
            **_row(component, self._ground),
            "Specification": specification,
            "RuntimeConfig": counts,
            **failure,
            **rolled,
        }

    def delete(self, params: Params) -> Params:
        """DeleteInferenceComponent: Deleting at once, gone when its copies are."""
        self._components.delete(self._component(params))
        return {}

    def list(self, params: Params) -> Params:
        """ListInferenceComponents."""
        found = [component for component in self._components.shelf if _of(component, params)]
        shown, token = page(found, params)
        return {"InferenceComponents": [_row(component, self._ground) for component in shown], **token}

    def update(self, params: Params) -> Params:
        """UpdateInferenceComponent: other copies, batch by batch, and another number of them."""
        rules.check_update(params)
        component = self._component(params)
        if "Specification" not in params:
            self._components.scale(component, params["RuntimeConfig"]["CopyCount"])
            return {"InferenceComponentArn": component.arn}
        rules.check_specification(params["Specification"])
        variant = self._variant(self._endpoint(component.endpoint), component.variant)
        copies = make_copies(variant, component.name, params["Specification"], self._model)
        self._components.roll(component, copies, params)
        return {"InferenceComponentArn": component.arn}

    def update_runtime_config(self, params: Params) -> Params:
        """UpdateInferenceComponentRuntimeConfig: another number of copies."""
        component = self._component(params)
        self._components.scale(component, params["DesiredRuntimeConfig"]["CopyCount"])
        return {"InferenceComponentArn": component.arn}

    def _check_quota(self, used: int) -> None:
        limit = self._ground.panel.now.quotas.components_per_endpoint
        if limit is not None and used >= limit:
            words = "Number of inference components for an endpoint"
            raise limit_exceeded(words, limit, used, 1, "Inference Components")

    def _component(self, params: Mapping[str, Any]) -> Component:
        name = params["InferenceComponentName"]
        return self._components.shelf.get(name, self._arn(name))

    def _arn(self, name: str) -> str:
        return self._ground.names.arn("inference-component", name)

    def _endpoint(self, name: str) -> Endpoint:
        return self._endpoints.shelf.get(name, self._ground.names.arn("endpoint", name))

    def _model(self, name: str) -> Entry:
        return self._models.get(name, self._ground.names.arn("model", name))

    def _variant(self, endpoint: Endpoint, name: str) -> ComponentVariant:
        variant = endpoint.variant(name)
        if not isinstance(variant, ComponentVariant):
            raise validation(f"Variant {name} does not host inference components.")
        return variant


def _of(component: Component, params: Mapping[str, Any]) -> bool:
    endpoint = params.get("EndpointNameEquals", component.endpoint)
    variant = params.get("VariantNameEquals", component.variant)
    return (endpoint, variant) == (component.endpoint, component.variant)


def _row(component: Component, ground: Ground) -> dict[str, Any]:
    """InferenceComponentSummary."""
    return {
        "InferenceComponentName": component.name,
        "InferenceComponentArn": component.arn,
        "EndpointName": component.endpoint,
        "EndpointArn": ground.names.arn("endpoint", component.endpoint),
        "VariantName": component.variant,
        "InferenceComponentStatus": component.status,
        "CreationTime": component.created,
        "LastModifiedTime": component.modified,
    }
