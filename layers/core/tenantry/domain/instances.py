"""Instances behind a host: how many, of which type, and which types cannot do what."""

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from tenantry.domain.base import Value

InstanceType = Annotated[str, StringConstraints(pattern=r"\Aml\.[a-z0-9-]+\.[a-z0-9]+\z")]
USUAL_TYPE = "ml.m5.large"
_ACCELERATED = re.compile(r"ml\.(?:p\d|g\d|inf|trn)")
_BURSTABLE = re.compile(r"ml\.t2\.")
_SIXTH = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"
_SEVENTH = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_GRAPHICS = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_TRANSFORM = {
    "m4": "xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
    "c4": "xlarge 2xlarge 4xlarge 8xlarge",
    "p2": "xlarge 8xlarge 16xlarge",
    "p3": "2xlarge 8xlarge 16xlarge",
    "c5": "xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
    "m5": "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    **dict.fromkeys(("m6i", "c6i", "r6i"), _SIXTH),
    **dict.fromkeys(("m7i", "c7i", "r7i"), _SEVENTH),
    "g4dn": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    **dict.fromkeys(("g5", "g6", "g6e"), _GRAPHICS),
    "trn1": "2xlarge 32xlarge",
    "inf2": "xlarge 8xlarge 24xlarge 48xlarge",
}
"""What transform jobs run on, which is less than what endpoints do (botocore's TransformInstanceType)."""


class Instances(Value):
    """How many instances a host has, at least and at most."""

    min: Annotated[int, Field(ge=0, le=100)] = 2
    max: Annotated[int, Field(ge=1, le=100)] = 2

    @model_validator(mode="before")
    @classmethod
    def max_follows_min(cls, value: object) -> object:
        if isinstance(value, dict) and "max" not in value and "min" in value:
            return {**value, "max": value["min"] or 1}
        return value

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        return self

    @property
    def scales(self) -> bool:
        """Whether their number may change by itself."""
        return self.max > self.min

    def nearest(self, count: int) -> int:
        """The number within these limits that is nearest to this one."""
        return min(max(count, self.min), self.max)


def accelerated(instance_type: str) -> bool:
    """Whether it has a GPU or another accelerator."""
    return bool(_ACCELERATED.match(instance_type))


def runs_transforms(instance_type: str) -> bool:
    """Whether transform jobs can run on it."""
    _, family, size = instance_type.split(".")
    return size in _TRANSFORM.get(family, "").split()


def transforms(instance_type: str) -> str:
    """The type itself; ValueError, with the sizes or families there are, when transform jobs cannot run on it."""
    if runs_transforms(instance_type):
        return instance_type
    family = instance_type.split(".")[1]
    sizes = _TRANSFORM.get(family)
    there = f"of {family}: {sizes}" if sizes else f"sizes of {', '.join(_TRANSFORM)}"
    raise ValueError(f"transform jobs do not run on {instance_type} (SageMaker API, TransformInstanceType); {there}")


def scalable(instance_type: str, instances: Instances, *, zero: bool = False) -> None:
    """ValueError, with what to do, when these should scale and the type cannot, or to `zero` and the option cannot."""
    if instances.min == 0 and not zero:
        raise ValueError(
            "instances.min: such a host has one instance at least; one with a queue or with components may have none"
        )
    if _BURSTABLE.match(instance_type) and instances.scales:
        raise ValueError(
            f"{instance_type} cannot scale by itself (SageMaker guide, endpoint-auto-scaling): "
            "let instances.max equal instances.min, or take a type such as ml.m5.large"
        )
