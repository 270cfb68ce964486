"""One region's installation, as one tenant reaches it: routes, endpoints, buckets and counts of that region alone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._counting import Meter
from tenantry_client._errors import About, translate
from tenantry_client._insisting import Answer, Call, Insistence
from tenantry_client._requests import Receipt, Requests
from tenantry_client._routes import Routes
from tenantry_client._sizes import check
from tenantry_client._table import Pointer, RoutesTable


@dataclass(frozen=True)
class Pace:
    """What `Tenantry` was told of time, the same in every region."""

    staleness: float
    outage: float
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


class Site:
    """Calls in one region. Generations never decrease within it; those of another region are others."""

    def __init__(
        self, tenant: str, region: str, pace: Pace, table: RoutesTable, runtime: Any, requests: Requests, meter: Meter
    ) -> None:
        self.region = region
        self.meter = meter
        self._tenant = tenant
        self._requests = requests
        self._clock, self._chance = pace.clock, pace.chance
        self._send = partial(_sent, runtime, region)
        self._routes = Routes(tenant, table, pace.clock, pace.staleness, pace.outage)
        self._insistence = Insistence(
            tenant,
            self._routes,
            meter,
            self._send,
            patience=pace.patience,
            clock=pace.clock,
            sleep=pace.sleep,
            chance=pace.chance,
        )

    def invoke(self, model: str, request: dict[str, Any]) -> Answer:
        """One request; as `Tenantry.invoke` says."""
        begun = self._clock()
        pointer = self._routes.at(model, begun)
        if pointer.canary and self._chance() * 100 < pointer.canary.weight:
            pointer = pointer.canary
        try:
            answer = self._send(pointer, request)
        except (ClientError, BotoCoreError) as error:
            return self._insistence.go_on(Call(model, request, begun), pointer, error)
        ended = self._clock()
        self.meter.of(model, pointer.version).add(ended - begun)
        if ended >= self.meter.due:
            self.meter.tell(ended)
        return answer

    def with_route(self, model: str) -> "Site":
        """This site, if the model is served here. Raises NoRoute, TenantSuspended, Unavailable."""
        self._routes.at(model, self._clock())
        return self

    def drop(self, model: str, body: bytes | bytearray | str | IO[bytes], content_type: str, name: str) -> Receipt:
        """One request that is answered later; as `Tenantry.invoke_async` says."""
        pointer = self._routes.at(model, self._clock())
        try:
            return self._requests.drop(model, body, content_type, name)
        except (ClientError, BotoCoreError) as error:
            raise translate(error, About(self._tenant, model, pointer.version)) from error


def _sent(runtime: Any, region: str, pointer: Pointer, request: dict[str, Any]) -> Answer:
    check(len(request["Body"]), pointer.most)
    response = runtime.invoke_endpoint(**pointer.arguments, **request)
    content_type = response.get("ContentType", "")
    return Answer(response["Body"].read(), content_type, pointer.version, pointer.generation, region)
