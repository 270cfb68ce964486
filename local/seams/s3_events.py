"""S3's events on EventBridge.

moto sends a constant id and sequencer, a float for the time, `eTag`, a reason EventBridge never gives, no event for a
delete marker and a tag event for every put. S3 sends what is below, for buckets with EventBridge turned on, after the
request is answered.
"""

import itertools
import time
import uuid
from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend

from local.context import Context
from local.events.bus import now_iso
from local.seams.replace import replace

CREATED = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}

_sequence = itertools.count()


def install(context: Context) -> None:
    """Send S3's events to the bus; other notification targets stay moto's."""
    mark = replace(S3Backend, "_set_delete_marker", None)
    delete = replace(S3Backend, "delete_object", None)

    def created(_account: str, bucket: Any, event_name: str, key: Any) -> None:
        name = getattr(event_name, "value", event_name)
        if name in CREATED:
            context.bus.emit(created_event(context, bucket.name, key, CREATED[name]))

    def mark_and_tell(backend: Any, bucket_name: str, key_name: str) -> Any:
        marker = mark(backend, bucket_name, key_name)
        tell(backend, bucket_name, deleted_event(context, bucket_name, key_name, marker.version_id, marker=True))
        return marker

    def delete_and_tell(
        backend: Any, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        bucket = backend.get_bucket(bucket_name)
        had = _has(bucket, key_name, version_id)
        answer = delete(backend, bucket_name, key_name, version_id, bypass)
        if had and (version_id is not None or not bucket.is_versioned):
            tell(backend, bucket_name, deleted_event(context, bucket_name, key_name, version_id, marker=False))
        return answer

    def tell(backend: Any, bucket_name: str, event: dict[str, Any]) -> None:
        notification = backend.get_bucket(bucket_name).notification_configuration
        if notification is not None and notification.event_bridge is not None:
            context.bus.emit(event)

    replace(notifications, "_send_event_bridge_message", created)
    replace(S3Backend, "_set_delete_marker", mark_and_tell)
    replace(S3Backend, "delete_object", delete_and_tell)


def created_event(context: Context, bucket: str, key: Any, reason: str) -> dict[str, Any]:
    """`Object Created`."""
    found: dict[str, Any] = {"key": key.name, "size": key.size, "etag": key.etag.replace('"', "")}
    if key.version_id and key.version_id != "null":
        found["version-id"] = key.version_id
    return _event(context, bucket, "Object Created", found, {"reason": reason})


def deleted_event(context: Context, bucket: str, key: str, version: str | None, *, marker: bool) -> dict[str, Any]:
    """`Object Deleted`, by a marker or for good."""
    found: dict[str, Any] = {"key": key}
    if version:
        found["version-id"] = version
    kind = "Delete Marker Created" if marker else "Permanently Deleted"
    return _event(context, bucket, "Object Deleted", found, {"reason": "DeleteObject", "deletion-type": kind})


def _event(context: Context, bucket: str, kind: str, found: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.s3",
        "account": context.account,
        "time": now_iso(),
        "region": context.region,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {**found, "sequencer": sequencer()},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": context.account,
            "source-ip-address": "127.0.0.1",
            **more,
        },
    }


def sequencer() -> str:
    """Hexadecimal and increasing, as S3's are for one key; its length grows once in a very long while."""
    return f"{time.time_ns():016X}{next(_sequence) & 0xFF:02X}"


def _has(bucket: Any, key: str, version: str | None) -> bool:
    versions = bucket.keys.getlist(key, [])
    if version is None:
        return bool(versions) and not isinstance(versions[-1], FakeDeleteMarker)
    return any(str(item.version_id) == str(version) for item in versions)
