"""The number of copies of a component: filled, emptied, replaced, mended and moved."""

from collections.abc import Mapping
from typing import Any

from local.hosting.components.component import Component
from local.hosting.components.copies import Berth, Copies
from local.hosting.components.rolling import Roll
from local.hosting.components.scheduler import Scheduler
from local.hosting.errors import ApiError


class Sizing:
    """Acts on one component at a time; all but `move` under its `sizing` lock, which the caller holds."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def fill(self, component: Component, count: int) -> None:
        """Open copies until there are so many; the first that does not fit or start is raised."""
        while len(component.copies) < count:
            component.copies.open(self._scheduler.berth(component))

    def empty(self, component: Component, count: int) -> None:
        """Shut the youngest copies until there are so many."""
        for berth in reversed(component.copies.berths[count:]):
            component.copies.shut(berth)
        self._scheduler.room_changed()

    def resize(self, component: Component, count: int) -> None:
        """Another number of copies; on failure those there were stay, and the error is raised."""
        before = len(component.copies)
        old, component.desired = component.desired, count
        try:
            self.fill(component, count)
        except Exception:
            component.desired = old
            self.empty(component, before)
            raise
        self.empty(component, count)

    def replace(self, component: Component, copies: Copies, params: Mapping[str, Any]) -> None:
        """Roll to copies like these, then to the number that UpdateInferenceComponent asks for."""
        count = params.get("RuntimeConfig", {}).get("CopyCount", component.desired)
        component.rolled = params.get("DeploymentConfig")
        roll = Roll(component, self._scheduler, params)
        try:
            roll.forth(copies)
        except Exception:
            roll.back()
            self.fill(component, component.desired)
            raise
        self.resize(component, count)

    def mend(self, component: Component) -> None:
        """Bring a component in service back to the copies it should have, as far as there is room."""
        try:
            if component.status == "InService":
                self.fill(component, component.desired)
        except ApiError as error:  # it goes on with fewer, as it would on AWS
            print(f"{component.name} has {len(component.copies)} of {component.desired} copies: {error}", flush=True)

    def move(self, component: Component, berth: Berth, *, grow: bool) -> None:
        """Shut a copy once there is another one elsewhere, or no place for it."""
        try:
            component.copies.open(self._scheduler.berth(component, grow=grow))
        except ApiError as error:  # the instance goes all the same
            print(f"a copy of {component.name} has no other place: {error}", flush=True)
        component.copies.shut(berth)
