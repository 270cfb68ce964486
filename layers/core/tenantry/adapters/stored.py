"""How a row is stored: as plain attributes, the same ones in DynamoDB and in its twin.

A moment is text of one width in UTC. DynamoDB compares text byte by byte, so text order must be the order of time.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from tenantry.domain.base import SCHEMA, Row, readable
from tenantry.domain.writes import MOST_WRITES
from tenantry.ports import Write

WRITTEN = "written"
"""The attribute that holds the token of the commit that wrote an item: how a commit knows its own work again."""
_OURS = {"pk", "sk", "work", "work_at", "schema", WRITTEN}
"""Attributes beside the fields of a row; made anew with every write."""


def attributes(row: Row) -> dict[str, Any]:
    """The row as its next revision, with its key and its entry in the work index. What is `None` is left out."""
    pk, sk = row.key
    fields = _plain(row.model_dump(exclude={"extras"}))
    stored = {**row.extras, **fields, "pk": pk, "sk": sk, "revision": row.revision + 1, "schema": SCHEMA}
    if row.work:
        name, at = row.work
        stored |= {"work": name, "work_at": moment(at)}
    return stored


def row_of[R: Row](kind: type[R], stored: Mapping[str, Any]) -> R:
    """The row in these attributes; Unavailable when they have a newer schema. A row without a number has the first.

    Unknown attributes are kept for the next write; unknown ones in a nested value are passed over.
    """
    readable(int(stored.get("schema", SCHEMA)), f"row {stored.get('pk')} {stored.get('sk')}")
    known = kind.model_fields.keys() | _OURS
    extras = {name: value for name, value in stored.items() if name not in known}
    return kind.model_validate({**stored, "extras": extras}, extra="ignore")


def moment(at: datetime) -> str:
    """A moment as text of 27 characters: `2026-11-22T04:05:06.000007Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def compared(value: str | datetime) -> str:
    """The value of an `Only`, as it is compared with what is stored."""
    return moment(value) if isinstance(value, datetime) else value


def checked(writes: tuple[Write, ...]) -> None:
    """ValueError, a program error, when a commit is too long or names a row twice."""
    rows = {(write.row.table, *write.row.key) for write in writes}
    if len(rows) < len(writes) or len(writes) > MOST_WRITES:
        raise ValueError(f"a commit takes at most {MOST_WRITES} writes, one per row")


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return moment(value)
        case dict():
            return {str(name): _plain(one) for name, one in value.items() if one is not None}
        case list() | tuple():
            return [_plain(one) for one in value]
        case float() if not math.isfinite(value):
            raise ValueError(f"{value} cannot be stored")
        case str() | int() | float() | None:
            return value
    raise TypeError(f"{type(value).__name__} cannot be stored")
