"""What several use cases read, each with the sentence for when it is not there."""

from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.domain.fleets import host_of
from tenantry.domain.models import AUTO, ModelProfile
from tenantry.domain.profiles import PROFILE_BYTES, FleetProfile, TenantProfile, parse_profile
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry.domain.versions import ENDS, State, Upload
from tenantry.ports import Registry
from tenantry.serving.placements import HostSettings, JobSettings, QueueSettings
from tenantry.usecases.app import App
from tenantry.usecases.inputs import Release


def owned(release: Release, registry: Registry) -> Upload:
    """The row of this release; ReleaseFailed when it has ended or another execution has taken over."""
    row = registry.get(Upload, release.key)
    if row is None:
        raise ReleaseFailed("the registry has no row of this upload")
    if row.owner != release.execution:
        raise ReleaseFailed(f"another execution has taken this upload over: {row.owner or 'none yet'}")
    if row.state in ENDS:
        raise ReleaseFailed(f"this upload has ended as {row.state} already: {row.reason}")
    return row


def arrived(row: Upload, state: State) -> None:
    """ReleaseFailed, a mistake in the machine, unless the release has come as far as this."""
    if not row.reached(state):
        raise ReleaseFailed(f"the upload is {row.state}, and this step needs it {state}")


def ready_tenant(name: str, registry: Registry) -> tuple[TenantRow, TenantProfile]:
    """A READY tenant and its profile in force."""
    row = registry.get(TenantRow, TenantRow.at(name))
    if row is None or row.state is not TenantState.READY or row.profile is None:
        raise ReleaseFailed(f"tenant {name} is {row.state if row else 'unknown'}, not READY")
    return row, row.profile


def model_of(row: Upload, profile: TenantProfile) -> ModelProfile:
    """What the profile says about the upload's model, with what the policy chose where that is left to it."""
    if row.model not in profile.models:
        raise ReleaseFailed(f"tenants/{row.tenant}.json names no model {row.model} any more")
    model = profile.models[row.model]
    return model.as_chosen(row.chosen) if model.serving == AUTO and row.chosen else model


def ready_fleet(name: str | None, registry: Registry) -> tuple[FleetRow, FleetProfile]:
    """A READY fleet and its profile in force."""
    row = registry.get(FleetRow, FleetRow.at(name)) if name else None
    if row is None or row.state is not FleetState.READY or row.profile is None:
        raise ReleaseFailed(f"fleet {name} is {row.state if row else 'unknown'}, not READY")
    return row, row.profile


def fleet_host(fleet: str, registry: Registry) -> HostRow | None:
    """The host that a fleet is, if it ever came into service."""
    return registry.get(HostRow, HostRow.at(host_of(fleet)))


def standing_host(host: str, registry: Registry) -> HostRow:
    """The host's record; ReleaseFailed when no endpoint stands behind it."""
    row = registry.get(HostRow, HostRow.at(host))
    if row is None:
        raise ReleaseFailed(f"no endpoint stands behind host {host}")
    return row


def host_settings(app: App) -> HostSettings:
    """What hosts get from the stack."""
    settings = app.settings
    return HostSettings(
        stack=settings.stack,
        role_arn=settings.host_role_arn,
        models=f"s3://{settings.serving_bucket}/",
        subnets=settings.host_subnets,
        security_groups=settings.host_security_groups,
        queues=QueueSettings(
            role_arn=settings.asynchronous_role_arn,
            results_bucket=settings.results_bucket,
            success_topic=settings.success_topic_arn,
            error_topic=settings.error_topic_arn,
        ),
        jobs=JobSettings(role_arn=settings.batch_role_arn, results_bucket=settings.results_bucket),
    )


def load_of(row: Upload, registry: Registry) -> LoadRow | None:
    """The load record of the upload's target."""
    return registry.get(LoadRow, LoadRow.at(row.host, row.target)) if row.target else None


def profile_of(tenant: str, app: App) -> TenantProfile | None:
    """The profile in force, or the one that lies in the drop bucket and is about to be."""
    row = app.registry.get(TenantRow, TenantRow.at(tenant))
    if row and row.profile:
        return row.coming or row.profile
    latest = app.artifacts.latest(app.settings.drop_bucket, f"tenants/{tenant}.json")
    if latest is None:
        return None
    try:
        body = app.artifacts.read(latest.bucket, latest.key, latest.version_id, PROFILE_BYTES)
        return parse_profile(TenantProfile, body)
    except Rejected:
        return None
