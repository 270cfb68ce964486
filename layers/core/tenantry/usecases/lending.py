"""The versions that a run uses: the live one, or the one that a tenant is pinned to; neither is retired under a job."""

from collections.abc import Iterator

from tenantry.domain.batch_keys import model_name
from tenantry.domain.batches import Group, Inputs, RunRow
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.images import image_of
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.sharing import SharedRoute
from tenantry.domain.versions import KEPT, Upload
from tenantry.domain.writes import Put
from tenantry.serving import batch_transform
from tenantry.usecases.app import App
from tenantry.usecases.attempting import marks
from tenantry.usecases.deciding import deciding
from tenantry.usecases.reading import host_settings, ready_fleet


def version_for(run: RunRow, tenant: str, app: App) -> str:
    """The upload that runs over this tenant's files; ReleaseFailed, with a sentence, when there is none."""
    shared = app.registry.get(SharedRoute, SharedRoute.at(tenant, run.model)) if tenant != run.tenant else None
    if shared and shared.pin:
        return shared.pin.upload
    route = app.registry.get(Route, Route.at(run.tenant, run.model))
    if route is None:
        raise ReleaseFailed(f"no version of model {run.model} is live yet: drop one first")
    if route.suspended:
        raise ReleaseFailed(f"model {run.model} is suspended")
    return route.upload


def group_of(run: RunRow, upload: str, content_type: str, app: App) -> Group:
    """What a job over files of this type, for this version, uses: the version's own model, or one made for the run."""
    row = _row(run, upload, app)
    host = app.registry.get(HostRow, HostRow.at(row.host))
    lent = host is not None and host.serving is Serving.BATCH_TRANSFORM
    target = row.target if lent else model_name(app.settings.stack, run, upload)
    return Group(upload=upload, version=row.version, target=target, lent=lent, content_type=content_type)


def models_for(run: RunRow, inputs: Inputs, model: ModelProfile, app: App) -> tuple[Call, ...]:
    """The models that are made for this run, one for each version without one of its own."""
    made = {group.upload: group for group in inputs.groups if not group.lent}
    return tuple(_model(run, group, model, app) for group in made.values())


def hold(run: RunRow, inputs: Inputs, app: App) -> None:
    """Keep what the run's versions are made of: they may be replaced meanwhile, with no grace at all."""
    deciding(lambda: _hold(run.key, {group.upload for group in inputs.groups}, app))


def uses(row: Upload, app: App) -> bool:
    """Whether a run that is not over runs over its files with this upload."""
    runs = app.registry.rows(RunRow, f"TENANT#{row.tenant}", f"RUN#{row.model}#")
    return any(row.upload in run.uploads and not run.ended for run in runs)


def targets(inputs: Inputs) -> Iterator[str]:
    """The models that were made for the run."""
    yield from dict.fromkeys(group.target for group in inputs.groups if not group.lent)


def _row(run: RunRow, upload: str, app: App) -> Upload:
    row = app.registry.get(Upload, Upload.at(run.tenant, run.model, upload))
    if row is None or not row.serving_key:
        raise ReleaseFailed(f"the registry has no copy of upload {upload}")
    return row


def _model(run: RunRow, group: Group, model: ModelProfile, app: App) -> Call:
    row = _row(run, group.upload, app)
    host = app.registry.get(HostRow, HostRow.at(row.host))
    profile = ready_fleet(host.fleet, app.registry)[1] if host and host.fleet else model
    image = image_of(profile, app.images, app.settings.region)
    return batch_transform.model_of(group.target, row.serving_key, image, host_settings(app), marks(run, group, app))


def _hold(key: tuple[str, str], uploads: set[str], app: App) -> None:
    """Its uploads are written again, too: of a retirement at the same time, one has to look again."""
    run = app.registry.get(RunRow, key)
    if run is None or uploads <= set(run.uploads):
        return
    rows = [_row(run, upload, app) for upload in sorted(uploads)]
    if gone := [row.version for row in rows if row.state not in KEPT]:
        raise ReleaseFailed(f"version {gone[0]} is not kept any more")
    app.registry.commit(Put(row=run.but(uploads=tuple(sorted(uploads)))), *(Put(row=row) for row in rows))
