"""Bringing a world to rest: the schedules go on a little while, and then everything must be in order."""

from tests.flows.adversary import Arena
from tests.flows.invariants import breaches_at_rest

CYCLES = 3
MINUTES = 31
"""Between two cycles: what died unheard is taken for dead after an hour."""


def rest(arena: Arena, cycles: int = CYCLES) -> list[str]:
    """Let sweep and relay run so many times; what is still wrong then, or was wrong on the way."""
    wrong = []
    for _ in range(cycles):
        arena.run()
        arena.twins.clock.sleep(MINUTES * 60)
        for verb in ("sweep_registry", "relay_notices"):
            wrong += _tick(arena, verb)
    for _ in range(2):
        arena.twins.clock.sleep(61)
        wrong += _tick(arena, "relay_notices")
    return wrong + breaches_at_rest(arena) + _not_idle(arena)


def _tick(arena: Arena, verb: str) -> list[str]:
    try:
        arena.invoke(verb, {})
    except Exception as error:
        return [f"{verb} raised {error!r}"]
    arena.run()
    return []


def _not_idle(arena: Arena) -> list[str]:
    """A sweep that finds nothing to do does nothing."""
    before = len(arena.chair.sites)
    wrong = _tick(arena, "sweep_registry")
    done = [site for site in arena.chair.sites[before:] if site.method in {"commit", "start", "delete", "send"}]
    return wrong + [f"an idle sweep did {site}" for site in done[:3]]
