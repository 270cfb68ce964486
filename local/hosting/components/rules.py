"""SageMaker's rules for inference components that no shape states. Each raises ValidationException."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.hosting.components.component import Component
from local.hosting.components.variant import ComponentVariant
from local.hosting.endpoint import Endpoint
from local.hosting.errors import validation
from local.hosting.variant import Variant

Params = Mapping[str, Any]

UNBOUND = 2**31
"""More instances than there can be."""


def check_component_config(config: Params) -> None:
    """An endpoint config whose variants name no model is one for inference components, as a whole."""
    variants = config["ProductionVariants"]
    bare = [variant for variant in variants if "ModelName" not in variant and "ServerlessConfig" not in variant]
    if not bare:
        if any("ManagedInstanceScaling" in variant for variant in variants):
            raise validation("ManagedInstanceScaling is only supported for inference component endpoints.")
        return
    if len(bare) < len(variants):
        raise validation("Either all variants of an endpoint configuration have a ModelName, or none has one.")
    if "ExecutionRoleArn" not in config:
        raise validation("You must provide an ExecutionRoleArn for an endpoint that hosts inference components.")
    for variant in bare:
        _check_variant(variant)


def _check_variant(variant: Params) -> None:
    if "InstanceType" in variant and "InitialInstanceCount" not in variant:
        raise validation(f"Variant {variant['VariantName']} needs an InitialInstanceCount of at least 1.")
    scaling = variant.get("ManagedInstanceScaling", {})
    least, most = scaling.get("MinInstanceCount", 0), scaling.get("MaxInstanceCount", UNBOUND)
    if least > most:
        raise validation(f"MinInstanceCount {least} must not be greater than MaxInstanceCount {most}.")
    if scaling.get("Status") == "ENABLED" and not least <= variant["InitialInstanceCount"] <= most:
        raise validation("InitialInstanceCount must lie between MinInstanceCount and MaxInstanceCount.")


def check_host(endpoint: Endpoint) -> None:
    """Components go onto endpoints that were made for them, and are in service."""
    if not any(isinstance(variant, ComponentVariant) for variant in endpoint.variants):
        raise validation(
            "Inference Components are not supported in this Endpoint. Please make sure this endpoint can deploy "
            "inference components."
        )
    if endpoint.status not in ("InService", "Updating", "SystemUpdating"):
        raise validation(
            f'Cannot create an inference component on endpoint "{endpoint.arn}". Status: {endpoint.status}.'
        )


def check_specification(specification: Params) -> None:
    """One source of the container, and a reservation."""
    if ("ModelName" in specification) == ("Container" in specification):
        raise validation("You must provide either ModelName or Container in the Specification, and not both.")
    if "BaseInferenceComponentName" in specification:
        raise validation("The local cloud does not host adapter inference components.")
    requirements = specification.get("ComputeResourceRequirements")
    if requirements is None:
        raise validation("You must provide ComputeResourceRequirements in the Specification.")
    most = requirements.get("MaxMemoryRequiredInMb", requirements["MinMemoryRequiredInMb"])
    if most < requirements["MinMemoryRequiredInMb"]:
        raise validation("MaxMemoryRequiredInMb must not be less than MinMemoryRequiredInMb.")


def check_deletion(components: Sequence[Component]) -> None:
    """An endpoint goes after its inference components, in the words that gruntwork-io/cloud-nuke PR 1142 quotes."""
    if components:
        raise validation(
            "Cannot delete endpoint with inference component associated. Please delete inference component and try it "
            "again."
        )


def check_endpoint_update(endpoint: Endpoint, variants: Sequence[Variant], components: Sequence[Component]) -> None:
    """Inference components keep a variant that hosts them; the other kinds do not become hosts of components."""
    hosts = [isinstance(variant, ComponentVariant) for variant in variants]
    if any(isinstance(variant, ComponentVariant) for variant in endpoint.variants) != any(hosts):
        raise validation(f'Cannot update endpoint "{endpoint.arn}": it must stay with or without inference components.')
    kept = {variant.name for variant in variants}
    if lost := [component for component in components if component.variant not in kept]:
        raise validation(f"Variant {lost[0].variant} hosts inference components: it must stay in the configuration.")


def check_single(params: Params) -> None:
    """Specifications by instance type belong to instance pools, which are not hosted here."""
    if "Specifications" in params:
        raise validation("The local cloud does not host inference components with several Specifications.")


def check_update(params: Params) -> None:
    """An update changes something, and rolls in batches that SageMaker allows."""
    check_single(params)
    if "Specification" not in params and "RuntimeConfig" not in params:
        raise validation("You must provide a Specification or a RuntimeConfig to update an inference component.")
    policy = params.get("DeploymentConfig", {}).get("RollingUpdatePolicy", {})
    batch = policy.get("MaximumBatchSize", {"Type": "COPY_COUNT", "Value": 1})
    if batch["Type"] == "CAPACITY_PERCENT" and not 5 <= batch["Value"] <= 50:
        raise validation("MaximumBatchSize must be between 5% and 50% of the copy count.")
