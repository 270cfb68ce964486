"""Requests dropped into the bucket: recorded first, then handed to the queue of the model's live version.

The record holds the id that SageMaker is given, so that whatever SageMaker tells of it is told to the right tenant,
however early. A request that was recorded and not handed over, as its function died, is handed over by the event's next
delivery; two deliveries at once make one call.
"""

from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.domain.events import DropEvent
from tenantry.domain.hosting import Asked, Receipt
from tenantry.domain.models import AUTO, ModelProfile
from tenantry.domain.names import Drop, answers_prefix, inference_id, pool_folder, upload_id
from tenantry.domain.options import UNCALLED, Serving, uncalled
from tenantry.domain.requests import (
    CLAIM,
    FIRST_LOOK,
    PAYLOAD_BYTES,
    RequestRow,
    RequestState,
    of_request,
    patience,
)
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.sharing import route_of
from tenantry.usecases.turning_away import turn_away, turned_away

DEFAULT_TYPE = "binary/octet-stream"
"""What S3 says of an object whose dropper said nothing."""


class Taken(Value):
    """What became of a dropped request."""

    outcome: Literal["start", "ignore", "rejected"]
    reason: str


def take_request(drop: Drop, event: DropEvent, app: App) -> Taken:
    """Record it and hand it over, unless that was done before; or turn it away with a sentence."""
    inference = inference_id(event.bucket, event.key, event.version_id)
    upload = upload_id(event.bucket, event.key, event.version_id)
    if turned_away(upload, app):
        return Taken(outcome="ignore", reason="this request was turned away before")
    try:
        row = deciding(lambda: _claimed(inference, drop, event, app))
    except Rejected as why:
        return Taken(outcome="rejected", reason=turn_away(drop, upload, app, why.reason))
    if row is None:
        return Taken(outcome="ignore", reason="this request was received before")
    return _hand_over(row, app)


def _claimed(inference: str, drop: Drop, event: DropEvent, app: App) -> RequestRow | None:
    """The row that this delivery has to hand over; `None` when that is another one's to do, or is done."""
    now = app.clock.now()
    known = app.registry.get(RequestRow, RequestRow.at(inference))
    if known is None:
        return _recorded(inference, drop, event, app)
    if known.state is not RequestState.RECEIVED or now - known.since < CLAIM:
        return None
    claimed = known.but(since=now)
    app.registry.commit(Put(row=claimed))
    return claimed


def _recorded(inference: str, drop: Drop, event: DropEvent, app: App) -> RequestRow:
    if event.size > PAYLOAD_BYTES:
        raise Rejected(f"it has {event.size:,} bytes, and an asynchronous endpoint takes {PAYLOAD_BYTES:,} at most")
    owner, model = _asynchronous(drop, app)
    host, version = _live(inference, drop, owner, app)
    row = _row(drop, event, host, version, _asked(inference, drop, event, host, model, app), app)
    app.registry.commit(Put(row=row))
    return row


def _asynchronous(drop: Drop, app: App) -> tuple[str, ModelProfile]:
    """Whose the model is, and what that profile says of it; Rejected, without a word where turning away has one."""
    tenant = app.registry.get(TenantRow, TenantRow.at(drop.tenant))
    if tenant is None or tenant.profile is None:
        raise Rejected("")
    owner = tenant.profile.owner if drop.model in tenant.profile.shared else None
    model = _shared(owner, drop.tenant, drop.model, app) if owner else tenant.profile.models.get(drop.model)
    if model is None or model.serving not in {Serving.ASYNCHRONOUS, AUTO}:
        raise Rejected("")
    if tenant.state is not TenantState.READY:
        raise Rejected(f"tenant {drop.tenant} is {tenant.state}: drop the request again once it is READY")
    return owner or drop.tenant, model


def _shared(owner: str, tenant: str, model: str, app: App) -> ModelProfile | None:
    row = app.registry.get(TenantRow, TenantRow.at(owner))
    found = row.profile.models.get(model) if row and row.profile else None
    if found and found.serving in UNCALLED:
        raise Rejected(uncalled(tenant, model))
    if found and found.serving not in {Serving.ASYNCHRONOUS, AUTO}:
        raise Rejected(
            f"model {model} of tenant {owner} is served as {found.serving}, which takes no request files: "
            "invoke it instead"
        )
    return found


