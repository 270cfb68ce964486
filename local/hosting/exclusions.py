"""What SageMaker does not combine with serverless and with asynchronous endpoints, refused as it refuses it.

Facts: SageMaker developer guide, model-deploy-feature-matrix, serverless-endpoints, async-inference. What the guide
does not say, and is refused here all the same: an update between asynchronous and not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.hosting.components.variant import ComponentVariant
from local.hosting.endpoint import Endpoint
from local.hosting.errors import validation
from local.hosting.serverless import ServerlessVariant
from local.hosting.serverless_limits import ServerlessConfig
from local.hosting.variant import Variant

Params = Mapping[str, Any]
MEMORY_STEP_MB = 1024

_ON_INSTANCES = (
    "InitialInstanceCount",
    "VolumeSizeInGB",
    "AcceleratorType",
    "CoreDumpConfig",
    "ManagedInstanceScaling",
    "RoutingConfig",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
)
"""Members of a variant that have no meaning without instances."""


def _containers(models: Sequence[Params]) -> list[Params]:
    return [each for model in models for each in model.get("Containers") or [model["PrimaryContainer"]]]


_FEATURES: dict[str, Callable[[Params, Sequence[Params]], bool]] = {
    "More than one production variant": lambda config, _: len(config["ProductionVariants"]) > 1,
    "ShadowProductionVariants": lambda config, _: "ShadowProductionVariants" in config,
    "DataCaptureConfig": lambda config, _: "DataCaptureConfig" in config,
    "A variant without a model": lambda config, _: any("ModelName" not in v for v in config["ProductionVariants"]),
    "A container in MultiModel mode": lambda _, models: any(c.get("Mode") == "MultiModel" for c in _containers(models)),
    "An inference pipeline": lambda _, models: any(len(_containers([model])) > 1 for model in models),
    "VpcConfig": lambda config, models: any("VpcConfig" in each for each in (config, *models)),
    "EnableNetworkIsolation": lambda config, models: any(e.get("EnableNetworkIsolation") for e in (config, *models)),
    "ModelDataSource": lambda _, models: any("ModelDataSource" in each for each in _containers(models)),
    "A private Docker registry": lambda _, models: any(
        each.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc" for each in _containers(models)
    ),
    "AsyncInferenceConfig": lambda config, _: "AsyncInferenceConfig" in config,
    "ServerlessConfig": lambda config, _: any("ServerlessConfig" in each for each in config["ProductionVariants"]),
}
"""By its name in the sentence: whether a config, with the models of its variants, has it."""

_SERVERLESS = [name for name in _FEATURES if name != "ServerlessConfig"]
_ASYNCHRONOUS = [
    name
    for name in _FEATURES
    if name
    not in (
        "AsyncInferenceConfig",
        "VpcConfig",
        "EnableNetworkIsolation",
        "ModelDataSource",
        "A private Docker registry",
    )
]


def check_config(config: Params, models: Sequence[Params]) -> None:
    """Refuse an endpoint config that SageMaker does not have; `models` as they were created."""
    if "AsyncInferenceConfig" in config:
        _refuse("asynchronous", _ASYNCHRONOUS, config, models)
        _check_paths(config["AsyncInferenceConfig"]["OutputConfig"])
    for variant in config["ProductionVariants"]:
        if "ServerlessConfig" in variant:
            _check_serverless(variant)
            _refuse("serverless", _SERVERLESS, config, models)


def check_update(endpoint: Endpoint, variants: Sequence[Variant]) -> None:
    """Refuse an update to another kind of endpoint; from serverless to instances it goes, once and for good."""
    was, will = (any(isinstance(each, ServerlessVariant) for each in some) for some in (endpoint.variants, variants))
    if will and not was:
        raise validation(f'Cannot update instance-based endpoint "{endpoint.arn}" to a serverless one.')
    was, will = (any(each.asynchronous for each in some) for some in (endpoint.variants, variants))
    if was != will:
        raise validation(f'Cannot update endpoint "{endpoint.arn}": it must stay with or without AsyncInferenceConfig.')


def check_capacities(endpoint: Endpoint, changes: Sequence[Params]) -> dict[str, ServerlessConfig]:
    """Refuse capacities that a variant cannot have; the new limits of serverless ones by variant name."""
    limits = {}
    for change in changes:
        variant, name = endpoint.variant(change["VariantName"]), change["VariantName"]
        serverless = isinstance(variant, ServerlessVariant)
        if serverless and "DesiredInstanceCount" in change:
            raise validation(f"Variant {name} is serverless: DesiredInstanceCount is not supported.")
        if "ServerlessUpdateConfig" in change and not serverless:
            raise validation(f"Variant {name} is not serverless: ServerlessUpdateConfig is not supported.")
        scales_to_zero = variant.asynchronous or isinstance(variant, ComponentVariant)
        if change.get("DesiredInstanceCount") == 0 and not scales_to_zero:
            raise validation(f"Variant {name} needs a DesiredInstanceCount of at least 1.")
        if isinstance(variant, ServerlessVariant) and "ServerlessUpdateConfig" in change:
            limits[name] = variant.wanted.updated(change["ServerlessUpdateConfig"])
            _check_provisioned(limits[name])
    return limits


def _refuse(kind: str, names: Sequence[str], config: Params, models: Sequence[Params]) -> None:
    for name in names:
        if _FEATURES[name](config, models):
            raise validation(f"{name} is not supported by {kind} endpoints.")


def _check_serverless(variant: Params) -> None:
    for member in _ON_INSTANCES:
        if member in variant:
            raise validation(f"{member} is not supported by serverless endpoints.")
    config = ServerlessConfig.of(variant["ServerlessConfig"])
    if config.memory_mb % MEMORY_STEP_MB:
        raise validation(
            f"MemorySizeInMB {config.memory_mb} is not valid: it is 1024, 2048, 3072, 4096, 5120 or 6144 MB."
        )
    _check_provisioned(config)


def _check_provisioned(config: ServerlessConfig) -> None:
    if config.provisioned > config.most:
        raise validation(
            f"ProvisionedConcurrency {config.provisioned} must be less than or equal to MaxConcurrency {config.most}."
        )


def _check_paths(output: Params) -> None:
    for member in ("S3OutputPath", "S3FailurePath"):
        if not output.get(member, "s3://").startswith("s3://"):
            raise validation(f"The local cloud writes to s3://bucket/prefix only; {member} is {output[member]}.")
