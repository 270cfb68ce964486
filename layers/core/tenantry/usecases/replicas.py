"""Which objects of the drop bucket came from another region's, where they were judged when they were dropped."""

from tenantry.domain.errors import Rejected
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App


def is_replica(found: ObjectVersion, app: App) -> bool:
    """S3 is asked only where there is another region; what is gone by now counts as dropped here."""
    try:
        return bool(app.settings.other_region) and app.artifacts.replicated(found.bucket, found.key, found.version_id)
    except Rejected:
        return False


def profile_is_replica(tenant: str, app: App) -> bool:
    """Whether the tenant's newest profile is one."""
    if not app.settings.other_region:
        return False
    latest = app.artifacts.latest(app.settings.drop_bucket, f"tenants/{tenant}.json")
    return latest is not None and is_replica(latest, app)
