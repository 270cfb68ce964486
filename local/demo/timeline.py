"""The demo's output: a timeline with elapsed time, progress on everything slow, and a verdict per promise."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

WIDE = 140
"""Columns where the output goes to a file."""


class Verdict(NamedTuple):
    """Whether one promise held, with the numbers that say so."""

    promise: str
    held: bool
    evidence: str


class Timeline:
    """Prints what happens, when it happens, and collects the verdicts."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _console()
        self.verdicts: list[Verdict] = []
        self._start = time.monotonic()

    def act(self, title: str) -> None:
        """Open a new part of the day."""
        self.console.print(f"\n[bold]{title}[/bold]")

    def say(self, text: str) -> None:
        """One line, with the time since the demo began."""
        self.console.print(f"[dim]{self._clock()}[/dim]  {text}")

    def command(self, line: str) -> None:
        """A command a person would type."""
        self.console.print(f"[dim]{self._clock()}[/dim]  [cyan]$ {line}[/cyan]")

    def quote(self, text: str) -> None:
        """Something the system said, indented."""
        self.console.print(f"           [italic]{text}[/italic]")

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """A spinner on a terminal while the block runs; the line with how long it took once it is done."""
        began = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(text):
                yield
        else:
            self.say(f"{text} ...")
            yield
        self.say(f"{text}: {time.monotonic() - began:.1f} s")

    def judge(self, promise: str, held: bool, evidence: str) -> None:
        """Note whether a promise held."""
        self.verdicts.append(Verdict(promise, held, evidence))
        mark = "[green]held[/green]" if held else "[red]BROKEN[/red]"
        self.say(f"{mark}  {promise}: {evidence}")

    def closing(self) -> bool:
        """The verdicts as a table; whether all of them held."""
        table = Table(title="What was promised", title_justify="left", show_edge=False)
        table.add_column("")
        table.add_column("promise")
        table.add_column("evidence", overflow="fold")
        for one in self.verdicts:
            table.add_row("[green]pass[/green]" if one.held else "[red]FAIL[/red]", one.promise, one.evidence)
        self.console.print(table)
        return all(one.held for one in self.verdicts)

    def _clock(self) -> str:
        elapsed = time.monotonic() - self._start
        return f"{int(elapsed // 60):d}:{elapsed % 60:04.1f}"


def _console() -> Console:
    """Wide where nobody looks, so that no cell of a table is cut."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=WIDE)
