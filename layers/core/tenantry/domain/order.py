"""Which of two uploads is newer: one string per upload, set before its release starts and compared as text.

Fixed width, lower case and ASCII, because DynamoDB compares bytes. Neither arrival nor S3's `sequencer` has a say
(reliability.md 2.1, 2.2). There are two kinds, and an order by number ends with the order by upload, so that either
can be made of the other when the profile in force asks for the other one. A version that moves to another host has an
order of its own, just above the one that it begins with.
"""

import hashlib
import re
from datetime import datetime
from typing import Literal

from tenantry.domain.errors import Rejected

DIGITS = 20
"""Room for a number in a version; enough for a time stamp to the microsecond."""

NUMBER_LENGTH = len("n") + DIGITS
"""Characters that an order by number has before its order by upload."""

_NUMBER = re.compile(rf"v?([0-9]{{1,{DIGITS}}})")


def order_of(last_modified: datetime, older_in_second: int, origin: str) -> str:
    """What S3 itself calls newer: 10 digits of seconds, 3 digits, 8 hex.

    `last_modified` is S3's (aware, whole seconds); `older_in_second` counts the older versions of the same key
    that share that second (above 999 counts as 999); `origin` (domain/names.py) breaks the tie between different keys,
    stably, and in every region alike: a replica keeps its source's creation time and version id, not its bucket.
    ValueError when `last_modified` has no zone or lies outside 1970 to 2286.
    """
    if last_modified.tzinfo is None:
        raise ValueError("last_modified needs a time zone")
    seconds = int(last_modified.timestamp())
    if not 0 <= seconds < 10**10:
        raise ValueError(f"{last_modified} has no order")
    return f"{seconds:010}{min(older_in_second, 999):03}{_tie(origin)}"


def order_by_number(version: str, order: str) -> str:
    """What the version's number calls newer (`7`, `v7`): the letter n, 20 digits, then S3's order; else Rejected.

    The letter sorts after every digit: when a profile turns to `"order": "number"`, the next number is newer than
    all that was ordered by time. Of two uploads of one number, the one that S3 calls newer is.
    """
    if match := _NUMBER.fullmatch(version):
        return f"n{int(match[1]):0{DIGITS}}{_by_upload(order)}"
    raise Rejected(f'the profile says "order": "number", and the version \'{version}\' has none; name it like 7 or v7')


def ordered(order: str, version: str, by: Literal["upload", "number"]) -> str:
    """This order as the profile asks for it; Rejected when it asks for a number and the version has none."""
    return order_by_number(version, order) if by == "number" else _by_upload(order)


def order_of_move(floor: str) -> str:
    """Above everything that was live, this floor, and below everything that S3, or a number, calls newer than that.

    The floor and a count: 6 digits, for as many moves between two uploads.
    """
    order, _, count = floor.partition(".")
    return f"{order}.{int(count or 0) + 1:06}"


def numbered(order: str) -> bool:
    """Whether it is an order by number."""
    return order.startswith("n")


def _by_upload(order: str) -> str:
    return order[NUMBER_LENGTH:] if numbered(order) else order


def _tie(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:8]
