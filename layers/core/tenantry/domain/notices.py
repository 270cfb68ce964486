"""What a person or system is told. The JSON of a notice is a published, stable schema (docs/notices.md)."""

from datetime import datetime
from typing import Any, Literal

from tenantry.domain.base import Row, Value
from tenantry.domain.fixes import of_version
from tenantry.domain.versions import State, Upload

OPERATOR = ""
"""The audience that is not a tenant."""


class Notice(Value):
    """One end of a release, tenant, fleet, request or batch, or one digest for the operator.

    `id` is derived from what it is about, so that telling it twice finds the first. Of a request, `request` is its id,
    `result` the S3 URI of its answer and `fetch` the command that fetches it with the tenant's credentials. Of a run
    over batches, `batch` names them, and `result` is the prefix of their results.
    """

    schema_: Literal[1] = 1
    id: str
    about: Literal[
        "release", "tenant", "fleet", "request", "batch", "digest", "rollback", "endpoint", "approval", "sharing"
    ]
    tenant: str = ""
    model: str = ""
    version: str = ""
    upload: str = ""
    fleet: str = ""
    state: str
    step: str = ""
    reason: str
    fix: str = ""
    superseded_by: str = ""
    request: str = ""
    batch: str = ""
    result: str = ""
    fetch: str = ""
    at: datetime
    details: dict[str, Any] = {}


class NoticeRow(Row):
    """The outbox: a notice for one audience (a tenant, or the operator), until it was sent and mailed."""

    audience: str
    notice: Notice
    due: datetime
    sent_at: datetime | None = None
    mailed_at: datetime | None = None
    expires: int | None = None

    @staticmethod
    def at(audience: str, notice: str) -> tuple[str, str]:
        """The key of what this audience is told by the notice of this id."""
        return (f"TENANT#{audience}" if audience else "OPERATOR"), f"NOTICE#{notice}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.audience, self.notice.id)

    @property
    def work(self) -> tuple[str, datetime] | None:
        return None if self.sent_at and self.mailed_at else ("notice", self.due)


class MailboxRow(Row):
    """When an audience last had mail: at most one a minute."""

    audience: str
    mailed_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        return (f"TENANT#{self.audience}" if self.audience else "OPERATOR"), "MAILBOX"


class StrayRow(Row):
    """Stray keys of one window of 15 minutes: how many, and the first of them."""

    window: datetime
    due: datetime
    count: int
    keys: tuple[str, ...]
    told: bool = False
    expires: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return "OPERATOR", f"STRAY#{self.window:%Y%m%dT%H%M}"

    @property
    def work(self) -> tuple[str, datetime] | None:
        return None if self.told else ("stray", self.due)


def outbox(notice: Notice, *audiences: str) -> tuple[NoticeRow, ...]:
    """The notice's rows, one for each audience, due at once."""
    return tuple(NoticeRow(audience=audience, notice=notice, due=notice.at) for audience in audiences)


def about_upload(row: Upload, **said: Any) -> Notice:
    """A notice about this upload as it is now; `said` are its other members, or members to be said otherwise."""
    whose = row.model_dump(include={"tenant", "model", "version", "upload", "state", "reason"})
    return Notice(**{**whose, "at": row.since, **said})


def of_release(row: Upload, *, step: str = "", superseded_by: str = "", known: bool = True) -> tuple[NoticeRow, ...]:
    """What is told when a release has ended; `row` is in its end state. `known`: there is such a tenant.

    The tenant hears of every end, the operator of those that went wrong and of all that names no tenant.
    """
    notice = about_upload(
        row,
        id=f"release-{row.upload}-{row.state.lower()}",
        about="release",
        step=step,
        reason=_why(row),
        fix=of_version(row, step),
        superseded_by=superseded_by,
        details=_details(row),
    )
    return outbox(notice, *audiences(row.tenant, row.state, known=known, moved=bool(row.moved_from)))


def _why(row: Upload) -> str:
    """Where the policy chose, the notice of a version that went live says what and why."""
    return f"{row.reason}. {row.chosen.because[0]}" if row.state is State.LIVE and row.chosen else row.reason


def _details(row: Upload) -> dict[str, Any]:
    """Why it was placed where it was, sentence by sentence, and how its canary was judged."""
    because = {"because": list(row.placed_because)} if row.placed_because else {}
    return because | ({"verdict": row.verdict} if row.verdict else {})


def audiences(tenant: str, state: str, *, known: bool = True, moved: bool = False) -> tuple[str, ...]:
    """Who hears of this end of something of this tenant's. Of a version that was `moved`, the operator always does."""
    if not known:
        return (OPERATOR,)
    told = moved or state in {State.REJECTED, State.FAILED, State.ROLLED_BACK}
    return (tenant, OPERATOR) if told else (tenant,)
