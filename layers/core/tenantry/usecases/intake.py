"""Receive a drop: one event of the drop bucket becomes a row, a notice or nothing, whichever way it comes in."""

from datetime import UTC
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict, Rejected
from tenantry.domain.events import DropEvent, Unreadable, parse_event
from tenantry.domain.names import Drop, DropKind, origin_id, parse_drop, upload_id
from tenantry.domain.order import order_of, ordered
from tenantry.domain.versions import OPEN, Move, State, Upload
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.usecases import following
from tenantry.usecases.admission import admit, start
from tenantry.usecases.app import App
from tenantry.usecases.ending import ended, known_tenant
from tenantry.usecases.quarantining import quarantine
from tenantry.usecases.reading import profile_of
from tenantry.usecases.replicas import is_replica
from tenantry.usecases.requesting import take_request
from tenantry.usecases.taking import take_batch

Outcome = Literal["start", "ignore", "rejected", "quarantine"]


class Received(Value):
    """What became of one event, and for the log, whom and what it was about."""

    outcome: Outcome
    reason: str
    key: str = ""
    tenant: str = ""
    model: str = ""
    version: str = ""
    upload: str = ""
    fleet: str = ""


def receive_drop(body: str, app: App) -> Received:
    """Take one queue message, the event as EventBridge sent it."""
    try:
        event = parse_event(body)
    except Unreadable as why:
        return _quarantine("(an unreadable event)", app, f"an unreadable event: {why}")
    if event.bucket != app.settings.drop_bucket:
        return _quarantine(event.key, app, "an event of another bucket")
    if event.kind == "deleted":
        return _deleted(parse_drop(event.key), event, app)
    return _created(parse_drop(event.key, event.size), event, app)


def take_version(drop: Drop, found: ObjectVersion, app: App, *, gone: bool = False) -> Received:
    """Give this object version its row, if it has none, and let it start. Found by event or sweep alike."""
    upload = upload_id(found.bucket, found.key, found.version_id)
    key = Upload.at(drop.tenant, drop.model, upload)
    row = app.registry.get(Upload, key)
    seen = row is not None
    if row is None:
        _receive(drop, found, upload, app, gone=gone)
    elif row.state is State.RECEIVED and row.started:
        start(row, app)
    if row is None or row.state in OPEN:
        admit(drop.tenant, app, key)
    return _outcome(app.registry.get(Upload, key), drop, upload, seen=seen)


def _created(drop: Drop, event: DropEvent, app: App) -> Received:
    match drop.kind:
        case DropKind.VERSION:
            return _version(drop, event, app)
        case DropKind.TENANT | DropKind.FLEET:
            return _followed(drop, event, app)
        case DropKind.REQUEST:
            taken = take_request(drop, event, app)
            return _received(taken.outcome, taken.reason, drop, upload_id(event.bucket, event.key, event.version_id))
        case DropKind.BATCH:
            batch = take_batch(drop, _found(event), app)
            return _received(batch.outcome, batch.reason, drop)
        case DropKind.COMPANION:
            return _received("ignore", "a known companion of a training job", drop)
        case DropKind.STRAY:
            return _quarantine(drop.key, app)


def _deleted(drop: Drop, event: DropEvent, app: App) -> Received:
    if drop.kind in {DropKind.TENANT, DropKind.FLEET}:
        return _followed(drop, event, app)
    return _received("ignore", "deletions count under tenants/ and fleets/ only", drop)


def _followed(drop: Drop, event: DropEvent, app: App) -> Received:
    followed = following.follow(drop, app, marker=event.version_id if event.kind == "deleted" else "")
    return _received("start" if followed.started else "ignore", followed.reason, drop)


def _version(drop: Drop, event: DropEvent, app: App) -> Received:
    found = app.artifacts.version(event.bucket, event.key, event.version_id)
    if found and not found.deleted:
        return take_version(drop, found, app)
    return take_version(drop, _found(event), app, gone=True)


def _found(event: DropEvent) -> ObjectVersion:
    """What the event tells of the object."""
    at = event.at.astimezone(UTC).replace(microsecond=0)
    return ObjectVersion(
        bucket=event.bucket, key=event.key, version_id=event.version_id, size=event.size, last_modified=at
    )


def _receive(drop: Drop, found: ObjectVersion, upload: str, app: App, *, gone: bool) -> None:
    """Write the row, in its end already where nothing can come of it; that it is there already is success."""
    order, flaw = order_of(found.last_modified, found.older_in_second, origin_id(found.key, found.version_id)), ""
    try:
        order = ordered(order, drop.version, _order_by(drop, app))
    except Rejected as rejected:
        flaw = rejected.reason
    row = _row(drop, found, upload, order, app)
    flaw = "its object version was deleted before it was looked at: drop it again" if gone else flaw
    try:
        if flaw:
            known = known_tenant(drop.tenant, app.registry)
            app.registry.commit(*ended(row, State.REJECTED, flaw, app, known=known))
        else:
            app.registry.commit(Put(row=row))
    except Conflict:
        return


def _row(drop: Drop, found: ObjectVersion, upload: str, order: str, app: App) -> Upload:
    now = app.clock.now()
    return Upload(
        tenant=drop.tenant,
        model=drop.model,
        version=drop.version,
        upload=upload,
        bucket=found.bucket,
        key_=found.key,
        version_id=found.version_id,
        size=found.size,
        order=order,
        state=State.RECEIVED,
        reason="received",
        since=now,
        received_at=now,
        replica=is_replica(found, app),
        moves=(Move(state=State.RECEIVED, at=now, reason="received"),),
    )


def _order_by(drop: Drop, app: App) -> Literal["upload", "number"]:
    """As far as it is known yet: what is in force when the release starts decides (domain/admission.py)."""
    profile = profile_of(drop.tenant, app)
    model = profile.models.get(drop.model) if profile else None
    return model.order if model else "upload"


def _outcome(row: Upload | None, drop: Drop, upload: str, *, seen: bool) -> Received:
    if row is None or seen:
        return _received("ignore", "this upload was received before", drop, upload)
    return _received("rejected" if row.state is State.REJECTED else "start", row.reason, drop, upload)


def _received(outcome: Outcome, reason: str, drop: Drop, upload: str = "") -> Received:
    names = drop.model_dump(include={"key", "tenant", "model", "version", "fleet"})
    return Received(outcome=outcome, reason=reason, upload=upload, **names)


def _quarantine(key: str, app: App, reason: str = "of no known form") -> Received:
    """Count a stray key, for the operator's digest."""
    quarantine(key, app)
    return Received(outcome="quarantine", reason=reason, key=key)
