"""The control plane: one function per operation, request members in, response members out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.hosting import exclusions, rules
from local.hosting.catalog import Entry, Shelf
from local.hosting.components.registry import Components
from local.hosting.components.rules import check_component_config, check_deletion, check_endpoint_update
from local.hosting.describe import described_endpoint, summarised
from local.hosting.direct_rules import check_direct_config
from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import validation
from local.hosting.ground import Ground
from local.hosting.listing import page
from local.hosting.quotas import AccountQuotas
from local.hosting.serverless import ServerlessVariant, limits_of
from local.hosting.tags import Tags
from local.hosting.variants import make_variants

Params = dict[str, Any]
Operation = Callable[[Params], Params]


class Control:
    """Models, endpoint configs, endpoints and their tags."""

    def __init__(self, ground: Ground, endpoints: Endpoints, components: Components, *tagged: Iterable[Entry]) -> None:
        """`tagged` are the resources of others, whose tags are served here."""
        self._ground = ground
        self._endpoints = endpoints
        self._components = components
        self._quotas = AccountQuotas(ground.panel, endpoints)
        self.models: Shelf[Entry] = Shelf("model")
        self.configs: Shelf[Entry] = Shelf("endpoint configuration")
        tags = Tags(self.models, self.configs, endpoints.shelf, components.shelf, *tagged)
        self.operations: dict[str, Operation] = {
            "CreateModel": self.create_model,
            "DescribeModel": self.describe_model,
            "DeleteModel": self.delete_model,
            "ListModels": self.list_models,
            "CreateEndpointConfig": self.create_endpoint_config,
            "DescribeEndpointConfig": self.describe_endpoint_config,
            "DeleteEndpointConfig": self.delete_endpoint_config,
            "ListEndpointConfigs": self.list_endpoint_configs,
            "CreateEndpoint": self.create_endpoint,
            "DescribeEndpoint": self.describe_endpoint,
            "DeleteEndpoint": self.delete_endpoint,
            "ListEndpoints": self.list_endpoints,
            "UpdateEndpoint": self.update_endpoint,
            "UpdateEndpointWeightsAndCapacities": self.update_weights_and_capacities,
            **tags.operations,
        }

    def create_model(self, params: Params) -> Params:
        """CreateModel."""
        rules.check_model(params)
        self._quotas.within("models", "Total number of models", len(self.models), 1)
        entry = self._entry("model", params.pop("ModelName"), params)
        self.models.add(entry)
        return {"ModelArn": entry.arn}

    def describe_model(self, params: Params) -> Params:
        """DescribeModel."""
        entry = self._model(params["ModelName"])
        isolated = {"EnableNetworkIsolation": False, **entry.params}
        return {"ModelName": entry.name, "ModelArn": entry.arn, "CreationTime": entry.created, **isolated}

    def delete_model(self, params: Params) -> Params:
        """DeleteModel; endpoints that use it go on."""
        self.models.remove(self._model(params["ModelName"]))
        return {}

    def list_models(self, params: Params) -> Params:
        """ListModels."""
        return self._listed("Models", "Model", self.models, params)

    def create_endpoint_config(self, params: Params) -> Params:
        """CreateEndpointConfig."""
        rules.check_config(params)
        named = [each["ModelName"] for each in params["ProductionVariants"] if "ModelName" in each]
        check_component_config(params)
        check_direct_config(params, self._model)
        exclusions.check_config(params, [self._model(name).params for name in named])
        for variant in params["ProductionVariants"]:
            if "ServerlessConfig" not in variant:
                variant.setdefault("InitialVariantWeight", 1.0)
        entry = self._entry("endpoint-config", params.pop("EndpointConfigName"), params)
        self.configs.add(entry)
        return {"EndpointConfigArn": entry.arn}

    def describe_endpoint_config(self, params: Params) -> Params:
        """DescribeEndpointConfig."""
        entry = self._config(params["EndpointConfigName"])
        named = {"EndpointConfigName": entry.name, "EndpointConfigArn": entry.arn}
        return {**named, "CreationTime": entry.created, **entry.params}

    def delete_endpoint_config(self, params: Params) -> Params:
        """DeleteEndpointConfig; SageMaker lets one in use go, and so does this."""
        self.configs.remove(self._config(params["EndpointConfigName"]))
        return {}

    def list_endpoint_configs(self, params: Params) -> Params:
        """ListEndpointConfigs."""
        return self._listed("EndpointConfigs", "EndpointConfig", self.configs, params)

    def create_endpoint(self, params: Params) -> Params:
        """CreateEndpoint: Creating at once, InService when its containers are up."""
        entry = self._entry("endpoint", params.pop("EndpointName"), params)
        config = self._config(params["EndpointConfigName"])
        endpoint = Endpoint(entry.name, entry.arn, params, entry.tags)
        endpoint.variants = make_variants(self._ground, endpoint.name, config, self._model, self._components)
        self._quotas.within("endpoints", "Total number of endpoints", len(self._endpoints.shelf), 1)
        self._quotas.within_instances({variant.name: variant.desired for variant in endpoint.variants}, None)
        self._quotas.within_serverless(limits_of(endpoint.variants), None)
        self._endpoints.create(endpoint)
        return {"EndpointArn": endpoint.arn}

    def describe_endpoint(self, params: Params) -> Params:
        """DescribeEndpoint."""
        return described_endpoint(self._endpoint(params["EndpointName"]))

    def delete_endpoint(self, params: Params) -> Params:
        """DeleteEndpoint: Deleting at once, gone when its containers are."""
        endpoint = self._endpoint(params["EndpointName"])
        check_deletion(self._components.of(endpoint.name))
        self._endpoints.delete(endpoint)
        return {}

    def list_endpoints(self, params: Params) -> Params:
        """ListEndpoints."""
        return self._listed("Endpoints", "Endpoint", self._endpoints.shelf, params)

    def update_endpoint(self, params: Params) -> Params:
        """UpdateEndpoint, all at once: new instances with the new config, nothing loaded; then the old ones go."""
        endpoint = self._endpoint(params["EndpointName"])
        config = self._config(params["EndpointConfigName"])
        variants = make_variants(self._ground, endpoint.name, config, self._model, self._components)
        exclusions.check_update(endpoint, variants)
        check_endpoint_update(endpoint, variants, self._components.of(endpoint.name))
        self._quotas.within_serverless(limits_of(variants), endpoint)
        if params.get("RetainAllVariantProperties"):
            _retain(endpoint, {variant.name: variant for variant in variants})
        self._endpoints.replace(endpoint, config.name, variants)
        return {"EndpointArn": endpoint.arn}

    def update_weights_and_capacities(self, params: Params) -> Params:
        """UpdateEndpointWeightsAndCapacities."""
        endpoint = self._endpoint(params["EndpointName"])
        desired = {
            change["VariantName"]: (change.get("DesiredInstanceCount"), change.get("DesiredWeight"))
            for change in params["DesiredWeightsAndCapacities"]
        }
        limits = exclusions.check_capacities(endpoint, params["DesiredWeightsAndCapacities"])
        self._quotas.within_serverless(list(limits.values()), endpoint)
        counts = {variant.name: variant.desired for variant in endpoint.variants}
        self._quotas.within_instances(counts | {name: count for name, (count, _) in desired.items() if count}, endpoint)
        self._endpoints.scale(endpoint, desired, limits)
        return {"EndpointArn": endpoint.arn}

    def _model(self, name: str) -> Entry:
        return self.models.get(name, self._ground.names.arn("model", name))

    def _config(self, name: str) -> Entry:
        return self.configs.get(name, self._ground.names.arn("endpoint-config", name))

    def _endpoint(self, name: str) -> Endpoint:
        return self._endpoints.shelf.get(name, self._ground.names.arn("endpoint", name))

    def _entry(self, kind: str, name: str, params: Params) -> Entry:
        tags = {tag["Key"]: tag["Value"] for tag in params.pop("Tags", [])}
        return Entry(name, self._ground.names.arn(kind, name), params, tags)

    def _listed(self, member: str, prefix: str, shelf: Shelf[Any], params: Mapping[str, Any]) -> Params:
        shown, token = page(shelf, params)
        return {member: [summarised(prefix, entry) for entry in shown], **token}


def _retain(endpoint: Endpoint, variants: Mapping[str, Any]) -> None:
    for old in endpoint.variants:
        if old.name not in variants:
            raise validation(f"Variant {old.name} is not in the new endpoint configuration.")
        if isinstance(old, ServerlessVariant):
            continue
        variants[old.name].desired, variants[old.name].weight = old.desired, old.weight
