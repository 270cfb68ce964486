"""Inference components and their states: Creating → InService ⇄ Updating, Deleting, Failed; and where copies go."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from local.hosting.catalog import Shelf
from local.hosting.components.component import IN_PROGRESS, Component
from local.hosting.components.copies import Copies
from local.hosting.components.instance import RoomyInstance
from local.hosting.components.scheduler import Scheduler
from local.hosting.components.sizing import Sizing
from local.hosting.endpoints import Endpoints
from local.hosting.errors import no_component, validation
from local.hosting.ground import Ground
from local.hosting.metrics import Gauge

Act = Callable[[], None]


class Components:
    """All inference components. Work that takes time runs on `ground.work`."""

    def __init__(self, ground: Ground, endpoints: Endpoints) -> None:
        self.shelf: Shelf[Component] = Shelf("inference component")
        self._ground = ground
        self._scheduler = Scheduler(ground, endpoints)
        self._sizing = Sizing(self._scheduler)
        self._lock = threading.RLock()

    def of(self, endpoint: str) -> list[Component]:
        """The components of one endpoint."""
        return [component for component in self.shelf if component.endpoint == endpoint]

    def copies(self, endpoint: str, component: str) -> Copies:
        """The copies of a component; ValidationError when the endpoint has none of exactly that name."""
        for each in self.of(endpoint):
            if each.name == component:
                return each.copies
        raise no_component(component, endpoint)

    def create(self, component: Component) -> None:
        """Take it on in Creating; its copies start when there is room for them."""
        self.shelf.add(component)
        self._ground.work.submit(self._bring_up, component)

    def scale(self, component: Component, count: int) -> None:
        """UpdateInferenceComponentRuntimeConfig: another number of copies; on failure the old one is kept."""
        self._begin(component, "Updating")
        self._ground.work.submit(self._change, component, lambda: self._sizing.resize(component, count))

    def roll(self, component: Component, copies: Copies, params: Mapping[str, Any]) -> None:
        """UpdateInferenceComponent: other copies take the place of these batch by batch; on failure the old ones stay.

        `copies` is what the new ones are made like; `params` are the members of the request.
        """
        self._begin(component, "Updating")
        self._ground.work.submit(self._change, component, lambda: self._sizing.replace(component, copies, params))

    def delete(self, component: Component) -> None:
        """Deleting, then gone, once nothing is in flight on its copies."""
        self._begin(component, "Deleting", ("InService", "Failed"))
        self._ground.work.submit(self._take_down, component)

    def vacate(self, endpoint: str, leaving: Sequence[RoomyInstance]) -> None:
        """Move the copies on these instances elsewhere, as far as there is room."""
        for component in self.of(endpoint):
            staying = not any(home in self._scheduler.variant(component).instances for home in leaving)
            for berth in [each for home in leaving for each in home.berths if each.copies is component.copies]:
                self._sizing.move(component, berth, grow=staying)
        self.heal(endpoint)

    def heal(self, endpoint: str) -> None:
        """There may be other room than before: bring components back to the copies they should have."""
        self._scheduler.room_changed()
        for component in self.of(endpoint):
            if component.status == "InService" and len(component.copies) < component.desired:
                self._ground.work.submit(self._mend, component)

    def lose_copy(self, name: str) -> None:
        """The oldest copy of a component dies with what is in flight on it; another one takes its place."""
        for component in self.shelf:
            if component.name == name and component.copies.berths:
                component.copies.lose_at(component.copies.berths[0])
                return self.heal(component.endpoint)
        raise validation(f"There is no copy of an inference component {name}.")

    def report(self) -> list[dict[str, Any]]:
        """Every component for a curious person."""
        return [
            {
                "component": component.name,
                "endpoint": component.endpoint,
                "status": component.status,
                "desired": component.desired,
                "copies": [copy.report() for copy in list(component.copies.instances)],
            }
            for component in self.shelf
        ]

    def gauges(self) -> Iterator[Gauge]:
        """Readings of every component."""
        for component in self.shelf:
            yield from component.copies.gauges()

    def levels(self) -> Iterator[Gauge]:
        """Concurrency on every component, which SageMaker publishes every 10 seconds."""
        for component in self.shelf:
            yield component.copies.level()

    def close(self) -> None:
        """Let nobody wait for room any longer."""
        self._scheduler.close()

    def _begin(self, component: Component, status: str, allowed: Sequence[str] = ("InService",)) -> None:
        with self._lock:
            if component.status not in allowed:
                verb = "delete" if status == "Deleting" else "update"
                told = IN_PROGRESS.get(component.status, component.status)
                raise validation(f'Cannot {verb} inference component "{component.arn}" in {told} status.')
            self._set(component, status)

    def _set(self, component: Component, status: str, failure: str = "") -> None:
        with self._lock:
            component.status, component.failure = status, failure
            component.modified_at = time.time()

    def _bring_up(self, component: Component) -> None:
        began, failure = time.monotonic(), ""
        try:
            self._sizing.fill(component, component.desired)
        except Exception as error:  # whatever it was, the component's state must say so
            failure = str(error) or repr(error)
            self._sizing.empty(component, 0)
        self._scheduler.linger(began, lambda knobs: knobs.creating)
        self._set(component, "Failed" if failure else "InService", failure)
        self._scheduler.release(component)

    def _change(self, component: Component, act: Act) -> None:
        began, failure = time.monotonic(), ""
        try:
            with component.sizing:
                act()
        except Exception as error:  # whatever it was, the component's state must say so
            failure = str(error) or repr(error)
        self._scheduler.linger(began, lambda knobs: knobs.updating)
        self._set(component, "InService", failure)
        self._scheduler.release(component)
        self.heal(component.endpoint)

    def _take_down(self, component: Component) -> None:
        began = time.monotonic()
        with component.sizing:
            component.copies.closed = True
            self._sizing.empty(component, 0)
        self._scheduler.linger(began, lambda knobs: knobs.deleting)
        self.shelf.remove(component)
        self._scheduler.release(component)

    def _mend(self, component: Component) -> None:
        with component.sizing:
            self._sizing.mend(component)
