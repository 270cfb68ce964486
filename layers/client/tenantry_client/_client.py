"""`Tenantry`: one tenant's way to its models."""

import random
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._access import scoped_session
from tenantry_client._clients import Clients, connect
from tenantry_client._counting import Emit, Meter, default_emit
from tenantry_client._errors import About, NotReady, TenantryError, is_gone, translate
from tenantry_client._retries import Retries
from tenantry_client._routes import Pointer, Routes, RoutesTable
from tenantry_client._settings import settle


class Answer(NamedTuple):
    """What a model answered, and which version of it at which generation of the route."""

    body: bytes
    content_type: str
    version: str
    generation: int


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
                  CloudWatch's embedded metric format inside Lambda and does nothing elsewhere; `None` counts only.

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
        session = session or boto3.Session()
        settings = settle(session, stack, routes_table)
        if role_arn:
            session = scoped_session(session, role_arn, tenant, settings.routes_table)
        clients = clients or connect(session)
        self.tenant = tenant
        self._runtime = clients.runtime
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._patience = patience
        self._routes = Routes(
            tenant, RoutesTable(clients.dynamodb, settings.routes_table, tenant), clock, staleness, outage
        )
        emit = default_emit(settings.stack) if emit == "auto" else emit
        self._meter = Meter(tenant, emit, emit_every, clock())
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

        Waits while the model is being loaded. Raises NoRoute, TenantSuspended, InvalidRequest, NotAllowed,
        ModelFailed, NotReady, Throttled, TimedOut or Unavailable (all TenantryError).
        """
        begun = self._clock()
        pointer = self._routes.at(model, begun)
        request = {"Body": body, "ContentType": content_type}
        if accept is not None:
            request["Accept"] = accept
        try:
            answer = self._send(pointer, request)
        except (ClientError, BotoCoreError) as error:
            return self._insist(_Call(model, request, begun), pointer, error)
        ended = self._clock()
        self._meter.of(model, pointer.version).add(ended - begun)
        if ended >= self._meter.due:
            self._meter.tell(ended)
        return answer

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

    def _send(self, pointer: Pointer, request: dict[str, Any]) -> Answer:
        response = self._runtime.invoke_endpoint(**pointer.arguments, **request)
        content_type = response.get("ContentType", "")
        return Answer(response["Body"].read(), content_type, pointer.version, pointer.generation)

    def _insist(self, call: "_Call", pointer: Pointer, error: ClientError | BotoCoreError) -> Answer:
        """Go on with a call whose first try failed; count it however it ends."""
        failures: list[TenantryError] = []
        answer = None
        try:
            answer = self._try_again(call, pointer, error, failures)
        finally:
            ended = self._clock()
            took = ended - call.begun
            loading = any(isinstance(failure, NotReady) for failure in failures)
            counts = self._meter.of(call.model, answer.version if answer else pointer.version)
            counts.add_hard(took, failed=answer is None, waited=took if loading else 0.0)
            if ended >= self._meter.due:
                self._meter.tell(ended)
        return answer

    def _try_again(
        self,
        call: "_Call",
        pointer: Pointer,
        error: ClientError | BotoCoreError,
        failures: list[TenantryError],
    ) -> Answer:
        """Each try goes where the route points at that moment; once, it is read anew as the target was gone."""
        retries = Retries(call.begun + self._patience, self._clock, self._sleep, self._chance)
        sent, moved = call.begun, False
        while True:
            failures.append(translate(error, About(self.tenant, call.model, pointer.version)))
            if is_gone(error) and not moved:
                pointer, moved = self._moved(call.model, pointer, sent, failures[-1]), True
            else:
                retries.pause(failures[-1])
                pointer = self._routes.at(call.model, self._clock())
            sent = self._clock()
            try:
                return self._send(pointer, call.request)
            except (ClientError, BotoCoreError) as again:
                error = again

    def _moved(self, model: str, pointer: Pointer, sent: float, failure: TenantryError) -> Pointer:
        """Where the route points now, if that is elsewhere than where the failed try was sent."""
        fresh = self._routes.since(model, sent)
        if fresh.arguments == pointer.arguments:
            raise failure
        return fresh


class _Call(NamedTuple):
    """One call that needs more than one try. `begun` is the clock's."""

    model: str
    request: dict[str, Any]
    begun: float
