"""Relay answer: what SageMaker tells of a request becomes a notice to the tenant whose request it was, once.

Told twice, in any order, or after it was found otherwise, a request has one end. An answer to no known request goes
into the operator's digest: nothing in it is believed.
"""

from contextlib import suppress
from typing import Literal

from tenantry.domain.answers import Told, parse_answer
from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.events import Unreadable
from tenantry.domain.hosting import SAMPLES
from tenantry.domain.notices import NoticeRow
from tenantry.domain.requests import RequestRow, RequestState, of_request
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.quarantining import quarantine
from tenantry.usecases.relaying import AT_ONCE, tell_at_once


class Relayed(Value):
    """What became of one message, and for the log, whose it was."""

    outcome: Literal["told", "ignore", "quarantine"]
    reason: str
    tenant: str = ""
    model: str = ""
    version: str = ""
    upload: str = ""


def relay_answer(body: str, app: App) -> Relayed:
    """Take one message of SageMaker's topics: to the tenant whose request it names, or into quarantine."""
    try:
        told = parse_answer(body)
    except Unreadable as why:
        quarantine("(an unreadable answer)", app)
        return Relayed(outcome="quarantine", reason=f"an unreadable answer: {why}")
    if told.inference.startswith(SAMPLES):
        return Relayed(outcome="ignore", reason="the answer to a sample")
    row = app.registry.get(RequestRow, RequestRow.at(told.inference))
    if row is None:
        quarantine(f"(an answer to no known request: {told.inference})", app)
        return Relayed(outcome="quarantine", reason="no request has this id")
    notices = deciding(lambda: _ended(told, app))
    for one in notices:
        with suppress(Unavailable, ReleaseFailed):  # then the next run of relay_notices tells it
            tell_at_once(one, app)
    names = row.model_dump(include={"tenant", "model", "version", "upload"})
    if not notices:
        return Relayed(outcome="ignore", reason="the request had its end before", **names)
    return Relayed(outcome="told", reason="its tenant is told", **names)


def _ended(told: Told, app: App) -> tuple[NoticeRow, ...]:
    """Write the end, and return its notices; none when it had its end before."""
    row = app.registry.get(RequestRow, RequestRow.at(told.inference))
    if row is None or not row.open:
        return ()
    state = RequestState.ANSWERED if told.answered else RequestState.FAILED
    reason = f"version {row.version} answered it" if told.answered else told.reason
    end = row.ended(state, reason, app.clock.now(), app.settings.notice_days)
    notices = tuple(one.but(due=end.since + AT_ONCE) for one in of_request(end))
    app.registry.commit(Put(row=end), *(Put(row=one) for one in notices))
    return notices
