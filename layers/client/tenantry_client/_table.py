"""What a tenant's routes say: read from the route table, with the endpoint behind the host that each leads to."""

from typing import Any, NamedTuple

from tenantry_client._sizes import MOST, ON_INSTANCES

SELECTORS = {
    "multi-model": "TargetModel",
    "multi-container": "TargetContainerHostname",
    "inference-component": "InferenceComponentName",
}
"""By serving option, the parameter that selects a version on a host with several; other hosts have one."""
JOBS = "batch-transform"
"""The serving option that has no endpoint to call."""


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
