"""Requests to asynchronous endpoints: the row that is written before SageMaker is called, and how each ends.

Whose an answer is says this row, found by the id that SageMaker was given, and nothing in the answer itself.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from tenantry.domain.base import Row, expiry
from tenantry.domain.fixes import of_failed_request
from tenantry.domain.hosting import Asked
from tenantry.domain.notices import Notice, NoticeRow, audiences, outbox

PAYLOAD_BYTES = 2**30
"""The most an asynchronous endpoint takes (SageMaker guide, async-inference)."""
FIRST_LOOK = timedelta(minutes=10)
"""So long after a request the first look for an answer that nobody told of; each next one after twice the time."""
LATE = timedelta(minutes=15)
"""Beyond waiting and working time, after which no answer is expected any more."""
CLAIM = timedelta(minutes=1)
"""Whoever recorded a request hands it over within this time; the function has half of it."""


class RequestState(StrEnum):
    """Where a request is in its life: recorded, handed over, or at an end."""

    RECEIVED = "RECEIVED"
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"


OPEN_REQUEST = frozenset({RequestState.RECEIVED, RequestState.SENT})


class RequestRow(Row):
    """One request. `answer` is the S3 URI of its answer, `failure` that of what the container said instead.

    `upload` is the id of the dropped object, `version` the model's that was live then, on `host`. `look_at` is when an
    answer is next looked for, `until` when it is given up.
    """

    tenant: str
    model: str
    request: str
    upload: str
    version: str
    host: str
    endpoint: str
    asked: Asked
    state: RequestState
    reason: str
    since: datetime
    answer: str
    failure: str = ""
    look_at: datetime
    until: datetime
    expires: int | None = None

    @staticmethod
    def at(inference: str) -> tuple[str, str]:
        """The key of the request that SageMaker calls so."""
        return f"REQUEST#{inference}", "REQUEST"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.asked.inference)

    @property
    def open(self) -> bool:
        """It has no end yet."""
        return self.state in OPEN_REQUEST

    @property
    def work(self) -> tuple[str, datetime] | None:
        return (requests_of(self.tenant), self.look_at) if self.open else None

    def looked_for(self, now: datetime) -> Self:
        """This row, to be looked for again after twice its age, or when it is given up."""
        return self.but(look_at=min(self.until, now + max(now - self.since, FIRST_LOOK)))

    def ended(self, state: RequestState, reason: str, now: datetime, days: int) -> Self:
        """This row at its end, kept for so many days."""
        return self.but(state=state, reason=reason, since=now, expires=expiry(now, days))


def requests_of(tenant: str) -> str:
    """The work that a tenant's open requests are."""
    return f"request#{tenant}"


def patience(asked: Asked) -> timedelta:
    """After how long no answer comes any more."""
    return timedelta(seconds=asked.ttl + asked.timeout) + LATE


def of_request(row: RequestRow, *, operator: bool = False) -> tuple[NoticeRow, ...]:
    """What is told when a request has ended; `row` is in its end state.

    What the model itself said is between it and the tenant; the operator hears where no answer came.
    """
    good = row.state is RequestState.ANSWERED
    notice = Notice(
        id=f"request-{row.upload}-{row.state.lower()}",
        about="request",
        tenant=row.tenant,
        model=row.model,
        version=row.version,
        upload=row.upload,
        request=row.request,
        state=row.state,
        reason=row.reason,
        fix="" if good else _fix(row, heard=not operator),
        result=row.answer if good else "",
        fetch=fetching(row.answer) if good else "",
        at=row.since,
    )
    return outbox(notice, *(audiences(row.tenant, row.state) if operator else (row.tenant,)))


def _fix(row: RequestRow, *, heard: bool) -> str:
    """Where its container was heard of, the command that shows what it said, too."""
    shows = f"`{fetching(row.failure)}` fetches what the container said; " if heard and row.failure else ""
    return shows + of_failed_request(row.tenant, row.model, row.request)


def fetching(uri: str) -> str:
    """The command that fetches an object with the credentials of its tenant."""
    return f"aws s3 cp {uri} ."
