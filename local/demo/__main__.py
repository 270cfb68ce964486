"""`python -m local.demo`: a fresh local cloud, three acts, the verdicts. Exit status 0 only if every promise held."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping

from local.demo import day, growth, options, summary
from local.demo.stage import Stage, Stuck
from local.demo.timeline import Timeline
from local.environment import read_environment

ACTS = {"1": day.act, "2": options.act, "3": growth.act}


def main() -> int:
    """Play the demo; 0 when every promise held, 1 when not, 130 when stopped."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the local cloud running at the end")
    parser.add_argument(
        "--act",
        choices=ACTS,
        help="play this act only; 1: a day on a shared fleet, 2: hosts of one's own, 3: a vendor whose customers grow",
    )
    arguments = parser.parse_args()
    timeline = Timeline()
    try:
        return 0 if play(timeline, arguments.act) else 1
    except KeyboardInterrupt:
        timeline.console.print("\nstopped")
        return 130
    except Stuck as stuck:
        timeline.console.print(f"[red]stuck[/red]  {stuck}\nThe logs of the functions: make logs", markup=True)
        return 1
    finally:
        if not arguments.keep:
            _module("local.down", check=False)


def play(timeline: Timeline, only: str | None = None) -> bool:
    """All acts, or one of them, on a fresh local cloud; whether every promise held."""
    timeline.act("0  A cloud of one's own: the real template, deployed by the real sam deploy")
    _module("local.down")
    _module("local.up")
    environment = read_environment()
    os.environ.update(environment)
    stage = Stage(_with(environment), timeline)
    for name, act in ACTS.items():
        if only in (None, name):
            act(stage)
    timeline.console.print()
    timeline.console.print(summary.versions(stage))
    timeline.console.print()
    held = timeline.closing()
    timeline.console.print(
        "\nEvery promise held. Try it yourself: make up, then . .local/env, then tenantry status. "
        "One act alone: make demo ACT=1, ACT=2 or ACT=3"
        if held
        else "\n[red]Not every promise held.[/red]"
    )
    return held


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **environment, "NO_COLOR": "1", "AWS_PAGER": ""}


def _module(name: str, *, check: bool = True) -> None:
    done = subprocess.run([sys.executable, "-m", name], check=False)
    if check and done.returncode:
        raise Stuck(f"python -m {name} ended with {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
