"""`python -m local.logs`: follow what the functions and the local cloud say, each line under its function's name."""

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from local.home import Home

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")
LINES = 10  # of each log to begin with


def follow(folder: Path, console: Console) -> None:
    """Print the last lines of every log, then new ones as they come, until interrupted."""
    places: dict[Path, int] = {}
    while True:
        for path in sorted(set(folder.glob("*.log")) - {folder / "cloud-before.log"}):
            places[path] = _print_new(path, places.get(path), console)
        time.sleep(0.3)


def _print_new(path: Path, place: int | None, console: Console) -> int:
    size = path.stat().st_size
    if place is not None and size == place:
        return place
    with path.open("rb") as log:
        log.seek(place if place is not None and place <= size else 0)
        text = log.read().decode(errors="replace")
        end = log.tell()
    lines = text.splitlines()
    for line in lines[-LINES:] if place is None else lines:
        console.print(_named(path.stem, line), soft_wrap=True)
    return end


def _named(name: str, line: str) -> Text:
    colour = COLOURS[sum(map(ord, name)) % len(COLOURS)]
    return Text.assemble((f"{name} ", colour), line)


def main() -> int:
    """Follow the logs, if there are any."""
    home, console = Home(), Console(highlight=False)
    if not home.logs.exists():
        console.print("There are no logs: the local cloud has not run here (make up).")
        return 1
    try:
        follow(home.logs, console)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
