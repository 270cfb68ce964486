"""What a release costs in each serving option, and how long a rush of releases takes.

Counted in virtual time: the real machines and functions over the memory twins, as the flow tests run them. How often
SageMaker is looked at depends on how long it takes; the twins take 3 minutes for an endpoint, one for a component.
"""

import sys

from rich.console import Console
from rich.table import Column, Table

from benchmarks.report import record, write

sys.path.insert(0, "functions")  # the flow tests call the handlers, which are modules of that folder

from tenantry.domain.models import AUTO
from tenantry.serving import OPTIONS
from tests.flows.costs import LEAST, SPARE, Cost, Ledger
from tests.flows.rush import crowded, rush

COLUMNS = ("transitions", "invocations", "made", "removed", "looks", "scaled", "alarmed")
WIDTH = 130
"""What the table needs, where the output is no terminal."""
FIRST_LOOKS = (1, 5)
"""Seconds between the first looks at what SageMaker is still changing; later ones are further apart."""


def measure() -> None:
    """Every option, and `auto`; then the rush."""
    table = Table("option", "what", *(Column(name, justify="right") for name in COLUMNS), title="What options cost")
    for option in (*OPTIONS, AUTO):
        _count(option, table)
    Console(width=max(WIDTH, Console().width)).print(table)
    for seconds in FIRST_LOOKS:
        _rush(seconds)


def _count(option: str, table: Table) -> None:
    for phase, cost in Ledger(option).phases():
        counts = [getattr(cost, column) for column in COLUMNS]
        table.add_row(_called(option, cost), phase, *map(str, counts))
        for column, count in zip(COLUMNS, counts, strict=True):
            write(f"options.{option}.{phase.replace(' ', '_')}.{column}", count, "")
        if phase == "second release":
            spare = cost.made - len(LEAST[cost.serving].calls)
            record(f"options.{option}.beyond_the_least", spare, "calls", bound=SPARE)


def _called(option: str, cost: Cost) -> str:
    return option if option == cost.serving else f"{option} ({cost.serving})"


def _rush(seconds: int) -> None:
    """200 silo tenants at once, with one create of a kind a second and five looks."""
    seen = rush(crowded(seconds))
    late = sum(row.state != "LIVE" for row in seen.rows)
    record(f"options.rush.looks_from_{seconds}s.not_live", late, "tenants", bound=0)
    record(f"options.rush.looks_from_{seconds}s.took", seen.took[-1].total_seconds(), "s")
    record(f"options.rush.looks_from_{seconds}s.over_limits", seen.ratio, "ratio", bound=1.3)
