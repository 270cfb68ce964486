"""Relay notices: each is published to its audience's topic at once; mail is at most one a minute per audience."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from tenantry.domain.base import Value, expiry
from tenantry.domain.errors import Conflict, ReleaseFailed, Unavailable
from tenantry.domain.mails import compose
from tenantry.domain.notices import OPERATOR, MailboxRow, NoticeRow
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.inputs import Relay

MAIL_EVERY = timedelta(minutes=1)
AT_ONCE = timedelta(minutes=1)
"""What is told at once is due after this time, so that the schedule does not tell it too; then it is mailed."""
MOST = 2_000
MOST_IN_A_MAIL = 500


class Sent(Value):
    """How many notices were published, and how many mails."""

    sent: int
    mails: int


def relay_notices(task: Relay, app: App) -> Sent:
    """Send what is due, of these audiences or of all. Delivered at least once: a crash may repeat the last one.

    Unavailable, when that held one audience up, is raised after all others were served.
    """
    soon = app.clock.now() + timedelta(seconds=5)
    waiting: dict[str, list[NoticeRow]] = defaultdict(list)
    for row in app.registry.due(NoticeRow, "notice", soon, MOST):
        if task.audiences is None or row.audience in task.audiences:
            waiting[row.audience].append(row)
    done, busy = list[tuple[int, bool]](), list[Unavailable]()
    for audience, rows in waiting.items():
        try:
            done.append(_relay(audience, rows, app))
        except Unavailable as error:
            busy.append(error)
    if busy:
        raise busy[0]
    return Sent(sent=sum(sent for sent, _ in done), mails=sum(mailed for _, mailed in done))


def tell_at_once(row: NoticeRow, app: App) -> None:
    """Publish this one notice, which was just committed. Unavailable or ReleaseFailed leave it to the schedule."""
    if topic := _topic(row.audience, app):
        _publish(row, topic, app)


def _relay(audience: str, rows: list[NoticeRow], app: App) -> tuple[int, bool]:
    topic = _topic(audience, app)
    if not topic:
        _close(rows if topic == "" else [], app)
        return 0, False
    try:
        sent = sum(_publish(row, topic, app) for row in rows)
        return sent, _mail(audience, topic, [row for row in rows if row.mailed_at is None], app)
    except ReleaseFailed:
        _close(rows, app)
        return 0, False


def _topic(audience: str, app: App) -> str | None:
    """Where to publish: empty when there is nowhere any more, `None` when a topic is about to be opened."""
    if audience == OPERATOR:
        return app.settings.operator_topic_arn
    tenant = app.registry.get(TenantRow, TenantRow.at(audience))
    if tenant and tenant.state is TenantState.ONBOARDING and not tenant.topic_arn:
        return None
    return tenant.topic_arn if tenant else ""


def _publish(row: NoticeRow, topic: str, app: App) -> bool:
    if row.sent_at is not None:
        return False
    app.channels.send(topic, row.notice)
    _mark(row, app, sent_at=app.clock.now())
    return True


def _mail(audience: str, topic: str, rows: Sequence[NoticeRow], app: App) -> bool:
    """One mail about all of them, if this audience had none in the last minute and nobody else is at it."""
    if not rows or not _claim(audience, app):
        return False
    told = rows[:MOST_IN_A_MAIL]
    mail = compose([row.notice for row in told])
    app.channels.mail(topic, mail.subject, mail.text)
    for row in told:
        _mark(row, app, mailed_at=app.clock.now())
    return True


def _claim(audience: str, app: App) -> bool:
    now = app.clock.now()
    fresh = MailboxRow(audience=audience, mailed_at=now)
    box = app.registry.get(MailboxRow, fresh.key)
    if box and now - box.mailed_at < MAIL_EVERY:
        return False
    try:
        app.registry.commit(Put(row=fresh.after(box)))
    except Conflict:
        return False
    return True


def _mark(row: NoticeRow, app: App, **done: object) -> None:
    """Note on the stored row what was done; sent and mailed, it goes with its time to live."""
    current = app.registry.get(NoticeRow, row.key)
    if current is None:
        return
    marked = current.but(**done)
    if marked.sent_at and marked.mailed_at:
        marked = marked.but(expires=expiry(app.clock.now(), app.settings.notice_days))
    try:
        app.registry.commit(Put(row=marked))
    except Conflict:
        return


def _close(rows: Sequence[NoticeRow], app: App) -> None:
    """The topic is gone: nobody can be told any more, and the rows keep what would have been said."""
    now = app.clock.now()
    for row in rows:
        _mark(row, app, sent_at=now, mailed_at=now)
