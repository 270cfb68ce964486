"""One endpoint as it is known: its config, its variants, its state."""

import time
from dataclasses import dataclass, field

from local.hosting.catalog import Entry
from local.hosting.errors import validation
from local.hosting.variant import Variant

SERVING = {"InService", "Updating", "SystemUpdating", "RollingBack"}
"""States in which an endpoint answers invocations."""


@dataclass(eq=False)
class Endpoint(Entry):
    """One endpoint; `params` holds EndpointConfigName as it is now."""

    variants: list[Variant] = field(default_factory=list)
    status: str = "Creating"
    failure: str = ""
    modified_at: float = field(default_factory=time.time)

    @property
    def modified(self) -> float:
        """When its state changed last."""
        return self.modified_at

    @property
    def config(self) -> str:
        """EndpointConfigName."""
        name: str = self.params["EndpointConfigName"]
        return name

    def variant(self, name: str) -> Variant:
        """One of its variants; ValidationException when it has none of that name."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise validation(f'Could not find variant "{name}" of endpoint "{self.arn}".')
