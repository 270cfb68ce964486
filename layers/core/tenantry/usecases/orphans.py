"""What lies or stands around and no row names: copies in the serving bucket, endpoints with the stack's tag.

Neither should ever be: rows name what is made before it is made. A copy holds nothing but what the drop bucket holds,
so it is removed. An endpoint may serve somebody after a table was restored, so it is the operator who decides.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, islice

from tenantry.domain.names import host_of_endpoint, parse_serving_key
from tenantry.domain.notices import OPERATOR, Notice, outbox
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.tenants import FleetRow
from tenantry.domain.versions import KEPT, OPEN, Upload
from tenantry.domain.writes import Put
from tenantry.ports import Standing
from tenantry.serving.endpoints import FLEET_TAG, STACK_TAG
from tenantry.usecases.app import App
from tenantry.usecases.finding import recent
from tenantry.usecases.reading import fleet_host

OLD = timedelta(hours=1)
"""What is younger may be named in a moment, or still be at work for someone who was just told that it is over."""
MOST = 20
"""So many are removed, or looked at, in one run."""
READABLE = 36
"""A derived name begins with so much of the stack's name at least."""


def remove_orphan_copies(app: App) -> int:
    """Remove recent copies that are no version's, or that of one that has ended without it; how many there were."""
    orphans = list(islice(_orphan_copies(app), MOST))
    for key in orphans:
        app.artifacts.delete(app.settings.serving_bucket, key)
    return len(orphans)


def tell_orphan_endpoints(app: App) -> int:
    """Tell the operator, once a month, of each endpoint of the stack's that no row names; how many were told."""
    before = app.clock.now() - OLD
    standing = app.hosting.endpoints(f"{app.settings.stack}-"[:READABLE], before)
    named = _named(app) if standing else set()
    unnamed = (one for one in standing if one.name not in named and one.status != "Deleting" and not _own(one, app))
    return sum(_tell(one, app) for one in islice(unnamed, MOST))


def _orphan_copies(app: App) -> Iterator[str]:
    copies = ((parse_serving_key(found.key), found) for found in recent(app.settings.serving_bucket, "", OLD, app))
    known = ((names, found) for names, found in copies if names)
    for tenant, group in groupby(known, key=lambda one: one[0][0]):
        rows = {row.upload: row for row in app.registry.rows(Upload, f"TENANT#{tenant}", "UPLOAD#")}
        for (_, model, upload), found in group:
            if not _needed(rows.get(upload), found.key) and not _routed(tenant, model, found.key, app):
                yield found.key


def _needed(row: Upload | None, key: str) -> bool:
    """By a release on its way, a version that is kept, or one whose removal has begun and goes its own way."""
    return row is not None and (row.state in OPEN or (row.serving_key == key and (row.copied or row.state in KEPT)))


def _routed(tenant: str, model: str, target: str, app: App) -> bool:
    route = app.registry.get(Route, Route.at(tenant, model))
    return route is not None and target in route.targets


def _own(endpoint: Standing, app: App) -> bool:
    """It stands behind the host that one version has for itself."""
    return app.registry.get(HostRow, HostRow.at(host_of_endpoint(endpoint.name))) is not None


def _named(app: App) -> set[str]:
    """Every endpoint that a fleet's row names: because it serves, is about to, or has to go."""
    named: set[str] = set()
    for row in app.registry.rows(FleetRow, "FLEETS"):
        host = fleet_host(row.fleet, app.registry)
        named |= {*row.left, *(host.endpoints if host else ())}
    return named


def _tell(endpoint: Standing, app: App) -> bool:
    [row] = outbox(_orphaned(endpoint, app), OPERATOR)
    if app.registry.get(type(row), row.key):
        return False
    tags = app.hosting.tags(endpoint.arn)
    if tags.get(STACK_TAG) != app.settings.stack:
        return False
    app.registry.commit(Put(row=row.but(notice=row.notice.model_copy(update={"fleet": tags.get(FLEET_TAG, "")}))))
    return True


def _orphaned(endpoint: Standing, app: App) -> Notice:
    name = endpoint.name
    return Notice(
        id=f"endpoint-{name}-orphaned",
        about="endpoint",
        state="ORPHANED",
        step="Sweep registry",
        reason=f"endpoint {name} ({endpoint.status}, made {endpoint.created_at:%Y-%m-%d %H:%M} UTC) has this stack's "
        "tag, and no row of the registry names it; it bills",
        fix=f"if nothing calls it: aws sagemaker delete-endpoint --endpoint-name {name} (its configuration and its "
        "model have the same name); after a table was restored, compare `tenantry status` first",
        at=app.clock.now(),
        details={"endpoint": name},
    )
