"""From the Specification of an inference component to copies that can be started, and back to what Describe says."""

from collections.abc import Callable, Mapping
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.components.copies import Copies
from local.hosting.components.variant import ComponentVariant
from local.hosting.errors import validation
from local.hosting.loading import Label
from local.hosting.variants import artifact_origin

Params = Mapping[str, Any]


def make_copies(
    variant: ComponentVariant, component: str, specification: Params, model_of: Callable[[str], Entry]
) -> Copies:
    """Copies of one component on this variant, none of them started."""
    image, url, environment = _container(specification, model_of)
    endpoint = variant.label.endpoint
    requirements = specification["ComputeResourceRequirements"]
    return Copies(
        ground=variant.ground,
        label=Label(endpoint, variant.name, image, environment, container="model", component=component),
        artifacts=artifact_origin(url),
        multi_model=False,
        desired=0,
        weight=1.0,
        limit_mb=requirements.get("MaxMemoryRequiredInMb", variant.room.memory_mb),
    )


def summarised_specification(specification: Params, resolved: float) -> dict[str, Any]:
    """InferenceComponentSpecificationSummary; `resolved` is when its image was."""
    summary = dict(specification)
    if container := summary.pop("Container", None):
        members = {name: value for name, value in container.items() if name != "Image"}
        image = container["Image"]
        deployed = {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": resolved}
        summary["Container"] = {"DeployedImage": deployed, **members}
    return summary


def _container(specification: Params, model_of: Callable[[str], Entry]) -> tuple[str, str, dict[str, str]]:
    """Image, artifact and environment."""
    if "Container" in specification:
        container = specification["Container"]
        url = container.get("ArtifactUrl")
    else:
        container = _only_container(model_of(specification["ModelName"]))
        url = container.get("ModelDataUrl")
    if "Image" not in container or url is None:
        raise validation("The local cloud does not host containers without an image and an artifact.")
    return container["Image"], url, dict(container.get("Environment", {}))


def _only_container(model: Entry) -> Params:
    containers: list[Params] = model.params.get("Containers") or [model.params["PrimaryContainer"]]
    if len(containers) > 1 or containers[0].get("Mode") == "MultiModel":
        raise validation(f"Model {model.name} is not supported by inference components: it has to be of one model.")
    return containers[0]
