"""`Tenantry`: one tenant's way to its models."""

import random
import time
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Any, Literal, Self

import boto3

from tenantry_client._clients import Clients
from tenantry_client._counting import Emit
from tenantry_client._insisting import Answer
from tenantry_client._making import Maker, Region
from tenantry_client._regions import Regions
from tenantry_client._requests import Receipt
from tenantry_client._settings import fallback_of, named
from tenantry_client._site import Pace


class Tenantry:
    """Calls the live versions of one tenant's models. Make one, keep it, use it from any thread.

        with Tenantry(tenant="acme") as acme:
            answer = acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")

    `stack`, `routes_table`  the installation; else TENANTRY_STACK and ROUTES_TABLE, else the stack's Outputs.
    `role_arn`    assume this role, narrowed to this tenant, instead of using the session's own credentials.
    `pool`        with `role_arn`: the tenant whose models this one shares, when it shares any.
    `region`      the home region, which is asked first; else the session's.
    `fallback`    regions to ask, in this order, for what the home region cannot give after all its tries; names, or
                  `Region(…)` with a table, a role or clients of their own; else TENANTRY_FALLBACK ("eu-west-1,…").
    `again`       seconds for which a model is called there, before one call tries the home region again.
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
        pool: str | None = None,
        session: boto3.Session | None = None,
        region: str | None = None,
        fallback: Sequence[str | Region] | None = None,
        clients: Clients | None = None,
        staleness: float = 5.0,
        outage: float = 60.0,
        patience: float = 360.0,
        emit: Emit | Literal["auto"] | None = "auto",
        emit_every: float = 60.0,
        again: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        session = session or boto3.Session()
        own = Region(region or session.region_name or "", named(stack), routes_table, role_arn, clients)
        pace = Pace(staleness, outage, patience, clock, sleep, chance)
        maker = Maker(tenant, pool, bool(role_arn), pace, emit, emit_every)
        abroad = region and region != session.region_name
        home = maker.there(session, own) if abroad else maker.here(session, own, stack)
        others = maker.others(session, own, fallback_of() if fallback is None else fallback)
        self.tenant = tenant
        self._regions = Regions(tenant, home, others, again, clock)
        self._at_exit = weakref.finalize(self, self._regions.flush)

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
        InvalidRequest, TooLarge, NotAllowed, ModelFailed, NotReady, Throttled, TimedOut or Unavailable (all
        TenantryError).
        """
        request: dict[str, Any] = {"Body": body, "ContentType": content_type}
        if accept is not None:
            request["Accept"] = accept
        return self._regions.first(model, lambda site: site.invoke(model, request))

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
        what cannot be answered is told by a notice. Raises NoRoute, TenantSuspended, InvalidRequest, TooLarge,
        NotAllowed, Throttled or Unavailable.
        """
        site = self._regions.first(model, lambda site: site.with_route(model))
        return site.drop(model, body, content_type, id)

    def flush(self) -> None:
        """Tell the counts now."""
        self._regions.flush()

    def close(self) -> None:
        """Tell the counts and let go. The clients stay open: they may be shared."""
        self._at_exit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
