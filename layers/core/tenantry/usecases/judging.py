"""Judge version: a canary is looked at, and goes on, may go live, or goes back."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.canaries import extended, gone_back
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.judging import CanarySettings, Comparison, Counted, Observed, Verdict, judge
from tenantry.domain.models import ModelProfile
from tenantry.domain.routes import Canary, HostRow, Route
from tenantry.domain.series import Trio, counted, of_clients, of_host
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Check, Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import load_of, model_of, owned, ready_tenant, standing_host
from tenantry.usecases.sharing import users_of
from tenantry.usecases.swapping import baking, on_trial
from tenantry.usecases.warming import prove

Pair = tuple[list[Trio], list[Trio]]
"""What was counted of the canary and of what is live, each in one place or several."""
MOST_CALLERS = 80
"""So many tenants' counts are added up: six metrics of each, and CloudWatch gives 500 at a time."""


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
    flat = [one for canary, live in pairs.values() for trio in (*canary, *live) for one in trio]
    sums = iter(app.metrics.sums(flat, route.canary.since, app.clock.now()) if flat else [])
    found = [
        Comparison(source=source, canary=_added(canary, sums), live=_added(live, sums))
        for source, (canary, live) in pairs.items()
    ]
    states = app.metrics.alarms(asked.alarms) if asked.alarms else {}
    return Observed(comparisons=tuple(found), alarms={name: states.get(name, "") for name in asked.alarms})


def _pairs(route: Route, canary: Canary, app: App) -> dict[Literal["client", "endpoint"], Pair]:
    """Canary and live, as each source names them. Clients cannot tell two uploads of one version apart."""
    pairs: dict[Literal["client", "endpoint"], Pair] = {}
    if canary.version != route.version:
        callers = [route.tenant, *users_of(route.tenant, route.model, app)][:MOST_CALLERS]
        ours, theirs = (_of_callers(callers, route.model, one.version, app) for one in (canary, route))
        pairs["client"] = ours, theirs
    judged, live = _published(canary.host, canary.target, app), _published(route.host, route.target, app)
    if judged and live:
        pairs["endpoint"] = [judged], [live]
    return pairs


def _of_callers(callers: Sequence[str], model: str, version: str, app: App) -> list[Trio]:
    """What the clients of the tenant and of those who share the model have counted of this version."""
    return [of_clients(app.settings.stack, tenant, model, version) for tenant in callers]


def _added(trios: Sequence[Trio], sums: Iterator[float]) -> Counted:
    """The next sums, those of these trios, added up."""
    rows = [list(islice(sums, len(trio))) for trio in trios]
    return counted(*(sum(column) for column in zip(*rows, strict=True)))


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