def _live(inference: str, drop: Drop, owner: str, app: App) -> tuple[HostRow, str]:
    """Host and version that this request goes to; of a canary's share, the canary's; of who is pinned, that version's.

    What the route named a moment ago stays for a minute at least, and while a request to it is recorded and open.
    """
    route = route_of(drop.tenant, owner, drop.model, app.registry)
    if route is None:
        raise Rejected(f"no version of model {drop.model} is live yet: drop one, then the request again")
    if route.suspended:
        raise Rejected(f"model {drop.model} is suspended: drop the request again once it serves")
    canary = route.canary if route.canary and int(inference[:8], 16) % 100 < route.canary.weight else None
    to = canary or route
    host = app.registry.get(HostRow, HostRow.at(to.host))
    if host and host.serving in UNCALLED:
        raise Rejected(uncalled(drop.tenant, drop.model))
    if host is None or host.serving is not Serving.ASYNCHRONOUS:
        now = host.serving if host else "nothing"
        raise Rejected(
            f"model {drop.model} is served as {now} now, which takes no request files: invoke it, or, if its profile "
            "asks for asynchronous, drop the request again once a version is live there"
        )
    if owner != drop.tenant and not host.pool:
        raise Rejected(f"version {to.version} went live before {owner} shared it: {owner} has to release it again")
    return host, to.version


def _asked(inference: str, drop: Drop, event: DropEvent, host: HostRow, model: ModelProfile, app: App) -> Asked:
    said = app.artifacts.content_type(event.bucket, event.key, event.version_id)
    return Asked(
        inference=inference,
        input=f"s3://{event.bucket}/{event.key}",
        content_type=model.sample.content_type if said in {"", DEFAULT_TYPE} else said,
        accept=model.sample.accept,
        folder=pool_folder(drop.tenant, drop.model, drop.item) if host.pool else drop.item,
        file=f"{upload_id(event.bucket, event.key, event.version_id)}.out",
        ttl=model.asynchronous.ttl,
        timeout=model.asynchronous.timeout,
    )


def _row(drop: Drop, event: DropEvent, host: HostRow, version: str, asked: Asked, app: App) -> RequestRow:
    now = app.clock.now()
    prefix = f"s3://{app.settings.results_bucket}/{answers_prefix(drop.tenant, drop.model)}"
    return RequestRow(
        tenant=drop.tenant,
        model=drop.model,
        request=drop.item,
        upload=upload_id(event.bucket, event.key, event.version_id),
        version=version,
        host=host.host,
        endpoint=host.endpoint,
        asked=asked,
        state=RequestState.RECEIVED,
        reason="recorded",
        since=now,
        answer=f"{prefix}{drop.item}/{asked.file}",
        look_at=now + FIRST_LOOK,
        until=now + patience(asked),
    )


def _hand_over(row: RequestRow, app: App) -> Taken:
    try:
        receipt = app.hosting.enqueue(row.endpoint, row.asked)
    except ReleaseFailed as why:
        reason = f"SageMaker refused it: {why}"
        deciding(lambda: _refused(row, reason, app))
        return Taken(outcome="rejected", reason=reason)
    deciding(lambda: _sent(row, receipt, app))
    return Taken(outcome="start", reason=f"it waits in the queue of version {row.version}")


def _sent(stale: RequestRow, receipt: Receipt, app: App) -> None:
    """Note where its answer will lie; it may lie there, and have been told, already."""
    row = app.registry.get(RequestRow, stale.key)
    if row and row.state is RequestState.RECEIVED:
        places = {"answer": receipt.answer, "failure": receipt.failure}
        app.registry.commit(Put(row=row.but(state=RequestState.SENT, reason="in its queue", **places)))


def _refused(stale: RequestRow, reason: str, app: App) -> None:
    row = app.registry.get(RequestRow, stale.key)
    if row and row.open:
        end = row.ended(RequestState.FAILED, reason, app.clock.now(), app.settings.notice_days)
        app.registry.commit(Put(row=end), *(Put(row=one) for one in of_request(end, operator=True)))
