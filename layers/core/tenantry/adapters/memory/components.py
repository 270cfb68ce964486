"""Inference components in virtual time: each on one endpoint, made and removed in its own time.

What SageMaker is known to refuse is kept: a component that is still being created is not deleted yet, and while its
endpoint has no copies of it, calls fail.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenantry.domain.errors import Unavailable
from tenantry.ports import Answer, Clock, ComponentView

Params = dict[str, Any]


@dataclass
class Component:
    """A component and the change it is in, which ends at `until`. `artifact` is the S3 URL of its model."""

    name: str
    endpoint: str
    artifact: str
    desired: int
    until: datetime
    tags: dict[str, str]
    doomed: str = ""
    copies: int = 0
    status: str = "Creating"
    reason: str = ""

    def settle(self, now: datetime) -> None:
        """Let time have passed."""
        if self.status != "Creating" or now < self.until:
            return
        if self.doomed:
            self.status, self.reason = "Failed", self.doomed
        else:
            self.status, self.copies = "InService", self.desired


class Components:
    """All of them, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.all: dict[str, Component] = {}

    def create(self, params: Params, seconds: float, doomed: str) -> None:
        """Exists already is success."""
        name = params["InferenceComponentName"]
        if self.find(name) is not None:
            return
        self.all[name] = Component(
            name=name,
            endpoint=params["EndpointName"],
            artifact=params["Specification"]["Container"]["ArtifactUrl"],
            desired=params["RuntimeConfig"]["CopyCount"],
            until=self._clock.now() + timedelta(seconds=seconds),
            tags={tag["Key"]: tag["Value"] for tag in params.get("Tags", [])},
            doomed=doomed,
        )

    def delete(self, params: Params, seconds: float) -> None:
        """Gone already, or going, is success."""
        found = self.find(params["InferenceComponentName"])
        if found is None or found.status == "Deleting":
            return
        if found.status == "Creating":
            raise Unavailable(f'Inference component "{found.name}" is CREATE_IN_PROGRESS.')
        found.status, found.until = "Deleting", self._clock.now() + timedelta(seconds=seconds)

    def find(self, name: str) -> Component | None:
        """The component as it is now."""
        found = self.all.get(name)
        if found is None:
            return None
        found.settle(self._clock.now())
        if found.status == "Deleting" and self._clock.now() >= found.until:
            del self.all[name]
            return None
        return found

    def view(self, name: str) -> ComponentView | None:
        """The component as the port shows it."""
        found = self.find(name)
        if found is None:
            return None
        return ComponentView(
            name=name,
            endpoint=found.endpoint,
            status=found.status,
            copies=found.copies,
            desired=found.desired,
            reason=found.reason,
        )

    def on(self, endpoint: str) -> list[str]:
        """The components of this endpoint."""
        return [name for name in sorted(self.all) if (found := self.find(name)) and found.endpoint == endpoint]

    def refusal(self, name: str, endpoint: str) -> Answer | None:
        """The answer to a call of this component on this endpoint when nothing there can take it."""
        found = self.find(name)
        if found is None or found.endpoint != endpoint:
            words = f"Inference component {name} not found on endpoint {endpoint}."
            return Answer(outcome="invalid", took_ms=0, status=400, message=words)
        words = "Inference Component has no capacity to process this request."
        return None if found.copies else Answer(outcome="unavailable", took_ms=0, status=400, message=words)
