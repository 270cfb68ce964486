"""Random histories: uploads, rollbacks and sweeps of two tenants, all at once, with bad luck on every corner."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from tenantry.domain.routes import Route
from tenantry.domain.tenants import SlotsRow
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put
from tenantry.ports import Series
from tests.flows.adversary import Arena
from tests.flows.archives import climbing
from tests.flows.conftest import FLEET, tenant_profile
from tests.flows.copied import copied
from tests.flows.crowd import Crowd, Luck
from tests.flows.faults import Site
from tests.flows.invariants import breaches_now
from tests.flows.own_roads import silo
from tests.flows.rest import rest
from tests.flows.rows import in_flight, row_at, uploads
from tests.flows.scenarios import packed
from tests.flows.spoiling import Functions
from tests.flows.twins import DROP

UPLOADS = 5
CALM = 8
"""Every so many-th history has no fault but doubled, lost and reordered events."""
JUDGED = 3
"""In every so many-th history swaps are judged, for a minute; what is called `BAD` fails then."""
BAD = "3"
OWN = 4
"""In every so many-th history a silo tenant is among those who upload, with an endpoint for each version."""
MODELS = (("acme", "churn"), ("acme", "risk"), ("globex", "churn"))
SILO = ("initech", "churn")


def history(seed: int, planted: Functions | None = None) -> list[str]:
    """Play it, with these functions instead of the real ones; what was wrong."""
    calm = seed % CALM == 0
    luck = Luck(seed, calm=calm)
    own = seed % OWN == 1
    crowd = copied(_stage(no_grace=seed % 2 == 1, judged=seed % JUDGED == 0, own=own))
    book = Book(crowd)
    crowd.planted = planted or {}
    dropped: dict[str, str] = {}
    crowd.luck = luck
    crowd.play(_script(crowd, luck, dropped, own=own))
    wrong = rest(crowd, cycles=4)
    wrong = [*book.breaches, *wrong, *crowd.permits.refused, *(_calm_end(crowd, dropped) if calm else ())]
    return [f"seed {seed}: {one}" for one in wrong]


@cache
def _stage(*, no_grace: bool, judged: bool, own: bool) -> Crowd:
    """A fleet and two tenants, READY; with or without a grace period for what was replaced, and canaries."""
    crowd = Crowd()
    crowd.twins.metrics.told = _counts
    crowd.drop("fleets/sklearn.json", FLEET)
    crowd.run()
    each: dict[str, Any] = {"grace": 0 if no_grace else 24} | ({"canary": {"minutes": 1}} if judged else {})
    crowd.drop("tenants/acme.json", tenant_profile("churn", "risk", **each))
    crowd.drop("tenants/globex.json", tenant_profile("churn", **each))
    if own:
        crowd.drop("tenants/initech.json", silo("real-time", **each))
    crowd.run()
    assert rest(crowd) == []
    return crowd


def _counts(series: Series) -> float:
    """A thousand calls of each version, at a millisecond each; of each that is BAD a tenth fails."""
    failed = 100.0 if series.dimensions.get("Version") == BAD else 0.0
    return {"Calls": 1_000.0, "LatencySum": 1e6}.get(series.name, failed)


def _script(crowd: Crowd, luck: Luck, dropped: dict[str, str], *, own: bool) -> list[Callable[[], None]]:
    """Who does what, in this order; when, is up to chance."""
    dice = luck.dice
    models = [SILO, dice.choice(MODELS)] if own else dice.sample(MODELS, dice.choice([1, 2]))
    scenes = [partial(_drop, crowd, luck, *dice.choice(models), number, dropped) for number in range(UPLOADS)]
    others = [partial(crowd.operator_goes_back, *dice.choice(models)) for _ in range(3)]
    others += [partial(_later, crowd, luck, verb) for verb in ("sweep_registry",) * 3 + ("relay_notices", "keep_warm")]
    others += [scene for chance, scene in _rarely(crowd, own=own) if luck.happens(chance)]
    for scene in others:
        scenes.insert(dice.randint(1, len(scenes)), scene)
    return [*scenes, partial(_restore, crowd)]


def _rarely(crowd: Crowd, *, own: bool) -> list[tuple[float, Callable[[], Any]]]:
    """What happens in few histories."""
    rolled = FLEET | {"instance_type": "ml.m5.xlarge"}
    updated = tenant_profile("churn", "risk", grace=0, notify=["else@acme.example"])
    return [
        (0.2, partial(crowd.drop, "fleets/sklearn.json", rolled)),
        (0.2, partial(crowd.drop, "tenants/acme.json", updated)),
        (0.0 if crowd.luck.calm else 0.1, partial(crowd.delete, "tenants/globex.json")),
        (0.1 if own and not crowd.luck.calm else 0.0, partial(crowd.delete, "tenants/initech.json")),
        (0.2 if own else 0.0, partial(crowd.drop, "tenants/initech.json", silo("serverless", offboard_after=0))),
    ]


def _restore(crowd: Crowd) -> None:
    """Who deleted the profile may have done so by mistake."""
    if crowd.luck.happens(0.5) and not crowd.twins.artifacts.latest(DROP, "tenants/globex.json"):
        crowd.drop("tenants/globex.json", tenant_profile("churn"))


def _later(crowd: Crowd, luck: Luck, verb: str) -> None:
    crowd.twins.clock.sleep(luck.dice.choice([1, 61, 150]))
    crowd.begin(verb, {})


def _drop(crowd: Crowd, luck: Luck, tenant: str, model: str, number: int, dropped: dict[str, str]) -> None:
    kind = luck.dice.choices(["good", "broken", "hostile"], [70, 20, 10])[0]
    body = {"good": packed(f"good {number}"), "broken": packed(loads=False), "hostile": _climbing()}[kind]
    version = luck.dice.choice(["1", str(number)])
    crowd.twins.clock.sleep(luck.dice.choice([0, 1, 1]))
    made = crowd.drop(f"models/{tenant}/{model}/{version}/model.tar.gz", body)
    dropped[made.version_id] = kind


@cache
def _climbing() -> bytes:
    return climbing()


class Book:
    """What was written, as it was written."""

    def __init__(self, arena: Arena) -> None:
        self.arena, self.breaches = arena, list[str]()
        self._live: dict[tuple[str, str], Route] = {}
        arena.chair.watchers.append(self.look)

    def look(self, site: Site, given: tuple[Any, ...]) -> None:
        """After every effect."""
        self.breaches += [f"after {site}, {one}" for one in breaches_now(self.arena)]
        if site.method == "commit":
            for write in given:
                if isinstance(write, Put) and isinstance(write.row, Route):
                    self.breaches += self._moved(site, self.arena.route(write.row.tenant, write.row.model))
                if isinstance(write.row, SlotsRow):
                    self.breaches += self._crowded(write.row.tenant)
        if site.method == "send":
            self.breaches += self._said(*given)

    def _moved(self, site: Site, route: Route | None) -> Iterator[str]:
        """Generations rise by one; live orders rise, except when somebody goes back."""
        assert route
        before = self._live.get(route.key)
        self._live[route.key] = route
        if before is None:
            return
        if route.generation != before.generation + 1:
            yield f"generations: {before.generation} was followed by {route.generation}"
        if route.floor < before.floor:
            yield f"never backwards: the floor fell by {site}"
        if route.upload != before.upload and route.order <= before.order and site.verb != "rollback":
            yield f"never backwards: {site} put {route.version} over {before.version}"

    def _crowded(self, tenant: str) -> Iterator[str]:
        """No tenant has more in flight than it may."""
        count = sum(row.tenant == tenant for row in in_flight(self.arena))
        if count > self.arena.twins.settings.in_flight_cap:
            yield f"crowded: {tenant} has {count} releases in flight"

    def _said(self, _topic: str, notice: Any) -> Iterator[str]:
        """What is told is true already."""
        if notice.about != "release":
            return
        row = row_at(self.arena, Upload, Upload.at(notice.tenant, notice.model, notice.upload))
        if row is None or notice.state not in {move.state for move in row.moves}:
            yield f"told too early: {notice.upload[:6]} {notice.state}"


def _calm_end(crowd: Crowd, dropped: dict[str, str]) -> Iterator[str]:
    """Where nothing failed, each ends as it deserves, and of each model the newest good one has been live."""
    newest: dict[tuple[str, str], Upload] = {}
    for row in sorted(uploads(crowd), key=lambda row: row.order):
        kind, states = dropped[row.version_id], {move.state for move in row.moves}
        if kind == "good":
            newest[row.tenant, row.model] = row
        deserved = {
            "good": {State.LIVE, State.SUPERSEDED, State.ROLLED_BACK},
            "broken": {State.FAILED, State.SUPERSEDED},
        }
        if not states & deserved.get(kind, {State.REJECTED, State.SUPERSEDED}):
            yield f"calm: a {kind} upload came to {row.state}: {row.reason}"
    for row in newest.values():
        if not {State.LIVE, State.ROLLED_BACK} & {move.state for move in row.moves}:
            yield f"calm: the newest good upload came to {row.state}: {row.reason}"
