"""Where measurements go: one JSON line each in `.local/bench.jsonl`, and a table at the end.

record("client.end_to_end", 1.018, "ratio to bare boto3", bound=1.03)
...
sys.exit(finish())
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

LINES = Path(".local/bench.jsonl")


@dataclass(frozen=True)
class Measurement:
    """One number. `bound` is the most it may be; `None` where it is only shown."""

    name: str
    value: float
    unit: str
    bound: float | None
    at: str

    @property
    def holds(self) -> bool:
        """It is within its bound."""
        return self.bound is None or self.value <= self.bound


_taken: list[Measurement] = []


def record(name: str, value: float, unit: str, bound: float | None = None) -> None:
    """Note one number for the table at the end, and write it down."""
    _taken.append(write(name, value, unit, bound))


def write(name: str, value: float, unit: str, bound: float | None = None) -> Measurement:
    """Append one number to the file at once, so that a run that breaks off keeps what it has."""
    measurement = Measurement(name, value, unit, bound, datetime.now(UTC).isoformat(timespec="seconds"))
    LINES.parent.mkdir(exist_ok=True)
    with LINES.open("a") as lines:
        lines.write(json.dumps(asdict(measurement) | {"holds": measurement.holds}) + "\n")
    return measurement


def finish() -> int:
    """Print everything recorded by this process as a table; 1 if a bound does not hold, else 0."""
    table = Table(title="Measurements")
    table.add_column("what", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("bound", justify="right")
    table.add_column("unit")
    table.add_column("")
    for taken in _taken:
        table.add_row(taken.name, f"{taken.value:.4g}", bound_of(taken), taken.unit, verdict(taken))
    Console().print(table)
    return 0 if all(taken.holds for taken in _taken) else 1


def bound_of(taken: Measurement) -> str:
    """The bound as the table shows it."""
    return "" if taken.bound is None else f"≤ {taken.bound:.4g}"


def verdict(taken: Measurement) -> str:
    """How the table marks it."""
    if taken.bound is None:
        return ""
    return "[green]holds[/]" if taken.holds else "[bold red]does not hold[/]"
