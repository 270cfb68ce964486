"""What can be scaled: variants by instances or by provisioned concurrency, inference components by copies."""

import re
from dataclasses import dataclass

INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
COPIES = "sagemaker:inference-component:DesiredCopyCount"
DIMENSIONS = (INSTANCES, CONCURRENCY, COPIES)

NOUNS = {INSTANCES: "instance count", CONCURRENCY: "provisioned concurrency", COPIES: "copy count"}
_VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
_COMPONENT = re.compile(r"inference-component/([^/]+)")


class NotScalable(Exception):
    """It cannot be registered: it is not there, not in service, or of a kind that does not scale."""


@dataclass(frozen=True)
class Resource:
    """A scalable dimension of something of SageMaker's; `variant` is empty for an inference component."""

    dimension: str
    id: str  # as Application Auto Scaling names it
    name: str  # endpoint or inference component
    variant: str = ""

    @property
    def dimensions(self) -> frozenset[tuple[str, str]]:
        """The CloudWatch dimensions of its metrics."""
        if not self.variant:
            return frozenset({("InferenceComponentName", self.name)})
        return frozenset({("EndpointName", self.name), ("VariantName", self.variant)})


def resource(dimension: str, resource_id: str) -> Resource:
    """The resource of an id.

    Raises:
        NotScalable: the id does not fit the dimension.

    """
    pattern = _COMPONENT if dimension == COPIES else _VARIANT
    found = pattern.fullmatch(resource_id)
    if dimension not in DIMENSIONS or found is None:
        raise NotScalable("Unsupported service namespace, resource type or scalable dimension")
    return Resource(dimension, resource_id, *found.groups())
