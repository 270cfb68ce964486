"""`Tenantry`: one tenant's way to its models."""

import random
import time
import weakref
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import IO, Any, Literal, Self

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._access import scoped_session
from tenantry_client._clients import Clients, connect
from tenantry_client._counting import Emit, Meter, default_emit
from tenantry_client._errors import About, translate
from tenantry_client._insisting import Answer, Call, Insistence
from tenantry_client._requests import Receipt, Requests
from tenantry_client._routes import Pointer, Routes, RoutesTable
from tenantry_client._settings import buckets, settle


class Tenantry:
    """Calls the live versions of one tenant's models. Make one, keep it, use it from any thread.

        with Tenantry(tenant="acme") as acme:
            answer = acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")

    `stack`, `routes_table`  the installation; else TENANTRY_STACK and ROUTES_TABLE, else the stack's Outputs.
    `role_arn`    assume this role, narrowed to this tenant, instead of using the session's own credentials.
    `clients`     from `connect()`, to share connections between tenants.
    `staleness`   seconds for which a route may be used after it was read; a swap is seen that much later at most.
    `outage`      seconds beyond that for which the last route is used while the route table cannot be read.
    `patience`    seconds a call goes on trying; SageMaker loads a model for up to 360 s.
    `emit`        told the counts every `emit_every` seconds by a later call, by `flush()` and at exit; "auto" prints
                  CloudWatch's embedded metric format inside Lambda and does nothing elsewhere, where `to_cloudwatch(…)`
                  puts them; `None` counts only.

    `clock` (monotonic seconds), `sleep` and `chance` (0 to 1) are there for tests.
    """

    def __init__(
        self,
        tenant: str,
        *,
        stack: str | None = None,
        routes_table: str | None = None,
        role_arn: str | None = None,
        session: boto3.Session | None = None,
        clients: Clients | None = None,
        staleness: float = 5.0,
        outage: float = 60.0,
        patience: float = 360.0,
        emit: Emit | Literal["auto"] | None = "auto",
        emit_every: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        session = own = session or boto3.Session()
        settings = settle(session, stack, routes_table)
        if role_arn:
            session = scoped_session(session, role_arn, tenant, settings.routes_table)
        clients = clients or connect(session)
        self.tenant = tenant
        self._send = partial(_sent, clients.runtime)
        self._clock, self._chance = clock, chance
        self._routes = Routes(
            tenant, RoutesTable(clients.dynamodb, settings.routes_table, tenant), clock, staleness, outage
        )
        self._requests = Requests(
            tenant, lambda: clients.s3 or session.client("s3"), lambda: buckets(own, settings.stack)
        )
        emit = default_emit(settings.stack) if emit == "auto" else emit
        self._meter = Meter(tenant, emit, emit_every, clock())
        self._insistence = Insistence(
            tenant, self._routes, self._meter, self._send, patience=patience, clock=clock, sleep=sleep, chance=chance
        )
        self._at_exit = weakref.finalize(self, self._meter.flush)

    def invoke(
        self,
        model: str,
        body: bytes | bytearray | str,
        *,
        content_type: str = "application/octet-stream",
        accept: str | None = None,
    ) -> Answer:
        """Send one request to the live version of this model and wait for its answer.

            acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv").body

        A canary gets its share of the calls. Waits while the model is being loaded. Raises NoRoute, TenantSuspended,
        InvalidRequest, NotAllowed, ModelFailed, NotReady, Throttled, TimedOut or Unavailable (all TenantryError).
        """
        begun = self._clock()
        pointer = self._routes.at(model, begun)
        if pointer.canary and self._chance() * 100 < pointer.canary.weight:
            pointer = pointer.canary
        request = {"Body": body, "ContentType": content_type}
        if accept is not None:
            request["Accept"] = accept
        try:
            answer = self._send(pointer, request)
        except (ClientError, BotoCoreError) as error:
            return self._insistence.go_on(Call(model, request, begun), pointer, error)
        ended = self._clock()
        self._meter.of(model, pointer.version).add(ended - begun)
        if ended >= self._meter.due:
            self._meter.tell(ended)
        return answer

    def invoke_async(
        self,
        model: str,
        body: bytes | bytearray | str | IO[bytes],
        *,
        content_type: str = "application/octet-stream",
        id: str = "",  # noqa: A002 - the word of the notice
    ) -> Receipt:
        """Send one request, of up to 1 GB, to the live version of this asynchronous model, and do not wait.

            receipt = acme.invoke_async("churn", open("calls.csv", "rb"), content_type="text/csv")
            receipt.id, receipt.output

        `id` names the request, once; without one it gets a random name. It is dropped as a file under `requests/` is:
        what cannot be answered is told by a notice. Raises NoRoute, TenantSuspended, InvalidRequest, NotAllowed,
        Throttled or Unavailable.
        """
        pointer = self._routes.at(model, self._clock())
        try:
            return self._requests.drop(model, body, content_type, id)
        except (ClientError, BotoCoreError) as error:
            raise translate(error, About(self.tenant, model, pointer.version)) from error

    def flush(self) -> None:
        """Tell the counts now."""
        self._meter.flush()

    def close(self) -> None:
        """Tell the counts and let go. The clients stay open: they may be shared."""
        self._at_exit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _sent(runtime: Any, pointer: Pointer, request: dict[str, Any]) -> Answer:
    response = runtime.invoke_endpoint(**pointer.arguments, **request)
    content_type = response.get("ContentType", "")
    return Answer(response["Body"].read(), content_type, pointer.version, pointer.generation)
