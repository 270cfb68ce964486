"""Where a model is served now: read from the route table, kept for a bounded time.

A pointer is used for at most `staleness` seconds from the moment its read began. In the last fifth of that time one
caller reads again while the others go on with what they have, so steady traffic never queues behind a read.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

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
from tenantry_client._sizes import MOST, ON_INSTANCES

EARLY = 0.8
"""Part of the staleness after which a pointer is read again."""
SELECTORS = {
    "multi-model": "TargetModel",
    "multi-container": "TargetContainerHostname",
    "inference-component": "InferenceComponentName",
}
"""By serving option, the parameter that selects a version on a host with several; other hosts have one."""
JOBS = "batch-transform"
"""The serving option that has no endpoint to call."""
TRY_AGAIN = 0.5
"""Seconds until the next read after one that failed, while the pointer at hand is still good."""


class Pointer(NamedTuple):
    """One route with the endpoint behind its host. `arguments` name it to InvokeEndpoint; none where jobs serve.

    `canary`: where `weight` percent of the calls go instead while a new version is judged. `most`: bytes of a request.
    """

    arguments: dict[str, str]
    version: str
    generation: int
    since: str
    suspended: bool = False
    canary: "Pointer | None" = None
    weight: int = 0
    most: int = ON_INSTANCES


class Reader(Protocol):
    """Where pointers come from."""

    def __call__(self, model: str) -> Pointer | None:
        """The pointer of this model as it is now, or `None`; raises botocore's errors."""


class RoutesTable:
    """Reads routes of one tenant from DynamoDB: the route, then the hosts it names. Unknown attributes are ignored.

    Of a model that the tenant shares, the route is its owner's, or where the tenant is pinned.
    """

    def __init__(self, dynamodb: Any, table: str, tenant: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._partition = f"TENANT#{tenant}"

    def __call__(self, model: str) -> Pointer | None:
        """All reads are strongly consistent: the staleness promised is the client's alone."""
        if route := self._get(self._partition, f"MODEL#{model}"):
            return self._followed(route)
        shared = self._get(self._partition, f"SHARED#{model}")
        route = shared and self._get(f"TENANT#{_text(shared, 'owner')}", f"MODEL#{model}")
        if not shared or not route:
            return None
        pin = shared.get("pin", {}).get("M")
        found = self._pinned(route, pin) if pin else self._followed(route)
        return found and _shared(found, shared)

    def _pinned(self, route: dict[str, Any], pin: dict[str, Any]) -> Pointer | None:
        host = self._host(pin)
        return _pointer(route, pin, host) if host else None

    def _followed(self, route: dict[str, Any]) -> Pointer | None:
        """Where the route leads, and its canary."""
        host = self._host(route)
        if not host:
            return None
        live = _pointer(route, route, host)
        judged = route.get("canary", {}).get("M")
        if not judged:
            return live
        other = host if _text(judged, "host") == _text(route, "host") else self._host(judged)
        return live._replace(canary=_pointer(route, judged, other)) if other else live

    def _host(self, part: dict[str, Any]) -> dict[str, Any] | None:
        """The host that a route, or its canary, names; `None` when no endpoint stands behind it, and none will."""
        host = self._get(f"HOST#{_text(part, 'host')}", "HOST")
        return host if host and (_text(host, "endpoint") or _text(host, "serving") == JOBS) else None

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        item: dict[str, Any] | None = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get(
            "Item"
        )
        return item


def _pointer(route: dict[str, Any], part: dict[str, Any], host: dict[str, Any]) -> Pointer:
    """What the route says of itself, or `part`: of its canary."""
    endpoint = _text(host, "endpoint")
    arguments = {"EndpointName": endpoint} if endpoint else {}
    if selector := SELECTORS.get(_text(host, "serving")):
        arguments[selector] = _text(part, "target")
    return Pointer(
        arguments=arguments,
        version=_text(part, "version"),
        generation=_number(route, "revision"),
        since=_text(route, "since"),
        suspended=bool(route.get("suspended", {}).get("BOOL", False)),
        weight=_number(part, "weight"),
        most=MOST.get(_text(host, "serving"), ON_INSTANCES),
    )


def _shared(pointer: Pointer, shared: dict[str, Any]) -> Pointer:
    """The owner's pointer, as this tenant's: it changes when either of both routes does, and either suspends it."""
    return pointer._replace(
        generation=pointer.generation + _number(shared, "revision") + _number(shared, "raised"),
        since=max(pointer.since, _text(shared, "since")),
        suspended=pointer.suspended or bool(shared.get("suspended", {}).get("BOOL", False)),
        canary=pointer.canary and _shared(pointer.canary, shared),
    )


def _number(item: dict[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))


def _text(item: dict[str, Any], name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


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
