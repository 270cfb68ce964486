"""One inference component as it is known: what it runs, its copies, its state."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.components.copies import Copies
from local.hosting.components.room import Room

IN_PROGRESS = {"Creating": "CREATE_IN_PROGRESS", "Updating": "UPDATE_IN_PROGRESS", "Deleting": "DELETE_IN_PROGRESS"}
"""How its sentences spell a passing state."""


@dataclass(eq=False, kw_only=True)
class Component(Entry):
    """`params` are those of CreateInferenceComponent, with Specification and VariantName as they are now."""

    copies: Copies
    desired: int
    status: str = "Creating"
    failure: str = ""
    rolled: Mapping[str, Any] | None = None
    """The DeploymentConfig of the last update that rolled."""
    modified_at: float = field(default_factory=time.time)
    sizing: threading.RLock = field(default_factory=threading.RLock)
    """Held while its copies change."""

    @property
    def modified(self) -> float:
        """When its state changed last."""
        return self.modified_at

    @property
    def endpoint(self) -> str:
        """EndpointName."""
        name: str = self.params["EndpointName"]
        return name

    @property
    def variant(self) -> str:
        """VariantName."""
        name: str = self.params["VariantName"]
        return name

    @property
    def specification(self) -> dict[str, Any]:
        """What every copy is."""
        specification: dict[str, Any] = self.params["Specification"]
        return specification

    @property
    def need(self) -> Room:
        """What every copy reserves."""
        return Room.needed(self.specification["ComputeResourceRequirements"])

    @property
    def strategy(self) -> str:
        """How copies are spread over instances."""
        strategy: str = self.specification.get("SchedulingConfig", {}).get("PlacementStrategy", "SPREAD")
        return strategy
