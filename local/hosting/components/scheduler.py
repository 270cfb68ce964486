"""Finding room for copies: on the instances there are, on one more where managed scaling allows it, or by waiting."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from local.hosting.components.component import Component
from local.hosting.components.copies import Berth
from local.hosting.components.variant import ComponentVariant
from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import ApiError, validation
from local.hosting.events import deployment_change
from local.hosting.ground import Ground
from local.hosting.quotas import AccountQuotas
from local.hosting.settings import Components as Knobs

NO_ROOM = (
    "There is not enough hardware resources on the instances to create a copy of the inference component. Please "
    "update resource requirements for this inference component, remove existing inference components, or increase the "
    "number of instances for this endpoint."
)


class Scheduler:
    """One for all endpoints; usable from any thread."""

    def __init__(self, ground: Ground, endpoints: Endpoints) -> None:
        self._ground = ground
        self._endpoints = endpoints
        self._quotas = AccountQuotas(ground.panel, endpoints)
        self._changed = threading.Condition()
        self._changes = 0
        self._growing = threading.Lock()
        self._closed = threading.Event()

    def berth(self, component: Component, *, grow: bool = True) -> Berth:
        """Room for one more copy; waits for it up to the knob `placing`, then ValidationException in AWS's words.

        `grow` says whether an instance may be added for it.
        """
        deadline = time.monotonic() + self._ground.panel.now.component.placing
        while True:
            seen = self._changes
            found = self._found(component) or (self._made(component) if grow else None)
            if found:
                return found
            if not self._await_change(seen, deadline):
                raise validation(NO_ROOM)

    def room_changed(self) -> None:
        """Those who wait look again."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def variant(self, component: Component) -> ComponentVariant:
        """Where the copies of a component go."""
        endpoint = self._endpoint(component)
        variant = endpoint.variant(component.variant)
        if not isinstance(variant, ComponentVariant):
            raise validation(NO_ROOM)
        return variant

    def release(self, component: Component) -> None:
        """Let instances without copies go, as far as managed instance scaling allows it."""
        self.pause(self._ground.panel.now.component.release_after)
        with suppress(ApiError):  # the endpoint may be gone by now
            variant = self.variant(component)
            while not self._closed.is_set() and variant.release():
                self._ground.emit(deployment_change(self._ground.names, self._endpoint(component)))

    def linger(self, began: float, knob: Callable[[Knobs], float]) -> None:
        """Wait until so long after the beginning as the knob says."""
        self._ground.panel.outlast(began, lambda now: knob(now.component), self._closed)

    def pause(self, seconds: float) -> None:
        """Wait so long, unless the local cloud stops."""
        self._closed.wait(seconds)

    def close(self) -> None:
        """Nobody waits any longer."""
        self._closed.set()
        self.room_changed()

    def _found(self, component: Component) -> Berth | None:
        return self.variant(component).reserve(component.copies, component.need, component.strategy)

    def _made(self, component: Component) -> Berth | None:
        variant = self.variant(component)
        with self._growing:  # one at a time: the next one may find what this one made
            found = self._found(component)
            if found or not variant.may_grow() or not variant.room.holds(component.need):
                return found
            self._add_instance(component, variant)
            return self._found(component)

    def _add_instance(self, component: Component, variant: ComponentVariant) -> None:
        endpoint = self._endpoint(component)
        counts = {each.name: each.desired for each in endpoint.variants}
        self._quotas.within_instances(counts | {variant.name: variant.desired + 1}, endpoint)
        variant.desired += 1
        self._ground.emit(deployment_change(self._ground.names, endpoint))
        try:
            variant.settle()
        except Exception:
            variant.desired -= 1
            raise

    def _await_change(self, seen: int, deadline: float) -> bool:
        """Whether there was a change of room before the time was up."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != seen, max(0.0, deadline - time.monotonic()))
            return self._changes != seen and not self._closed.is_set()

    def _endpoint(self, component: Component) -> Endpoint:
        return self._endpoints.shelf.get(component.endpoint, self._ground.names.arn("endpoint", component.endpoint))
