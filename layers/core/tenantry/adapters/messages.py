"""What is published: a notice as JSON, a mail's subject as SNS takes it."""

import json
import re
import unicodedata

from tenantry.domain.notices import Notice

SUBJECT_CHARACTERS = 100
"""SNS Publish: ASCII, begins with a letter, number or punctuation mark, no line breaks or control characters."""


def published(notice: Notice) -> str:
    """The JSON of a notice; its schema number is called `schema` there."""
    told = notice.model_dump(mode="json")
    return json.dumps({"schema": told.pop("schema_"), **told}, separators=(",", ":"))


def subject_line(text: str) -> str:
    """At most 100 printable ASCII characters: accents are taken off, what has no ASCII spelling becomes `?`."""
    spelled = unicodedata.normalize("NFKD", text)
    bare = "".join(one for one in spelled if not unicodedata.combining(one))
    printable = re.sub(r"[^ -~]", "?", re.sub(r"\s+", " ", bare))
    return printable.strip()[:SUBJECT_CHARACTERS].rstrip() or "Tenantry"
