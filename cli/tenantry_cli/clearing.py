"""Removing what was made at run time, until it is gone."""

from collections.abc import Callable
from datetime import timedelta

from rich.console import Console

from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry_cli.world import Thing, World

PATIENCE = timedelta(minutes=20)
"""An endpoint that is being created or updated cannot be deleted before that has ended."""
PAUSE = 2.0


def clear(world: World, things: list[Thing], console: Console) -> None:
    """Remove all of it; ReleaseFailed names what could not be removed in time."""
    deadline = world.clock.now() + PATIENCE
    with console.status("removing") as spinner:
        left = things
        while left := [thing for thing in left if not _gone(world, thing, spinner.update)]:
            if world.clock.now() >= deadline:
                raise ReleaseFailed(f"still being changed, run destroy again later: {', '.join(t.name for t in left)}")
            world.clock.sleep(PAUSE)


def _gone(world: World, thing: Thing, tell: Callable[[str], None]) -> bool:
    tell(f"removing {thing.kind} {thing.name}")
    try:
        if thing.kind == "bucket":
            world.estate.empty(thing)
        else:
            world.estate.remove(thing)
    except Unavailable:
        return False
    return True
