"""Which of two uploads is newer: one string per upload, set once with its row and compared as text.

Fixed width, lower case and ASCII, because DynamoDB compares bytes. Neither arrival nor S3's `sequencer` has a say
(reliability.md 2.1, 2.2).
"""

import hashlib
import re
from datetime import datetime

from tenantry.domain.errors import Rejected

DIGITS = 20
"""Room for a number in a version; enough for a time stamp to the microsecond."""

_NUMBER = re.compile(rf"v?([0-9]{{1,{DIGITS}}})")


def order_of(last_modified: datetime, older_in_second: int, upload: str) -> str:
    """What S3 itself calls newer: 10 digits of seconds, 3 digits, 8 hex.

    `last_modified` is S3's (aware, whole seconds); `older_in_second` counts the older versions of the same key
    that share that second (above 999 counts as 999); `upload` breaks the tie between different keys, stably.
    ValueError when `last_modified` has no zone or lies outside 1970 to 2286.
    """
    if last_modified.tzinfo is None:
        raise ValueError("last_modified needs a time zone")
    seconds = int(last_modified.timestamp())
    if not 0 <= seconds < 10**10:
        raise ValueError(f"{last_modified} has no order")
    return f"{seconds:010}{min(older_in_second, 999):03}{_tie(upload)}"


def order_by_number(version: str, upload: str) -> str:
    """What the version's number calls newer (`7`, `v7`): the letter n, 20 digits, 8 hex; else Rejected.

    The letter sorts after every digit: when a profile turns to `"order": "number"`, the next number is newer than
    all that was ordered by time.
    """
    if match := _NUMBER.fullmatch(version):
        return f"n{int(match[1]):0{DIGITS}}{_tie(upload)}"
    raise Rejected(f'the profile says "order": "number", and the version \'{version}\' has none; name it like 7 or v7')


def _tie(upload: str) -> str:
    return hashlib.sha256(upload.encode()).hexdigest()[:8]
