"""Open requests: answers that nobody told of are looked for, and what gets none in time has its end all the same."""

from datetime import datetime, timedelta

from tenantry.domain.mails import plain
from tenantry.domain.options import Serving
from tenantry.domain.requests import RequestRow, RequestState, of_request, requests_of
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import Upload
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.sharing import users_of

MOST = 500
"""Requests of one tenant that are looked at in one run."""
LONGEST = timedelta(days=2)
"""No request is open for so long."""
WORDS = 1_000
"""Bytes that are read of what a container said instead of an answer."""


def end_requests(app: App) -> int:
    """Look for the answers that are due, of every tenant; how many requests got their end."""
    now = app.clock.now()
    tenants = app.registry.rows(TenantRow, "TENANTS")
    waiting = (row for one in tenants for row in app.registry.due(RequestRow, requests_of(one.tenant), now, MOST))
    return sum([deciding(lambda: _looked(row, app)) for row in waiting])  # noqa: B023 - called before the loop goes on


def undrained(row: Upload, app: App) -> str:
    """Why the queue of a version's own host is not empty; nothing to say when it is, or there is none."""
    host = app.registry.get(HostRow, HostRow.at(row.host)) if row.hosted else None
    if host is None or host.serving is not Serving.ASYNCHRONOUS:
        return ""
    asking = (row.tenant, *(users_of(row.tenant, row.model, app) if host.pool else ()))
    if count := sum(one.host == host.host for tenant in asking for one in _open(tenant, app)):
        return f"{count} of its requests have no answer yet"
    backlog = app.hosting.backlog(host.endpoint)
    return f"{backlog} requests wait in its queue" if backlog else ""


def abandon_requests(tenant: str, app: App) -> None:
    """End what waits for an answer of a tenant that is being closed."""
    for row in _open(tenant, app):
        deciding(lambda: _abandoned(row, app))  # noqa: B023 - called before the loop goes on


def _open(tenant: str, app: App) -> list[RequestRow]:
    """What waits for an answer, those first that wait for longest."""
    return app.registry.due(RequestRow, requests_of(tenant), app.clock.now() + LONGEST, MOST)


def _looked(stale: RequestRow, app: App) -> bool:
    now, row = app.clock.now(), app.registry.get(RequestRow, stale.key)
    if row is None or not row.open:
        return False
    if (end := _found(row, now, app)) is None:
        app.registry.commit(Put(row=row.looked_for(now)))
        return False
    unheard = end.state is RequestState.FAILED and now >= row.until
    app.registry.commit(Put(row=end), *(Put(row=one) for one in of_request(end, operator=unheard)))
    return True


def _found(row: RequestRow, now: datetime, app: App) -> RequestRow | None:
    """The row at its end, when there is one."""
    days = app.settings.notice_days
    if _read(row.answer, 0, app) is not None:
        return row.ended(RequestState.ANSWERED, f"version {row.version} answered it", now, days)
    if row.failure and (said := _read(row.failure, WORDS, app)) is not None:
        return row.ended(RequestState.FAILED, plain(said.decode("utf-8", "replace")), now, days)
    if now < row.until:
        return None
    if row.state is RequestState.RECEIVED:
        return row.ended(RequestState.FAILED, "it could not be handed to its queue", now, days)
    return row.ended(RequestState.FAILED, "no answer came in all the time that it may take", now, days)


def _read(uri: str, at_most: int, app: App) -> bytes | None:
    """The beginning of the object at an S3 URI; `None` while there is none."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    there = app.artifacts.latest(bucket, key)
    if there is None:
        return None
    return app.artifacts.read(bucket, key, there.version_id, at_most) if at_most else b""


def _abandoned(stale: RequestRow, app: App) -> None:
    row = app.registry.get(RequestRow, stale.key)
    if row and row.open:
        why, days = "its tenant was offboarded before an answer came", app.settings.notice_days
        end = row.ended(RequestState.FAILED, why, app.clock.now(), days)
        app.registry.commit(Put(row=end), *(Put(row=one) for one in of_request(end)))
