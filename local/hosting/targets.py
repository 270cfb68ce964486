"""Which target an invocation has to name, by the kind of its variant; the refusals are SageMaker's own."""

from collections.abc import Mapping

from local.hosting.components.variant import ComponentVariant
from local.hosting.direct import DirectVariant
from local.hosting.endpoint import Endpoint
from local.hosting.errors import not_valid
from local.hosting.variant import Variant

_NO_COMPONENT = (
    "Inference Component Name header is required for endpoints to which you plan to deploy inference components. "
    "Please include Inference Component Name header or consider using SageMaker models."
)
_COMPONENT = (
    "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference "
    "components. Please remove the Inference Component Name header and try again."
)


def wanted_variant(endpoint: Endpoint, members: Mapping[str, str]) -> str | None:
    """The variant that a request names, itself or by its inference component; None when any will do."""
    component = members.get("InferenceComponentName")
    for variant in endpoint.variants:
        if component and isinstance(variant, ComponentVariant):
            return variant.directory.copies(endpoint.name, component).name
    return members.get("TargetVariant")


def target_of(endpoint: Endpoint, variant: Variant, members: Mapping[str, str]) -> str:
    """TargetModel, TargetContainerHostname or InferenceComponentName, or nothing for a single model.

    ValidationError when the one that the variant needs is missing, or one that it does not take is there.
    """
    model, hostname = members.get("TargetModel", ""), members.get("TargetContainerHostname", "")
    component = members.get("InferenceComponentName", "")
    if variant.asynchronous:
        raise not_valid(f"Endpoint {endpoint.name} is asynchronous: call InvokeEndpointAsync.")
    _check_model(endpoint, variant, model)
    _check_hostname(endpoint, variant, hostname)
    if component and not isinstance(variant, ComponentVariant):
        raise not_valid(_COMPONENT)
    if isinstance(variant, ComponentVariant) and not component:
        raise not_valid(_NO_COMPONENT)
    return model or hostname or component


def _check_model(endpoint: Endpoint, variant: Variant, model: str) -> None:
    if variant.multi_model and not model:
        raise not_valid(f"Endpoint {endpoint.name} is a multi-model endpoint: a TargetModel header is required.")
    if not variant.multi_model and model:
        raise not_valid(f"Endpoint {endpoint.name} is not a multi-model endpoint: TargetModel is not supported.")


def _check_hostname(endpoint: Endpoint, variant: Variant, hostname: str) -> None:
    if not isinstance(variant, DirectVariant):
        if hostname:
            raise not_valid(
                f"TargetContainerHostname is not supported by endpoint {endpoint.name}: it is not configured for "
                "direct invocation."
            )
    elif not hostname:
        raise not_valid(
            f"Endpoint {endpoint.name} is configured for direct invocation: a TargetContainerHostname header is "
            "required."
        )
    elif hostname not in variant.hostnames:
        raise not_valid(f"TargetContainerHostname {hostname} is not found for endpoint {endpoint.name}.")
