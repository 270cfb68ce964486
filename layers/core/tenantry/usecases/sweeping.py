"""Sweep registry: what no event told of. That every upload reaches an end rests on this, not on event delivery.

An idle sweep writes nothing.
"""

from tenantry.domain.base import Value, expiry
from tenantry.domain.digests import told
from tenantry.domain.errors import Conflict
from tenantry.domain.notices import StrayRow
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import Upload
from tenantry.domain.writes import Put
from tenantry.usecases.admission import admit
from tenantry.usecases.app import App
from tenantry.usecases.approving import look_at_packages
from tenantry.usecases.awaiting import end_requests
from tenantry.usecases.ending import start_retirement
from tenantry.usecases.finding import YOUNG, follow_profiles, take_lost_uploads
from tenantry.usecases.joining import stands
from tenantry.usecases.mending import mend_profiles, mend_releases
from tenantry.usecases.mending_batches import mend_batches
from tenantry.usecases.orphans import remove_orphan_copies, tell_orphan_endpoints
from tenantry.usecases.removing import remove_endpoints
from tenantry.usecases.sharing import pins_of
from tenantry.usecases.starting_moves import begin_moves

MOST_NAMED = 20


class Swept(Value):
    """What one run found to do: counts, and the first of the releases that were mended."""

    taken: int
    approvals: int
    followed: int
    mended: int
    retiring: int
    digests: int
    orphans: int
    requests: int
    batches: int
    moving: int
    releases: tuple[str, ...] = ()


def sweep_registry(app: App) -> Swept:
    """Lost uploads and profiles; releases that do not go on; versions past their time; what no row names; requests."""
    taken, followed, releases = take_lost_uploads(app), follow_profiles(app), mend_releases(app)
    approvals = look_at_packages(app)
    return Swept(
        taken=taken,
        approvals=approvals,
        followed=followed,
        mended=len(releases) + mend_profiles(app) + remove_endpoints(app),
        retiring=_retire(app),
        digests=_digest(app),
        orphans=remove_orphan_copies(app) + tell_orphan_endpoints(app),
        requests=end_requests(app),
        moving=_move(app),
        batches=mend_batches(app),
        releases=tuple(releases[:MOST_NAMED]),
    )


def _retire(app: App) -> int:
    """One execution an hour for each version that has to go, until it is gone; what is pinned has not to."""
    now = app.clock.now()
    over = (row for row in app.registry.due(Upload, "retire", now) if not pins_of(row, app.registry))
    past = [(row, "its grace period is over") for row in over]
    ended = (row for row in app.registry.due(Upload, "clean", now - YOUNG) if not stands(row, app.registry))
    left = [(row, "it has ended and its copy is still there") for row in ended]
    for row, why in (*past, *left):
        start_retirement(row, why, app)
    return len(past) + len(left)


def _move(app: App) -> int:
    """Start to move what nobody else did, of every tenant; how many releases that started."""
    begun = ((row.tenant, begin_moves(row, app)) for row in app.registry.rows(TenantRow, "TENANTS"))
    return sum(len(admit(tenant, app, *keys)) for tenant, keys in begun if keys)


def _digest(app: App) -> int:
    now = app.clock.now()
    expires = expiry(now, app.settings.notice_days)
    rows = app.registry.due(StrayRow, "stray", now)
    return sum(_tell(row, expires, app) for row in rows)


def _tell(row: StrayRow, expires: int, app: App) -> bool:
    done, notice = told(row, app.clock.now(), expires)
    try:
        app.registry.commit(Put(row=done), Put(row=notice))
    except Conflict:
        return False
    return True
