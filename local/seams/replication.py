"""S3 replication.

moto stores the rules that an API call gives and copies nothing; CloudFormation's it drops, and GetBucketReplication
answers filters and delete markers it makes up. S3 copies each new object and, where its rule says so, each delete
marker to the bucket of every enabled rule with its prefix, and tells by `x-amz-replication-status` what has become of
it. No page says which event a replica raises; whoever has looked saw that of a put, and that is sent here.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend, s3_backends
from moto.s3.responses import S3Response

from local.context import Context
from local.regions.neighbours import Neighbours
from local.regions.replication import Copy, Replication
from local.seams import s3_events
from local.seams.replace import replace

CREATED = "s3:ObjectCreated:"


def install(context: Context, replication: Replication) -> None:
    """Carry what the rules name, and tell its status."""

    def copy(bucket: Any, found: Any) -> None:
        for destination in sorted({*_destinations(bucket, found)}):
            found.replication_status = "PENDING"
            replication.take(Copy(destination, lambda: _read(context, found), lambda: _arrived(found)))

    send = replace(notifications, "send_event", None)
    mark = replace(S3Backend, "_set_delete_marker", None)
    shown = FakeKey.response_dict.fget  # type: ignore[attr-defined]

    def send_and_copy(account: str, event_name: Any, bucket: Any, key: Any) -> None:
        if str(getattr(event_name, "value", event_name)).startswith(CREATED):
            copy(bucket, key)
        send(account, event_name, bucket, key)

    def mark_and_copy(backend: Any, bucket_name: str, key_name: str) -> Any:
        marker = mark(backend, bucket_name, key_name)
        copy(backend.get_bucket(bucket_name), marker)
        return marker

    def shown_with_status(key: Any) -> dict[str, Any]:
        status = getattr(key, "replication_status", None)
        return {**shown(key), **({"x-amz-replication-status": status} if status else {})}

    replace(notifications, "send_event", send_and_copy)
    replace(S3Backend, "_set_delete_marker", mark_and_copy)
    FakeKey.response_dict = property(shown_with_status)  # type: ignore[assignment,method-assign]
    replace(S3Response, "get_bucket_replication", _told)


def _told(request: Any) -> Any:
    """GetBucketReplication."""
    kept = request.backend.get_bucket_replication(request.bucket_name)
    if not kept:
        return _untold(request)
    request.data["Action"] = "GetBucketReplication"
    return request.serialized(ActionResult({"ReplicationConfiguration": {"Role": kept["Role"], "Rules": kept["Rule"]}}))


_untold = S3Response.get_bucket_replication


def _read(context: Context, found: Any) -> tuple[dict[str, Any], bytes]:
    """When it is carried, not before: moto gives an object its metadata after it has told of it."""
    deleted = isinstance(found, FakeDeleteMarker)
    with context.serial:
        told = {
            "key": found.name,
            "version_id": str(found.version_id),
            "last_modified": found.last_modified.isoformat(),
            "deleted": deleted,
            "metadata": {} if deleted else dict(found.metadata),
            "etag": "" if deleted else found.etag.strip('"'),
        }
        return told, b"" if deleted else found.value


def _arrived(found: Any) -> None:
    found.replication_status = "COMPLETED"


def _destinations(bucket: Any, found: Any) -> Iterable[str]:
    for rule in (getattr(bucket, "replication", None) or {}).get("Rule", ()):
        markers = rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled"
        prefix = rule.get("Filter", {}).get("Prefix") or rule.get("Prefix") or ""
        wanted = markers or not isinstance(found, FakeDeleteMarker)
        if rule["Status"] == "Enabled" and found.name.startswith(prefix) and wanted:
            yield rule["Destination"]["Bucket"].rpartition(":")[2]


class Replicas:
    """Takes what another region sends: PUT with the object's words in `X-Replica`.

    404 when the bucket is not here, 503 while the region is down.
    """

    def __init__(self, context: Context, neighbours: Neighbours) -> None:
        self._context, self._neighbours = context, neighbours

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Put one replica into its bucket; once, however often it is sent."""
        if self._neighbours.down:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b""]
        told = json.loads(unquote(environ["HTTP_X_REPLICA"]))
        with self._context.serial:
            backend = s3_backends[self._context.account]["aws"]
            bucket = backend.buckets.get(told["bucket"])
            if bucket is not None:
                self._put(bucket, told, environ["wsgi.input"].read())
        start_response("404 Not Found" if bucket is None else "200 OK", [("Content-Type", "text/plain")])
        return [b""]

    def _put(self, bucket: Any, told: dict[str, Any], body: bytes) -> None:
        known = bucket.keys.getlist(told["key"], [])
        if any(str(one.version_id) == told["version_id"] for one in known):
            return
        made: Any = _marker(told) if told["deleted"] else _object(self._context, bucket, told, body)
        made.last_modified = datetime.fromisoformat(told["last_modified"])
        made.replication_status = "REPLICA"
        bucket.keys.setlist(told["key"], sorted([*known, made], key=lambda one: one.last_modified))
        notification = bucket.notification_configuration
        if notification is not None and notification.event_bridge is not None:
            self._context.bus.emit(self._event(bucket.name, made, deleted=told["deleted"]))

    def _event(self, bucket: str, made: Any, *, deleted: bool) -> dict[str, Any]:
        if deleted:
            return s3_events.deleted_event(self._context, bucket, made.name, made.version_id, marker=True)
        return s3_events.created_event(self._context, bucket, made, "PutObject")


def _marker(told: dict[str, Any]) -> FakeDeleteMarker:
    marker = FakeDeleteMarker(key=_Named(told["key"]))  # type: ignore[arg-type]
    marker._version_id = told["version_id"]
    return marker


class _Named:
    """All that a delete marker asks of its key."""

    def __init__(self, name: str) -> None:
        self.name = name


def _object(context: Context, bucket: Any, told: dict[str, Any], body: bytes) -> FakeKey:
    key = FakeKey(
        name=told["key"],
        value=body,
        account_id=context.account,
        region_name=context.region,
        etag=told["etag"],
        is_versioned=True,
        version_id=told["version_id"],
        bucket_name=bucket.name,
    )
    key.set_metadata(told["metadata"])
    return key
