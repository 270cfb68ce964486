"""List operations: filters, order, pages."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.errors import validation

PAGE = 10
"""SageMaker's own page size when MaxResults is not given."""

_TIMES = (
    ("CreationTimeAfter", "created", 1),
    ("CreationTimeBefore", "created", -1),
    ("LastModifiedTimeAfter", "modified", 1),
    ("LastModifiedTimeBefore", "modified", -1),
)
_SORTS = {"Name": "name", "CreationTime": "created", "Status": "status"}


def page[E: Entry](entries: Iterable[E], params: Mapping[str, Any]) -> tuple[list[E], dict[str, str]]:
    """One page of the entries that pass the filters, and the NextToken member if there is more."""
    attribute = _SORTS[params.get("SortBy", "CreationTime")]
    newest_first = params.get("SortOrder", "Descending") == "Descending"
    found = sorted(
        (entry for entry in entries if _passes(entry, params)),
        key=lambda entry: (getattr(entry, attribute), entry.name),
        reverse=newest_first,
    )
    start = _start([entry.name for entry in found], params.get("NextToken"))
    shown = found[start : start + params.get("MaxResults", PAGE)]
    more = start + len(shown) < len(found)
    return shown, {"NextToken": _token(shown[-1].name)} if more and shown else {}


def _passes(entry: Entry, params: Mapping[str, Any]) -> bool:
    if params.get("NameContains", "").lower() not in entry.name.lower():
        return False
    if params.get("StatusEquals") not in (None, getattr(entry, "status", None)):
        return False
    return all(
        sign * (getattr(entry, attribute) - float(params[name])) > 0
        for name, attribute, sign in _TIMES
        if name in params
    )


def _token(last: str) -> str:
    return base64.b64encode(json.dumps({"after": last}).encode()).decode()


def _start(names: list[str], token: str | None) -> int:
    if token is None:
        return 0
    try:
        return names.index(json.loads(base64.b64decode(token))["after"]) + 1
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise validation("The NextToken is not valid: it is malformed, or its resource is gone.") from error
