"""Events of the drop bucket, parsed strictly from what EventBridge sent.

The key is taken as it is: EventBridge does not URL-encode it (aws.md 5.1), so decoding would turn one key into
another. Exact types; unknown fields are ignored; doubled keys, NaN, lone surrogates and over-long texts are refused.
"""

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tenantry.domain.base import Value
from tenantry.domain.strict_json import strictly

EVENT_BYTES = 256 * 1024
"""The most EventBridge and SQS carry."""
KEY_BYTES = 1_024
"""The most S3 allows."""

VersionId = Annotated[str, StringConstraints(strict=True, pattern=r"\A[!-~]{1,1024}\z")]


class Unreadable(Exception):
    """Not an event of a versioned bucket; the message says why."""


class DropEvent(Value):
    """An object version appeared in, or went from, a bucket. `size` in bytes (0 for a deletion)."""

    kind: Literal["created", "deleted"]
    bucket: str
    key: str
    version_id: str
    size: int
    at: datetime


class _Object(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)
    key: str = Field(min_length=1, max_length=KEY_BYTES)
    version_id: VersionId = Field(alias="version-id")
    size: int = Field(default=0, ge=0, le=2**60)


class _Bucket(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)
    name: str = Field(min_length=3, max_length=63)


class _Detail(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)
    bucket: _Bucket
    object: _Object


class _Event(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)
    source: Literal["aws.s3"]
    detail_type: Literal["Object Created", "Object Deleted"] = Field(alias="detail-type")
    time: datetime = Field(strict=False)
    detail: _Detail


def parse_event(body: str) -> DropEvent:
    """The event in the body of one queue message; Unreadable when there is none."""
    event = _event(_json(body))
    thing = event.detail.object
    if len(thing.key.encode()) > KEY_BYTES:
        raise Unreadable("a key longer than S3 allows")
    return DropEvent(
        kind="created" if event.detail_type == "Object Created" else "deleted",
        bucket=event.detail.bucket.name,
        key=thing.key,
        version_id=thing.version_id,
        size=thing.size,
        at=event.time,
    )


def _json(body: str) -> object:
    try:
        if len(body.encode()) > EVENT_BYTES:
            raise Unreadable("more than 256 KiB")
        value = strictly(body)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Unreadable("text that is no Unicode") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    return value


def _event(value: object) -> _Event:
    try:
        event = _Event.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"{where or 'the event'}: {first['msg']}") from error
    if event.time.tzinfo is None:
        raise Unreadable("time: no time zone")
    return event
