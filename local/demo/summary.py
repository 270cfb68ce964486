"""The closing table: every version, its end, and how long each step of its release took."""

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.table import Table

from local.demo.stage import Stage

STEPS = ("VETTED", "REGISTERED", "PLACED", "WARM", "LIVE")
"""The states of a release in order; the time to reach each is what its step took."""
ENDS = ("LIVE", "REJECTED", "FAILED", "SUPERSEDED")


def versions(stage: Stage) -> Table:
    """One row per version: its state, the seconds each step took, and the total until its end."""
    table = Table(title="Every version", title_justify="left", show_edge=False)
    for name in ("tenant", "model", "version", "state"):
        table.add_column(name)
    for name in ("vet", "register", "place", "preload + prove", "swap", "drop to end"):
        table.add_column(name, justify="right")
    for row in stage.status()["versions"]:
        table.add_row(row["tenant"], row["model"], row["version"], row["state"], *_times(stage, row))
    return table


def _times(stage: Stage, row: dict[str, Any]) -> list[str]:
    events = json.loads(stage.tenantry("history", row["tenant"], row["model"], "--json", quiet=True))
    moves = [event for event in events if event["upload"] == row["upload"]]
    at: dict[str, datetime] = {}
    for move in moves:
        at.setdefault(move["state"], datetime.fromisoformat(move["at"]))
    marks = [at["RECEIVED"], *(at[step] for step in STEPS if step in at)]
    steps = [f"{(after - before).total_seconds():.1f} s" for before, after in pairwise(marks)]
    end = min(at[state] for state in ENDS if state in at)
    return [*steps, *[""] * (len(STEPS) - len(steps)), f"{(end - at['RECEIVED']).total_seconds():.1f} s"]
