"""SageMaker's rules that no shape states: which members go together. Each raises ValidationException."""

from collections.abc import Mapping
from typing import Any

from local.contract import request_flaws
from local.hosting.direct_rules import check_containers
from local.hosting.errors import ApiError, sentence, validation


def check_shape(service: str, operation: str, params: Mapping[str, Any]) -> None:
    """Everything botocore's model says about the request; members it does not know are ignored, as AWS does."""
    flaws = [flaw for flaw in request_flaws(service, operation, params) if flaw.kind != "unknown"]
    if wrong := [flaw for flaw in flaws if flaw.kind == "type"]:
        raise ApiError("SerializationException", sentence(wrong))
    if flaws:
        raise validation(sentence(flaws))


def check_model(params: Mapping[str, Any]) -> None:
    """A model has one source of containers, a role, and multi-model containers have a prefix."""
    if ("PrimaryContainer" in params) == ("Containers" in params):
        raise validation("You must provide either PrimaryContainer or Containers, and not both.")
    if "ExecutionRoleArn" not in params:
        raise validation("You must provide an ExecutionRoleArn.")
    check_containers(params)
    for container in params.get("Containers") or [params["PrimaryContainer"]]:
        _check_container(container)


def _check_container(container: Mapping[str, Any]) -> None:
    if "Image" not in container and "ModelPackageName" not in container:
        raise validation("A container needs an Image or a ModelPackageName.")
    if container.get("Mode") != "MultiModel":
        return
    if "ModelDataSource" in container:
        raise validation("ModelDataSource is not supported by containers in MultiModel mode.")
    if not container.get("ModelDataUrl", "").startswith("s3://"):
        raise validation("A container in MultiModel mode needs a ModelDataUrl that is an S3 prefix.")


def check_config(params: Mapping[str, Any]) -> None:
    """Variant names are unique, and each variant says what it runs on."""
    names = [variant["VariantName"] for variant in params["ProductionVariants"]]
    if len(set(names)) < len(names):
        raise validation("Variant names must be unique.")
    for variant in params["ProductionVariants"]:
        _check_variant(variant)


def _check_variant(variant: Mapping[str, Any]) -> None:
    instances = "InstanceType" in variant or "InstancePools" in variant
    if instances == ("ServerlessConfig" in variant):
        raise validation("A variant needs either InstanceType (or InstancePools) or ServerlessConfig, and not both.")
    if "InstanceType" in variant and "ModelName" in variant and variant.get("InitialInstanceCount", 0) < 1:
        raise validation(f"Variant {variant['VariantName']} needs an InitialInstanceCount of at least 1.")
    if "VolumeSizeInGB" in variant and _has_local_disk(variant.get("InstanceType", "")):
        raise validation(f"VolumeSizeInGB is not supported by {variant['InstanceType']}: it has a disk of its own.")


def _has_local_disk(instance_type: str) -> bool:
    family = instance_type.split(".")[1] if instance_type.count(".") == 2 else ""
    return family.endswith("d") or family in {"g5", "g6", "g6e"}
