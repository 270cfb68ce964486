"""Instances behind a host: how many, of which type, and which types cannot do what."""

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from tenantry.domain.base import Value

InstanceType = Annotated[str, StringConstraints(pattern=r"\Aml\.[a-z0-9-]+\.[a-z0-9]+\z")]
USUAL_TYPE = "ml.m5.large"
_ACCELERATED = re.compile(r"ml\.(?:p\d|g\d|inf|trn)")
_BURSTABLE = re.compile(r"ml\.t2\.")


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
