"""What lies in the drop bucket and no event told of: uploads without a row, profiles that the rows are behind of."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby, islice

from tenantry.domain.names import Drop, DropKind, parse_drop, upload_id
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import State, Upload
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.following import follow
from tenantry.usecases.intake import take_version

YOUNG = timedelta(minutes=2)
"""What is younger may still be on its way."""
_NO_TENANT = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}
_NO_FLEET = {FleetState.DELETING, FleetState.DELETED}


def take_lost_uploads(app: App) -> int:
    """Give every recent upload its row, or the judgement its row still waits for; how many there were.

    At most `sweep_most` in a run.
    """
    lost = list(islice(_lost(app), app.settings.sweep_most))
    for drop, found in lost:
        take_version(drop, found, app)
    return len(lost)


def follow_profiles(app: App) -> int:
    """Start what brings rows after the profiles that lie there now; how many machines were started."""
    tenants = {row.key[1]: row for row in app.registry.rows(TenantRow, "TENANTS")}
    fleets = {row.key[1]: row for row in app.registry.rows(FleetRow, "FLEETS")}
    stale = [
        *_stale(DropKind.TENANT, "tenants", tenants, {n for n, row in tenants.items() if row.state in _NO_TENANT}, app),
        *_stale(DropKind.FLEET, "fleets", fleets, {n for n, row in fleets.items() if row.state in _NO_FLEET}, app),
    ]
    return sum(follow(drop, app, again=True).started for drop in stale)


def _lost(app: App) -> Iterator[tuple[Drop, ObjectVersion]]:
    dropped = (
        (parse_drop(found.key, found.size), found) for found in recent(app.settings.drop_bucket, "models/", YOUNG, app)
    )
    versions = ((drop, found) for drop, found in dropped if drop.kind is DropKind.VERSION)
    for tenant, group in groupby(versions, key=lambda one: one[0].tenant):
        rows = app.registry.rows(Upload, f"TENANT#{tenant}", "UPLOAD#")
        known = {row.upload for row in rows if row.started or not _unjudged(row)}
        for drop, found in group:
            if upload_id(found.bucket, found.key, found.version_id) not in known:
                yield drop, found


def _unjudged(row: Upload) -> bool:
    """A replica that is held may be one of a tenant that has no row yet, whom nothing else looks at."""
    return row.state is State.RECEIVED or (row.replica and row.state is State.HELD)


def recent(bucket: str, prefix: str, age: timedelta, app: App) -> Iterator[ObjectVersion]:
    """What lies there, at least of this age and not older than the sweep looks back."""
    now = app.clock.now()
    oldest = now - timedelta(days=app.settings.sweep_days)
    for found in app.artifacts.listing(bucket, prefix):
        if oldest <= found.last_modified <= now - age:
            yield found


def _stale[R: (TenantRow, FleetRow)](
    kind: DropKind, folder: str, rows: dict[str, R], gone: set[str], app: App
) -> Iterable[Drop]:
    """Profiles whose row is behind, and rows whose profile is gone."""
    lying = dict(_lying(kind, folder, app))
    for name, (drop, found) in lying.items():
        row = rows.get(name)
        if row is None or name in gone or found.version_id not in {row.source.version_id, row.refused}:
            yield drop
    for name in rows.keys() - lying.keys() - gone:
        yield parse_drop(f"{folder}/{name}.json")


def _lying(kind: DropKind, folder: str, app: App) -> Iterator[tuple[str, tuple[Drop, ObjectVersion]]]:
    for found in app.artifacts.listing(app.settings.drop_bucket, f"{folder}/"):
        drop = parse_drop(found.key, found.size)
        if found.is_latest and drop.kind is kind:
            yield drop.tenant or drop.fleet, (drop, found)
