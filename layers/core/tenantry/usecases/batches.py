"""What lies in a batch, what runs have taken of it, and whose model runs over it."""

from tenantry.domain.batch_keys import drops_prefix, run_prefix
from tenantry.domain.batches import START, BatchRow, Index, Inputs
from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.domain.models import AUTO, ModelProfile
from tenantry.domain.names import DropKind, parse_drop
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.routes import Route
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.versions import Upload
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.reading import profile_of, ready_tenant

MOST_BYTES = 64 * 2**20
"""More than what a run writes down of its files can have."""
_LEAVING = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}


def model_for(tenant: str, model: str, app: App) -> tuple[str, ModelProfile]:
    """Whose model runs over batches of this tenant's, and how; Rejected, with a sentence, when none does."""
    profile = _served(tenant, app)
    owner = profile.owner or "" if model in profile.shared else tenant
    named = profile if owner == tenant else _served(owner, app)
    if model not in named.models:
        raise Rejected(f"tenants/{owner}.json names no model {model}")
    chosen = _as_live(owner, named.models[model], model, app)
    if chosen.jobs is None and (chosen.serving != AUTO or chosen.needs.answer == "immediate"):
        raise Rejected(
            f"model {model} has no batch in its profile, so nothing would read batches/{tenant}/{model}/: name it in "
            f'tenants/{owner}.json, as in "batch": {{}}'
        )
    return owner, chosen


def _served(tenant: str, app: App) -> TenantProfile:
    row, profile = app.registry.get(TenantRow, TenantRow.at(tenant)), profile_of(tenant, app)
    if row and row.state in _LEAVING:
        raise Rejected(f"tenant {tenant} is {row.state}: drop the batch again once it is READY")
    if profile is None:
        raise Rejected(f"there is no tenant {tenant}: drop its profile as tenants/{tenant}.json first")
    return profile


def jobs_model(owner: str, model: str, app: App) -> ModelProfile:
    """What a READY owner's profile says of a model with jobs, `jobs` among it; ReleaseFailed when it says none now."""
    _, profile = ready_tenant(owner, app.registry)
    named = profile.models.get(model)
    found = _as_live(owner, named, model, app) if named else None
    if found is None or found.jobs is None:
        raise ReleaseFailed(f"tenants/{owner}.json has no model {model} with batch any more")
    return found


def _as_live(owner: str, profile: ModelProfile, model: str, app: App) -> ModelProfile:
    """With what the policy chose for the live version, where the option is left to it."""
    route = app.registry.get(Route, Route.at(owner, model)) if profile.serving == AUTO else None
    row = app.registry.get(Upload, Upload.at(owner, model, route.upload)) if route else None
    return profile.as_chosen(row.chosen) if row and row.chosen else profile


def lying(tenant: str, model: str, batch: str, app: App) -> dict[str, ObjectVersion]:
    """The newest version of each item of a batch, by its name; START is one of them, and an empty file is none."""
    prefix = drops_prefix(tenant, model, batch)
    newest = (one for one in app.artifacts.listing(app.settings.drop_bucket, prefix) if one.is_latest)
    drops = ((parse_drop(found.key, found.size), found) for found in newest)
    return {drop.item: found for drop, found in drops if drop.kind is DropKind.BATCH and counts(drop.item, found.size)}


def counts(item: str, size: int) -> bool:
    """Whether an object of a batch is an input or its START; an empty one is neither."""
    return size > 0 or item == START


def index_of(row: BatchRow, app: App) -> Index:
    """What runs have taken of this batch."""
    body = read(row.index, app) if row.index else None
    return Index.model_validate_json(body) if body else Index()


def inputs_of(run: str, app: App) -> Inputs | None:
    """What this run has taken, if it came so far."""
    body = read(inputs_key(run), app)
    return Inputs.model_validate_json(body) if body else None


def inputs_key(run: str) -> str:
    """Where in the results bucket a run writes down what it has taken."""
    return f"{run_prefix(run)}inputs.json"


def read(key: str, app: App) -> bytes | None:
    """An object of the results bucket, `None` when there is none."""
    bucket = app.settings.results_bucket
    found = app.artifacts.latest(bucket, key)
    return app.artifacts.read(bucket, key, found.version_id, MOST_BYTES) if found else None


def write(key: str, body: str, app: App) -> None:
    """Put JSON into the results bucket."""
    app.artifacts.write(app.settings.results_bucket, key, body.encode(), "application/json")
