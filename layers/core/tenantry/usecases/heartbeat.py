"""Keep warm: the live and the standby version of every model are called regularly, so that no request finds them cold.

Where a host has other instances than it had, everything on it is warmed with bursts again.
"""

from datetime import timedelta

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.routes import HostRow, LoadRow
from tenantry.domain.tenants import FleetRow, TenantRow, TenantState
from tenantry.domain.warmth import FAST_MS
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.loads import loads_of, sample_for, shown_on
from tenantry.usecases.reading import fleet_host
from tenantry.usecases.resuming import resume
from tenantry.usecases.warming import warm


class Heartbeat(Value):
    """How many targets answered at once, how many were warmed again, which could not be, and how many were not reached.

    `cold` names them as `tenant/model on endpoint`.
    """

    warm: int = 0
    rewarmed: int = 0
    cold: tuple[str, ...] = ()
    not_reached: int = 0


def keep_warm(app: App) -> Heartbeat:
    """Probe what should be warm, within the function's budget; live versions first."""
    limit = app.clock.now() + timedelta(seconds=app.settings.heartbeat_budget_seconds)
    beat = Heartbeat()
    hosts = [host for fleet in app.registry.rows(FleetRow, "FLEETS") if (host := fleet_host(fleet.fleet, app.registry))]
    for host in hosts:
        current, grown = _measured(host, app)
        loads, cold = _beating(host, app)
        for load in loads:
            before = beat
            beat = _beat(beat, load, current, app, grown=grown) if app.clock.now() < limit else _late(beat)
            if load.pinned and (load.tenant, load.model) in cold and _is_warm(before, beat):
                resume(load, app)
    return beat


def _is_warm(before: Heartbeat, after: Heartbeat) -> bool:
    return after.warm + after.rewarmed > before.warm + before.rewarmed


def _measured(host: HostRow, app: App) -> tuple[HostRow, bool]:
    """The host as SageMaker shows it now, and whether it has other instances than its record said."""
    view = app.hosting.endpoint(host.endpoint)
    if view is None or not view.instances or view.instances == host.instances:
        return host, False

    def record() -> HostRow:
        row = app.registry.get(HostRow, host.key)
        if row is None or row.endpoint != host.endpoint:
            return host
        app.registry.commit(Put(row=row.but(instances=view.instances)))
        return row.but(instances=view.instances)

    return deciding(record), True


def _beating(host: HostRow, app: App) -> tuple[list[LoadRow], set[tuple[str, str]]]:
    """What should be warm on this host: proven, of a READY tenant; live before standby. And which models wait."""
    loads = [load for load in loads_of(host.host, app) if load.proven_at]
    rows = [app.registry.get(TenantRow, TenantRow.at(name)) for name in sorted({load.tenant for load in loads})]
    ready = {row.tenant: row for row in rows if row and row.state is TenantState.READY}
    beating = [load for load in loads if load.tenant in ready and not _asleep(load, ready[load.tenant])]
    cold = {(row.tenant, model) for row in ready.values() for model in row.cold}
    return sorted(beating, key=lambda load: not load.pinned), cold


def _asleep(load: LoadRow, tenant: TenantRow) -> bool:
    """A probe would bring back what may go while nobody calls it. Only a route that waits for it is worth that."""
    model = tenant.profile.models.get(load.model) if tenant.profile else None
    return model is not None and model.sleeps and load.model not in tenant.cold


def _beat(beat: Heartbeat, load: LoadRow, host: HostRow, app: App, *, grown: bool) -> Heartbeat:
    sample = sample_for(load, app)
    if sample is None:
        return beat
    if not grown and _answers(load, host, app):
        return beat.model_copy(update={"warm": beat.warm + 1})
    try:
        evidence = warm(host.address(load.target), sample, app)
    except ReleaseFailed:
        name = f"{load.tenant}/{load.model} on {host.endpoint}"
        return beat.model_copy(update={"cold": (*beat.cold, name)})
    shown_on(load, host.endpoint, evidence.model_dump(mode="json"), app)
    return beat.model_copy(update={"rewarmed": beat.rewarmed + 1})


def _answers(load: LoadRow, host: HostRow, app: App) -> bool:
    """Whether a few calls at once, one for each instance, are all answered as fast as a loaded model answers."""
    sample = sample_for(load, app)
    assert sample
    known = load.evidence.get(host.endpoint, {})
    fast = max(FAST_MS, 2 * int(known.get("slowest_ms", 0)))
    answers = app.hosting.probe(
        host.address(load.target), sample.body.encode(), sample.content_type, sample.accept, max(host.instances, 2)
    )
    return all(answer.outcome == "ok" and answer.took_ms <= fast for answer in answers)


def _late(beat: Heartbeat) -> Heartbeat:
    return beat.model_copy(update={"not_reached": beat.not_reached + 1})
