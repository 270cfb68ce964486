"""Preload model and prove model: the new target is loaded and answers before any pointer names it."""

from typing import Any

from tenantry.domain.base import Value
from tenantry.domain.errors import Conflict, ReleaseFailed
from tenantry.domain.models import Sample
from tenantry.domain.options import UNCALLED
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import arrived, load_of, model_of, owned, ready_tenant, standing_host
from tenantry.usecases.sampling import by_job, proven_by_job
from tenantry.usecases.warming import prove, warm

MOST_ROLLS = 3
"""A host may be rolled while its target warms up; so often, and something is wrong."""


class Preloaded(Value):
    """What the probes on the endpoint that serves now have shown."""

    evidence: dict[str, Any]


class Proven(Value):
    """The answer to the sample."""

    answer: str


def preload_model(release: Release, app: App) -> Preloaded:
    """Warm the target on every endpoint that stands, or is about to stand, behind its host."""
    for _ in range(MOST_ROLLS):
        row = owned(release, app.registry)
        arrived(row, State.PLACED)
        if row.reached(State.WARM):
            return Preloaded(evidence=row.evidence)
        host = standing_host(row.host, app.registry)
        shown = by_job(row, app) if host.serving in UNCALLED else warmed(row, host, sample_of(row, app), {}, app)
        try:
            return deciding(lambda: _warm(release, host, shown, app))  # noqa: B023 - called before the loop goes on
        except Conflict:
            continue
    raise ReleaseFailed("the host was changed again and again while the model was loaded")


def prove_model(release: Release, app: App) -> Proven:
    """Send the sample once; its answer is kept, and compared where the profile gives an expectation."""
    row = owned(release, app.registry)
    arrived(row, State.WARM)
    if not (row.answer and row.reached(State.LIVE)):
        host = standing_host(row.host, app.registry)
        sample, jobs = sample_of(row, app), host.serving in UNCALLED
        answer = proven_by_job(row, sample, app) if jobs else prove(host.address(row.target), sample, app)
        return deciding(lambda: _proven(release, answer, app))
    return Proven(answer=row.answer)


def sample_of(row: Upload, app: App) -> Sample:
    """The sample its tenant's profile gives for this model now."""
    _, profile = ready_tenant(row.tenant, app.registry)
    return model_of(row, profile).sample


def warmed(row: Upload, host: HostRow, sample: Sample, known: dict[str, Any], app: App) -> dict[str, Any]:
    """Evidence for every endpoint of the host: what is known already, and what bursts show for the others."""
    missing = [name for name in host.endpoints if name not in known]
    shown = {name: warm(host.address(row.target, name), sample, app).model_dump(mode="json") for name in missing}
    return {name: evidence for name, evidence in {**known, **shown}.items() if name in host.endpoints}


def _warm(release: Release, host: HostRow, shown: dict[str, Any], app: App) -> Preloaded:
    """Conflict, to the caller, when the host has other endpoints by now."""
    row = owned(release, app.registry)
    if row.reached(State.WARM):
        return Preloaded(evidence=row.evidence)
    load = leased(row, app)
    evidence = shown[host.endpoint or row.target]
    now = app.clock.now()
    app.registry.commit(
        Put(row=row.move(State.WARM, now, f"warm: {evidence['because']}", evidence=evidence)),
        Put(row=load.but(loaded_at=now, evidence={**load.evidence, **shown})),
        Check(row=host),
    )
    return Preloaded(evidence=evidence)


def _proven(release: Release, answer: str, app: App) -> Proven:
    row = owned(release, app.registry)
    if not row.reached(State.LIVE):
        load = leased(row, app)
        now = app.clock.now()
        app.registry.commit(Put(row=row.but(answer=answer)), Put(row=load.but(proven_at=now, sha256=row.sha256)))
    return Proven(answer=answer)


def leased(row: Upload, app: App) -> LoadRow:
    """The load record of a release on its way; ReleaseFailed when it is gone."""
    load = load_of(row, app.registry)
    if load is None:
        raise ReleaseFailed(f"the load record of {row.target} is gone")
    return load
