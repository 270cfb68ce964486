"""SageMaker's rules for models of several containers (developer guide, multi-container-create and -direct)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.errors import validation

Params = Mapping[str, Any]

ACCELERATED = re.compile(r"ml\.(?:p|g\d|inf|trn|dl)")
"""Instance types with an accelerator."""


def is_direct(model: Params) -> bool:
    """Whether requests name the container of this model that serves them."""
    mode: str = model.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
    return mode == "Direct"


def check_containers(model: Params) -> None:
    """Hostnames are unique; with direct invocation there are several containers, all named, each of one model."""
    containers = model.get("Containers", [])
    hostnames = [container["ContainerHostname"] for container in containers if "ContainerHostname" in container]
    if len(set(hostnames)) < len(hostnames):
        raise validation("ContainerHostname must be unique for each container in the model.")
    if not is_direct(model):
        return
    if len(containers) < 2:
        raise validation("InferenceExecutionConfig.Mode Direct needs more than one container in Containers.")
    if len(hostnames) < len(containers):
        raise validation("ContainerHostname is required for each container with InferenceExecutionConfig.Mode Direct.")
    if any(container.get("Mode") == "MultiModel" for container in containers):
        raise validation("Containers in MultiModel mode are not supported with InferenceExecutionConfig.Mode Direct.")


def check_direct_config(config: Params, model_of: Callable[[str], Entry]) -> None:
    """What direct invocation does not go together with: accelerators, serverless, asynchronous."""
    for variant in [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]:
        if "ModelName" in variant and is_direct(model_of(variant["ModelName"]).params):
            _check_variant(config, variant)


def _check_variant(config: Params, variant: Params) -> None:
    name = variant["VariantName"]
    if "ServerlessConfig" in variant:
        raise validation(f"Variant {name} is serverless: multi-container models are not supported by it.")
    if "AsyncInferenceConfig" in config:
        raise validation("AsyncInferenceConfig is not supported for endpoints with multi-container models.")
    types = [variant.get("InstanceType", ""), *(pool["InstanceType"] for pool in variant.get("InstancePools", []))]
    if refused := [each for each in types if ACCELERATED.match(each)]:
        raise validation(
            f"Instance type {refused[0]} of variant {name} is not supported: multi-container endpoints with direct "
            "invocation run on CPU instances."
        )
