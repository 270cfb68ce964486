"""Notices as mail: one readable text for many, with a subject of at most 100 ASCII characters.

Names of tenants, models and versions are safe by their patterns. Reasons may hold a container's own words, so what
could break a line or a terminal is taken out; subjects hold no such words at all.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from tenantry.domain.base import Value
from tenantry.domain.notices import Notice

SUBJECT_LENGTH = 100
REASON_LENGTH = 1_000
REQUESTS = 5
"""So many requests that a model ended alike are told one by one in a mail; notices are told one by one anyway."""

_NAMES = {"about", "tenant", "model", "version", "request", "batch", "state"}
FIX_LENGTH = 1_000
"""Room for two commands that name an ARN."""
_TITLES = {
    "release": "{tenant}/{model} version {version}: {state}",
    "rollback": "{tenant}/{model} rolled back to version {version}",
    "request": "{tenant}/{model} request {request}: {state}",
    "batch": "{tenant}/{model} batch {batch}: {state}",
    "tenant": "tenant {tenant}: {state}",
    "sharing": "{tenant}/{model}, a shared model: {state}",
    "approval": "{tenant}/{model} version {version}: {state}",
    "fleet": "fleet {fleet}: {state}",
    "endpoint": "an endpoint that nothing uses (fleet {fleet})",
    "digest": "unknown keys in the drop bucket",
}


class Mail(Value):
    """What is published for e-mail subscribers."""

    subject: str
    text: str


def compose(notices: Sequence[Notice]) -> Mail:
    """One mail about these notices (at least one), oldest first; SUPERSEDED is told with what superseded it."""
    told = sorted(notices, key=lambda notice: (notice.at, notice.id))
    folded = _folded(told)
    hidden = {notice.id for group in folded.values() for notice in group}
    heads = [notice for notice in told if notice.id not in hidden]
    shown, more = _few_requests(heads)
    parts = [_part(notice, folded.get(notice.upload, [])) for notice in shown] + more
    return Mail(subject=_subject(heads), text="\n\n".join(parts) + "\n")


def title(notice: Notice) -> str:
    """What the notice is about and how it ended: `acme/churn version 3: FAILED`."""
    known = notice.model_dump(include=_NAMES)
    return _TITLES[notice.about].format_map(known | {"fleet": notice.fleet or "unknown"})


def plain(text: str, length: int = REASON_LENGTH) -> str:
    """One line without control, format or private characters."""
    spaced = (" " if one in "\n\r\t" else one for one in text)
    kept = "".join(one for one in spaced if unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())[:length]


def _folded(notices: Iterable[Notice]) -> dict[str, list[Notice]]:
    """SUPERSEDED releases by the upload that superseded them, where that one is told in the same mail."""
    uploads = {notice.upload for notice in notices if notice.upload and notice.state != "SUPERSEDED"}
    folded: dict[str, list[Notice]] = {}
    for notice in notices:
        if notice.state == "SUPERSEDED" and notice.superseded_by in uploads:
            folded.setdefault(notice.superseded_by, []).append(notice)
    return folded


def _few_requests(heads: Iterable[Notice]) -> tuple[list[Notice], list[str]]:
    """All of these but the many requests that one model ended alike; and of those, how many more there are."""
    shown, alike = list[Notice](), Counter[tuple[str, str, str]]()
    for notice in heads:
        kind = (notice.tenant, notice.model, notice.state)
        alike[kind] += notice.about == "request"
        if notice.about != "request" or alike[kind] <= REQUESTS:
            shown.append(notice)
    more = [(kind, count - REQUESTS) for kind, count in alike.items() if count > REQUESTS]
    return shown, [f"{count} more requests to {who}/{model}: {state}" for (who, model, state), count in more]


def _part(notice: Notice, superseded: Sequence[Notice]) -> str:
    reason = plain(notice.reason)
    at = f", {notice.step}" if notice.step and not reason.startswith(notice.step) else ""
    lines = [title(notice), f"  {notice.at:%Y-%m-%d %H:%M:%S} UTC{at}. {reason}"]
    if notice.fetch:
        lines.append(f"  Fetch it: {plain(notice.fetch)}")
    if notice.fix:
        lines.append(f"  What to do: {plain(notice.fix, FIX_LENGTH)}")
    if superseded:
        versions = ", ".join(sorted({one.version for one in superseded}))
        lines.append(f"  It superseded version {versions}, which did not go live.")
    return "\n".join(lines)


def _subject(heads: Sequence[Notice]) -> str:
    if len(heads) == 1:
        return f"[Tenantry] {title(heads[0])}"[:SUBJECT_LENGTH]
    states = Counter(notice.state for notice in heads)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"[Tenantry] {len(heads)} notices: {counts}"[:SUBJECT_LENGTH]
