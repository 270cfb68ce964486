"""Whether an answer fits what the profile expects."""

import json
from datetime import datetime

from tenantry.domain.base import Value

ANSWER_BYTES = 4_096
"""So much of the sample's answer is kept with the version."""


class JobProof(Value):
    """The evidence that a version works where jobs serve it: a job over its sample, and the S3 URI of its answer."""

    job: str
    answer: str
    at: datetime
    because: str


def kept(body: bytes) -> str:
    """The answer as it is recorded: text, at most 4 KiB, bytes that are no UTF-8 replaced."""
    return body[:ANSWER_BYTES].decode("utf-8", "replace")


def fits(answer: bytes, expected: str) -> bool:
    """Whether they are equal: as JSON values if both are JSON, else as text without surrounding white space."""
    text = answer.decode("utf-8", "replace")
    try:
        return bool(json.loads(text) == json.loads(expected))
    except (ValueError, RecursionError):
        return text.strip() == expected.strip()
