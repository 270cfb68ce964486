"""Vet artifact and register version: judge the object version in one pass, then copy exactly it to its serving key."""

from tenantry.domain.artifacts import Caps, Expectations, Judgement, judge_artifact
from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict, Rejected, ReleaseFailed
from tenantry.domain.fleets import median_bytes, with_size
from tenantry.domain.models import AUTO, ModelProfile
from tenantry.domain.names import serving_key
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.tenants import FleetRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.choosing import chosen
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import remove
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import arrived, model_of, owned, ready_fleet, ready_tenant


class Accepted(Value):
    """The artifact was accepted; what it would be otherwise is an exception."""

    accepted: bool = True


class Registered(Value):
    """Where the checked copy lies in the serving bucket."""

    serving_key: str


def vet_artifact(release: Release, app: App) -> Accepted:
    """Judge the artifact; Rejected with the check that failed. Its digest and findings are kept on the row."""
    row = owned(release, app.registry)
    if row.reached(State.VETTED):
        return Accepted()
    _, tenant = ready_tenant(row.tenant, app.registry)
    wanted = expected(_choosing(release, row, tenant, app), app)
    judgement = _judged(row, wanted, app)
    deciding(lambda: _record(release, judgement, wanted, app))
    if not judgement.accepted:
        raise Rejected(judgement.reason)
    return Accepted()


def register_version(release: Release, app: App) -> Registered:
    """Copy the judged version to the one key it will ever be served from."""
    row = owned(release, app.registry)
    if not row.reached(State.REGISTERED):
        arrived(row, State.VETTED)
        app.artifacts.copy(_source(row, app), app.settings.serving_bucket, row.serving_key)
        _keep(release, app)
        _remember_size(row, app)
    return Registered(serving_key=row.serving_key)


def _choosing(release: Release, row: Upload, tenant: TenantProfile, app: App) -> ModelProfile:
    """What the profile says of the row's model, with the policy's choice where it leaves the option open."""
    model = model_of(row, tenant)
    if model.serving != AUTO:
        return model
    choice = chosen(row, tenant, model, app)

    def record() -> None:
        app.registry.commit(Put(row=owned(release, app.registry).but(chosen=choice)))

    deciding(record)
    return model.as_chosen(choice)


def _judged(row: Upload, wanted: Expectations, app: App) -> Judgement:
    chunks = app.artifacts.stream(row.bucket, row.key_, row.version_id)
    return judge_artifact(chunks, wanted, Caps(**app.settings.artifact_caps))


def expected(model: ModelProfile, app: App) -> Expectations:
    """On a shared host, what its fleet asks for. On hosts of its own code harms nobody else."""
    if model.fleet is None:
        framework = model.framework or "custom"
        return Expectations(framework=framework, trust="vendor", network=model.reaches_out, median_bytes=None)
    fleet, profile = ready_fleet(model.fleet, app.registry)
    return Expectations(
        framework=profile.framework,
        trust=profile.trust,
        network=profile.network,
        median_bytes=median_bytes(fleet.serving_bytes),
    )


def _record(release: Release, judgement: Judgement, wanted: Expectations, app: App) -> None:
    row = owned(release, app.registry)
    if row.reached(State.VETTED):
        return
    findings = tuple(f"{finding.severity}: {finding}" for finding in judgement.findings)[:50]
    judged = row.but(sha256=judgement.sha256, judged_for=wanted.host, findings=findings)
    if judgement.accepted:
        key = serving_key(row.tenant, row.model, row.upload, judgement.sha256)
        judged = judged.move(State.VETTED, app.clock.now(), judgement.reason, serving_key=key)
    app.registry.commit(Put(row=judged))


def _source(row: Upload, app: App) -> ObjectVersion:
    found = app.artifacts.version(row.bucket, row.key_, row.version_id)
    if found is None or found.deleted:
        raise Rejected(f"{row.key_} (version {row.version_id}) was deleted meanwhile: drop it again")
    return found


def _keep(release: Release, app: App) -> None:
    """Note the copy. One that was made for an upload that ended meanwhile goes again: nobody else knows of it."""
    try:
        deciding(lambda: _registered(release, app))
    except ReleaseFailed:
        remove(release.key, app)
        raise


def _registered(release: Release, app: App) -> None:
    row = owned(release, app.registry)
    if not row.reached(State.REGISTERED):
        why = f"copied to {row.serving_key}"
        app.registry.commit(Put(row=row.move(State.REGISTERED, app.clock.now(), why, copied=True)))


def _remember_size(row: Upload, app: App) -> None:
    """For the fleet's median. One size more or less does not matter, so nobody is made to wait for it."""
    _, tenant = ready_tenant(row.tenant, app.registry)
    model = model_of(row, tenant)
    if model.fleet is None:
        return
    fleet: FleetRow = ready_fleet(model.fleet, app.registry)[0]
    try:
        app.registry.commit(Put(row=fleet.but(serving_bytes=with_size(fleet.serving_bytes, row.size))))
    except Conflict:
        return
