"""From models and configs to variants that can be started; what the local cloud cannot host is refused here."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.hosting.catalog import Entry
from local.hosting.components.variant import ComponentVariant, Directory
from local.hosting.direct import DirectVariant, Part
from local.hosting.direct_rules import is_direct
from local.hosting.errors import validation
from local.hosting.ground import Ground
from local.hosting.loading import Label
from local.hosting.serverless import ServerlessVariant
from local.hosting.serverless_limits import ServerlessConfig
from local.hosting.variant import Variant
from local.hosting.volume import Origin

ModelOf = Callable[[str], Entry]


def make_variants(
    ground: Ground, endpoint: str, config: Entry, model_of: ModelOf, directory: Directory
) -> list[Variant]:
    """One variant for each ProductionVariant of the config, none of them started.

    `directory` knows the inference components of the endpoint.
    """
    made = [_variant(ground, endpoint, params, model_of, directory) for params in config.params["ProductionVariants"]]
    for variant in made:
        variant.asynchronous = config.params.get("AsyncInferenceConfig")
    return made


def _variant(
    ground: Ground, endpoint: str, params: Mapping[str, Any], model_of: ModelOf, directory: Directory
) -> Variant:
    if "InstancePools" in params or not {"InitialInstanceCount", "ServerlessConfig"} & set(params):
        raise _not_hosted("instance pools")
    if "ModelName" not in params:
        return ComponentVariant.of(ground, endpoint, params, directory)
    model = model_of(params["ModelName"])
    if is_direct(model.params):
        return _direct_variant(ground, endpoint, params, model)
    container = _container(model)
    common: dict[str, Any] = {
        "ground": ground,
        "label": Label(endpoint, params["VariantName"], container["Image"], dict(container.get("Environment", {}))),
        "artifacts": artifact_origin(container["ModelDataUrl"]),
        "multi_model": container.get("Mode") == "MultiModel",
        "weight": float(params.get("InitialVariantWeight", 1.0)),
    }
    if "ServerlessConfig" in params:
        limits = ServerlessConfig.of(params["ServerlessConfig"])
        return ServerlessVariant(**common, desired=0, config=limits, wanted=limits)
    return Variant(**common, desired=params["InitialInstanceCount"])


def _direct_variant(ground: Ground, endpoint: str, params: Mapping[str, Any], model: Entry) -> DirectVariant:
    parts = tuple(_part(endpoint, params["VariantName"], each) for each in model.params["Containers"])
    return DirectVariant(
        ground=ground,
        label=Label(endpoint, params["VariantName"], parts[0].label.image, {}),
        artifacts=parts[0].artifacts,
        multi_model=False,
        desired=params["InitialInstanceCount"],
        weight=float(params.get("InitialVariantWeight", 1.0)),
        parts=parts,
    )


def _part(endpoint: str, variant: str, container: Mapping[str, Any]) -> Part:
    _check_hosted(container)
    hostname, environment = container["ContainerHostname"], dict(container.get("Environment", {}))
    label = Label(endpoint, variant, container["Image"], environment, container=hostname)
    return Part(hostname, label, artifact_origin(container["ModelDataUrl"]))


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
    _check_hosted(container)
    return container


def _check_hosted(container: Mapping[str, Any]) -> None:
    if "ModelDataUrl" not in container or "Image" not in container:
        raise _not_hosted("containers without Image and ModelDataUrl")


def _not_hosted(what: str) -> Exception:
    return validation(f"The local cloud does not host {what}.")
