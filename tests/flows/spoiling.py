"""One scenario, run again and again with one fault each, in every place where a fault can strike."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, TenantRow
from tenantry.domain.versions import Upload
from tests.flows.adversary import Arena
from tests.flows.approval_roads import APPROVAL_ROADS
from tests.flows.batch_roads import BATCH_ROADS
from tests.flows.batch_rules import batch_ends
from tests.flows.container_roads import CONTAINER_ROADS
from tests.flows.copied import copied
from tests.flows.faults import Fault, Site, faults_of
from tests.flows.invariants import breaches_now
from tests.flows.moving_roads import MOVING_ROADS
from tests.flows.own_roads import OWN_ROADS
from tests.flows.pool_roads import POOL_ROADS
from tests.flows.rest import rest
from tests.flows.rows import rows_of
from tests.flows.scenarios import SCENARIOS, Scenario

ROADS = {
    one.name: one
    for one in (*SCENARIOS, *OWN_ROADS, *CONTAINER_ROADS, *POOL_ROADS, *MOVING_ROADS, *APPROVAL_ROADS, *BATCH_ROADS)
}

type Functions = dict[str, Callable[[Any, Any], Any]]


class Verdict(NamedTuple):
    """How many runs there were, and what was wrong in which."""

    runs: int
    breaches: tuple[str, ...]


def spoiled(scenario: Scenario) -> Verdict:
    """Every run of the scenario: each call site times each fault."""
    faults = list(_faults(scenario, {}))
    return Verdict(len(faults), tuple(breach for one in faults for breach in _run(scenario, *one, {})))


def first_breach(name: str, planted: Functions) -> str | None:
    """The first breach of a rule when these functions run instead of the real ones.

    Only their own calls, and those of the swap, go wrong.
    """
    scenario = ROADS[name]
    near = {*planted, "swap_version"}
    runs = (_run(scenario, *one, planted) for one in _faults(scenario, planted) if one[1].verb in near)
    return next((breach for run in runs for breach in run), None)


def harmed(scenario: Scenario) -> list[tuple[int, Site]]:
    """The calls that go wrong in one run each."""
    return _harmed(scenario, undisturbed(scenario).sites)


def _harmed(scenario: Scenario, sites: list[Site]) -> list[tuple[int, Site]]:
    """All of them; of a road about some functions, what those call, and of what is said again and again the first."""
    if not scenario.about:
        return list(enumerate(sites))
    mine = [(at, site) for at, site in enumerate(sites) if site.verb in scenario.about]
    return list({site: (at, site) for at, site in reversed(mine)}.values())[::-1]


class Calm(NamedTuple):
    """A scenario in which nothing went wrong: its calls of ports, and what everything came to."""

    sites: list[Site]
    ends: dict[Any, str]


@cache
def undisturbed(scenario: Scenario) -> Calm:
    """The scenario at rest, nothing having gone wrong."""
    arena = copied(prepared(scenario))
    scenario.act(arena)
    sites = list(arena.chair.sites)
    assert rest(arena) == []
    return Calm(sites, ends(arena))


def ends(arena: Arena) -> dict[Any, str]:
    """What everything has come to."""
    uploads = sorted(rows_of(arena, Upload), key=lambda row: row.order)
    return {
        **{("version", at, row.version): row.state.value for at, row in enumerate(uploads)},
        **{("tenant", row.tenant): row.state.value for row in rows_of(arena, TenantRow)},
        **{("fleet", row.fleet): row.state.value for row in rows_of(arena, FleetRow)},
        **batch_ends(arena),
        **{("route", row.tenant, row.model): row.upload for row in rows_of(arena, Route)},
    }


@cache
def prepared(scenario: Scenario) -> Arena:
    arena = Arena()
    scenario.before(arena)
    return arena


def _begun(scenario: Scenario, planted: Functions) -> Arena:
    arena = copied(prepared(scenario))
    arena.planted = planted
    return arena


def _faults(scenario: Scenario, planted: Functions) -> Iterator[tuple[int, Site, Fault]]:
    for at, site in _harmed(scenario, _sites(scenario, planted)):
        yield from ((at, site, fault) for fault in faults_of(site))


def _sites(scenario: Scenario, planted: Functions) -> list[Site]:
    """Every call of a port in this scenario, as long as nothing goes wrong."""
    if not planted:
        return undisturbed(scenario).sites
    arena = _begun(scenario, planted)
    scenario.act(arena)
    return arena.chair.sites


def _run(scenario: Scenario, at: int, site: Site, fault: Fault, planted: Functions) -> Iterator[str]:
    arena = _begun(scenario, planted)
    arena.heard, arena.chair.strike, arena.chair.fault = fault.heard, at, fault
    wrong: list[str] = []
    arena.chair.watchers.append(lambda after, _: wrong.extend(f"after {after}, {one}" for one in breaches_now(arena)))
    scenario.act(arena)
    assert arena.chair.sites[at] == site, "a scenario must run alike up to the fault"
    wrong += rest(arena)
    if fault.kind == "error" and scenario.patient and ends(arena) != (wanted := undisturbed(scenario).ends):
        wrong.append(f"it came to {ends(arena)} instead of {wanted}")
    wrong += arena.permits.refused
    yield from (f"[{scenario.name}] {fault} {site} (call {at}): {one}" for one in wrong)
