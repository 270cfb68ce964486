"""Seven options and three isolation models: what is legal is released and retired, what is not is refused at once."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tenantry.domain.options import FLEET_ONLY, REFUSALS, Isolation, Serving
from tenantry.domain.routes import HostRow
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.world import World

CELLS = list(product(Serving, Isolation))
LEGAL = [cell for cell in CELLS if cell not in REFUSALS]


def dropped(world: World, serving: Serving, isolation: Isolation) -> None:
    """A tenant with one model of this option, and a fleet where it needs one."""
    model: dict[str, Any] = {"serving": serving, "sample": SAMPLE, "framework": "sklearn"}
    if serving in FLEET_ONLY:
        own = {"tenant": "acme"} if isolation is Isolation.SILO else {}
        world.drop("fleets/shared.json", FLEET | {"serving": serving} | own)
        world.run()
        model = {"serving": serving, "sample": SAMPLE, "fleet": "shared"}
    world.drop("tenants/acme.json", {"isolation": isolation, "notify": ["ml@acme.example"], "models": {"churn": model}})
    world.run()


def named(cell: tuple[Serving, Isolation]) -> str:
    return f"{cell[0]} in {cell[1]}"


def test_the_table_has_five_refusals_of_21_cells() -> None:
    assert (len(CELLS), len(LEGAL)) == (21, 16)


@pytest.mark.parametrize(("serving", "isolation"), LEGAL, ids=map(named, LEGAL))
def test_a_legal_option_is_released_and_released_again(world: World, serving: Serving, isolation: Isolation) -> None:
    dropped(world, serving, isolation)
    assert world.tenant("acme").state == "READY", world.tenant("acme").reason
    for version in ("1", "2"):
        drop_version(world, version)
        world.run(until=timedelta(minutes=30))
        row = world.version("acme", "churn", version)
        assert row.state == "LIVE", row.reason
        host = world.twins.registry.get(HostRow, HostRow.at(row.host))
        assert host is not None
        assert (host.serving, row.answer) == (serving, f"answer of {version}")
    assert world.version("acme", "churn", "1").state == "STANDBY"


@pytest.mark.parametrize(("serving", "isolation"), REFUSALS, ids=map(named, REFUSALS))
def test_what_cannot_be_is_refused_with_its_sentence_before_any_call(
    world: World, serving: Serving, isolation: Isolation
) -> None:
    dropped(world, serving, isolation)
    row = world.tenant("acme")
    assert row.state == "REJECTED"
    assert f"{serving} with isolation {isolation} is not possible: {REFUSALS[serving, isolation]}" in row.reason
    if serving not in FLEET_ONLY:
        assert world.twins.hosting.calls == []
