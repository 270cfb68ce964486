"""From models and configs to variants that can be started; what the local cloud cannot host is refused here."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.hosting.catalog import Entry
from local.hosting.errors import validation
from local.hosting.ground import Ground
from local.hosting.loading import Label
from local.hosting.variant import Variant
from local.hosting.volume import Origin

ModelOf = Callable[[str], Entry]


def make_variants(ground: Ground, endpoint: str, config: Entry, model_of: ModelOf) -> list[Variant]:
    """One variant for each ProductionVariant of the config, none of them started."""
    if "AsyncInferenceConfig" in config.params:
        raise _not_hosted("asynchronous endpoints")
    return [_variant(ground, endpoint, params, model_of) for params in config.params["ProductionVariants"]]


def _variant(ground: Ground, endpoint: str, params: Mapping[str, Any], model_of: ModelOf) -> Variant:
    if "ModelName" not in params or "InitialInstanceCount" not in params:
        raise _not_hosted("serverless variants, instance pools and inference components")
    container = _container(model_of(params["ModelName"]))
    weight = float(params.get("InitialVariantWeight", 1.0))
    return Variant(
        ground=ground,
        label=Label(endpoint, params["VariantName"], container["Image"], dict(container.get("Environment", {}))),
        artifacts=artifact_origin(container["ModelDataUrl"]),
        multi_model=container.get("Mode") == "MultiModel",
        desired=params["InitialInstanceCount"],
        weight=weight,
    )


def artifact_origin(url: str) -> Origin:
    """Bucket and key (or prefix) of a ModelDataUrl; ValidationException when it is not one of S3."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise validation(f'Could not find model data at "{url}".')
    return Origin(parts.netloc, parts.path.removeprefix("/"))


def _container(model: Entry) -> dict[str, Any]:
    containers = model.params.get("Containers") or [model.params["PrimaryContainer"]]
    if len(containers) != 1:
        raise _not_hosted("models of several containers")
    container: dict[str, Any] = containers[0]
    if "ModelDataUrl" not in container or "Image" not in container:
        raise _not_hosted("containers without Image and ModelDataUrl")
    return container


def _not_hosted(what: str) -> Exception:
    return validation(f"The local cloud does not host {what}.")
