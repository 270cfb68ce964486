"""Where a model is served now: read, and kept for a bounded time.

A pointer is used for at most `staleness` seconds from the moment its read began. In the last fifth of that time one
caller reads again while the others go on with what they have, so steady traffic never queues behind a read.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._errors import (
    About,
    InvalidRequest,
    NoRoute,
    NotAllowed,
    TenantryError,
    TenantSuspended,
    Unavailable,
    translate,
)
from tenantry_client._table import Pointer

EARLY = 0.8
"""Part of the staleness after which a pointer is read again."""
TRY_AGAIN = 0.5
"""Seconds until the next read after one that failed, while the pointer at hand is still good."""


class Reader(Protocol):
    """Where pointers come from."""

    def __call__(self, model: str) -> Pointer | None:
        """The pointer of this model as it is now, or `None`; raises botocore's errors."""


@dataclass(slots=True)
class _Slot:
    """What is known of one model. `pointer` is `None` while nothing was found or nothing was read yet.

    Until `use_until` it is used without a thought; from then until `hold_until` one caller reads again while the
    others use it; after that all wait for a read.
    """

    pointer: Pointer | None = None
    read_at: float = float("-inf")
    use_until: float = float("-inf")
    hold_until: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class Routes:
    """The pointers of one tenant. `outage`: how long to go on with the last pointer while the table cannot be read."""

    def __init__(
        self, tenant: str, read: Reader, clock: Callable[[], float], staleness: float = 5.0, outage: float = 60.0
    ) -> None:
        self._tenant = tenant
        self._read = read
        self._clock = clock
        self._staleness = staleness
        self._outage = outage
        self._slots: dict[str, _Slot] = {}

    def at(self, model: str, now: float) -> Pointer:
        """The pointer to use at this time. Raises NoRoute, TenantSuspended, InvalidRequest, Unavailable."""
        slot = self._slots.get(model)
        if slot is None or now >= slot.use_until:
            slot = self._renew(model, now)
        return self._usable(slot, model)

    def since(self, model: str, failed_at: float) -> Pointer:
        """The pointer as read after this time: what a call needs whose target was gone."""
        slot = self._slot(model)
        with slot.lock:
            if slot.read_at <= failed_at:
                self._load(model, slot, self._clock())
        return self._usable(slot, model)

    def _slot(self, model: str) -> _Slot:
        return self._slots.get(model) or self._slots.setdefault(model, _Slot())

    def _usable(self, slot: _Slot, model: str) -> Pointer:
        pointer = slot.pointer
        if pointer is None:
            raise NoRoute("no version is live", About(self._tenant, model))
        if pointer.suspended:
            raise TenantSuspended("the tenant is suspended", About(self._tenant, model, pointer.version))
        if not pointer.arguments:
            instead = f"drop files under batches/{self._tenant}/{model}/{{batch}}/ instead"
            raise InvalidRequest(f"it is served by batch jobs: {instead}", About(self._tenant, model, pointer.version))
        return pointer

    def _renew(self, model: str, now: float) -> _Slot:
        slot = self._slot(model)
        early = now < slot.hold_until
        if not slot.lock.acquire(blocking=not early):
            return slot
        try:
            if (now := self._clock()) >= slot.use_until:  # else another caller has just read it
                self._load(model, slot, now)
        finally:
            slot.lock.release()
        return slot

    def _load(self, model: str, slot: _Slot, now: float) -> None:
        try:
            found = self._read(model)
        except (ClientError, BotoCoreError) as error:
            self._bear(slot, now, translate(error, About(self._tenant, model)))
            return
        slot.pointer = _newer(slot.pointer, found)
        slot.read_at = now
        slot.use_until = now + self._staleness * EARLY
        slot.hold_until = now + self._staleness

    def _bear(self, slot: _Slot, now: float, error: TenantryError) -> None:
        """The table cannot be read: go on with the pointer at hand for as long as `outage` allows."""
        if isinstance(error, NotAllowed):
            raise error
        slot.hold_until = slot.read_at + self._staleness + self._outage
        if slot.pointer is None or now >= slot.hold_until:
            raise Unavailable(f"the route table cannot be read: {error}", error.about) from error
        slot.use_until = now + TRY_AGAIN


def _newer(known: Pointer | None, found: Pointer | None) -> Pointer | None:
    """Generations never decrease. A route that was removed and made anew begins again, later: that one is newer."""
    if known and found and found.generation < known.generation and found.since <= known.since:
        return known
    return found
