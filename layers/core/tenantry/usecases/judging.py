"""Judge version: a canary is looked at, and goes on, may go live, or goes back."""

from datetime import datetime
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.canaries import extended, gone_back
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.judging import CanarySettings, Comparison, Observed, Verdict, judge
from tenantry.domain.models import ModelProfile
from tenantry.domain.routes import Canary, HostRow, Route
from tenantry.domain.series import Trio, counted, of_clients, of_host
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import load_of, model_of, owned, ready_tenant, standing_host
from tenantry.usecases.swapping import baking, on_trial
from tenantry.usecases.warming import prove


class Judged(Value):
    """What was decided and why; `next`: `bake` until `look_at`, `promote` by the swap, or `done`: it is over."""

    decision: str
    reason: str
    next: Literal["bake", "promote", "done"]
    look_at: datetime | None = None


def judge_version(release: Release, app: App) -> Judged:
    """Compare the canary with what is live and write what follows, numbers and all. Asked again, it looks again."""
    return deciding(lambda: _judge(release, app))


def _judge(release: Release, app: App) -> Judged:
    row = owned(release, app.registry)
    if row.state is not State.CANARY:
        return Judged(decision="none", reason=f"it is {row.state}: {row.reason}", next="done")
    _, profile = ready_tenant(row.tenant, app.registry)
    model = model_of(row, profile)
    if model.canary is None:
        return Judged(decision="promote", reason="its profile asks for no canary any more", next="promote")
    route = on_trial(row, app.registry.get(Route, Route.at(row.tenant, row.model)))
    observed = observe(route, model.canary, app)
    verdict = _verdict(row, route, observed, model, app)
    return _carried_out(row, route, verdict, verdict.record(observed), model, app)


def observe(route: Route, asked: CanarySettings, app: App) -> Observed:
    """What clients and SageMaker have counted of both versions since the bake began, and the alarms."""
    assert route.canary
    pairs = _pairs(route, route.canary, app)
    flat = [one for canary, live in pairs.values() for one in (*canary, *live)]
    sums = app.metrics.sums(flat, route.canary.since, app.clock.now()) if flat else []
    found = [
        Comparison(source=source, canary=counted(*sums[at : at + 3]), live=counted(*sums[at + 3 : at + 6]))
        for source, at in zip(pairs, range(0, len(sums), 6), strict=True)
    ]
    states = app.metrics.alarms(asked.alarms) if asked.alarms else {}
    return Observed(comparisons=tuple(found), alarms={name: states.get(name, "") for name in asked.alarms})


def _pairs(route: Route, canary: Canary, app: App) -> dict[Literal["client", "endpoint"], tuple[Trio, Trio]]:
    """Canary and live, as each source names them. Clients cannot tell two uploads of one version apart."""
    pairs: dict[Literal["client", "endpoint"], tuple[Trio, Trio]] = {}
    if canary.version != route.version:
        named = app.settings.stack, route.tenant, route.model
        pairs["client"] = of_clients(*named, canary.version), of_clients(*named, route.version)
    ours, theirs = _published(canary.host, canary.target, app), _published(route.host, route.target, app)
    if ours and theirs:
        pairs["endpoint"] = ours, theirs
    return pairs


def _published(host: str, target: str, app: App) -> Trio | None:
    row = app.registry.get(HostRow, HostRow.at(host))
    return of_host(row, target) if row else None


def _verdict(row: Upload, route: Route, observed: Observed, model: ModelProfile, app: App) -> Verdict:
    assert route.canary
    assert model.canary
    canary = route.canary
    verdict = judge(model.canary, observed, app.clock.now(), canary.until, extended=canary.extended)
    return _probed(row, verdict.reason, model, app) if verdict.decision == "probe" else verdict


def _probed(row: Upload, few: str, model: ModelProfile, app: App) -> Verdict:
    """Nobody calls it often enough: what it answers to its sample decides."""
    try:
        prove(standing_host(row.host, app.registry).address(row.target), model.sample, app)
    except ReleaseFailed as why:
        return Verdict(decision="back", reason=f"{few}; and now {why}")
    return Verdict(decision="promote", reason=f"{few}; it answered its sample again")


def _carried_out(
    row: Upload, route: Route, verdict: Verdict, record: dict[str, object], model: ModelProfile, app: App
) -> Judged:
    """Every write but the swap itself."""
    assert model.canary
    now, load = app.clock.now(), load_of(row, app.registry)
    said = Judged(decision=verdict.decision, reason=verdict.reason, next="done")
    match verdict.decision:
        case "back":
            app.registry.commit(*gone_back(row, load, route, verdict.reason, now, model.kept_hours, verdict=record))
            return said
        case "promote":
            app.registry.commit(Put(row=row.but(verdict=record)), Check(row=route))
            return said.model_copy(update={"next": "promote"})
        case "extend":
            app.registry.commit(*extended(row, route, verdict.reason, now))
            route = on_trial(row, app.registry.get(Route, route.key))
    look_at = baking(route, model.canary, now).look_at
    return said.model_copy(update={"next": "bake", "look_at": look_at})
