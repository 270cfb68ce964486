"""How answers look on a terminal. Text of users is shown as it is, never read as markup."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tenantry.domain.views import BatchStatus, Event, RouteStatus, Status

_COLOURS = {
    "LIVE": "green",
    "READY": "green",
    "DONE": "green",
    "STANDBY": "cyan",
    "PARTIAL": "red",
    "ROLLED_BACK": "red",
    "REJECTED": "red",
    "FAILED": "red",
    "SUSPENDED": "red",
    "SUPERSEDED": "dim",
    "RETIRED": "dim",
    "DELETED": "dim",
    "OFFBOARDED": "dim",
}


def coloured(state: str) -> Text:
    """A state in its colour; what is on its way is yellow."""
    return Text(state, style=_COLOURS.get(state, "yellow"))


def moment(at: datetime) -> str:
    """UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A plain table."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column not in {"reason", "target"})
    for row in rows:
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def show_status(console: Console, status: Status) -> None:
    """Five tables, those that have rows; one sentence when none has."""
    parts = [
        table(
            "Fleets",
            ("fleet", "state", "endpoint", "instances", "reason"),
            [(f.fleet, coloured(f.state), f.endpoint, str(f.instances), f.reason) for f in status.fleets],
        ),
        table(
            "Tenants", ("tenant", "state", "reason"), [(t.tenant, coloured(t.state), t.reason) for t in status.tenants]
        ),
        table(
            "Routes",
            ("tenant", "model", "version", "generation", "since", "endpoint", "canary"),
            [_route(r) for r in status.routes],
        ),
        table(
            "Versions",
            ("tenant", "model", "version", "state", "since", "reason"),
            [(v.tenant, v.model, v.version, coloured(v.state), moment(v.since), v.reason) for v in status.versions],
        ),
        table(
            "Batches",
            ("tenant", "model", "batch", "state", "results", "since", "reason"),
            [_batch(b) for b in status.batches],
        ),
    ]
    shown = [part for part in parts if part.row_count]
    for number, part in enumerate(shown):
        console.print(*([""] if number else []), part, sep="\n")
    if not shown:
        console.print("Nothing was dropped yet.")


def _route(route: RouteStatus) -> tuple[str, ...]:
    judged = route.canary
    canary = f"{judged.version}: {judged.weight}% until {moment(judged.until)}" if judged else ""
    since, model = moment(route.since), f"{route.model} of {route.owner}" if route.owner else route.model
    return route.tenant, model, route.version, str(route.generation), since, route.endpoint, canary


def _batch(batch: BatchStatus) -> tuple[str | Text, ...]:
    results = f"{batch.done} of {batch.files}" if batch.files else ""
    state, since = coloured(batch.state), moment(batch.since)
    return batch.tenant, batch.model, batch.batch, state, results, since, batch.reason


def show_history(console: Console, events: Sequence[Event]) -> None:
    """One line per move, oldest first."""
    rows = [(moment(e.at), e.version, coloured(e.state), e.reason) for e in events]
    console.print(table("", ("when", "version", "state", "reason"), rows))
