"""Lint of the ways through a state machine: where they lead, what they leave written, how long they may become."""

import re
from collections.abc import Iterator

from tests.template.asl_graph import Machine

type Finding = tuple[str, str]

WRITERS = {
    "SwapVersionFunction": "LIVE",
    "SettleReleaseFunction": "REJECTED, FAILED or SUPERSEDED",
    "RecordPackageFunction": "AWAITING_APPROVAL, until a person decides; or it is LIVE already",
    "SettleTenantFunction": "READY, REJECTED or FAILED",
    "SettleFleetFunction": "READY, DELETED, REJECTED or FAILED",
    "CloseTenantFunction": "OFFBOARDED",
    "SettleBatchFunction": "DONE, PARTIAL, FAILED or REJECTED, or waiting for the next run",
    "RetireTenantFunction": "the tenant stays as its newer profile left it, when cancelled",
    "RetireVersionFunction": "RETIRED, or the version stays as it is, when cancelled",
}
"""The functions that write an end, and which."""
MOST_EVENTS = 24_000
"""Of the 25,000 an execution's history may hold; the one limit that no Catch sees."""
COUNTS = re.compile(r"\$(\w+) >= (?:\$\{(\w+)\}|(\d+))")


def ends_are_written(machine: Machine) -> Iterator[Finding]:
    """M08 no way leads to success past every function that writes an end (failures are the coroner's)."""
    writers = {name for name, state in machine.of_type("Task") if _function(state) in WRITERS}
    past = machine.reachable(machine.body["StartAt"], frozenset(writers))
    for name, _ in machine.of_type("Succeed"):
        if name in past:
            yield name, "can be reached without any end being written"


def nothing_dangles(machine: Machine) -> Iterator[Finding]:
    """M09 every Next names a state."""
    for edge in machine.edges:
        if edge.end not in machine.states:
            yield edge.start, f"leads to {edge.end!r}, which does not exist"


def nothing_unreachable(machine: Machine) -> Iterator[Finding]:
    """M10 every state can be reached."""
    for name in sorted(set(machine.states) - machine.reachable(machine.body["StartAt"])):
        yield name, "cannot be reached"


def loops_are_counted(machine: Machine) -> Iterator[Finding]:
    """M13 every loop has a Choice that leaves it when a counter reaches a limit."""
    for loop in machine.loops():
        if _rounds(machine, loop) is None:
            yield min(loop), f"no Choice counts the rounds of {sorted(loop)}"


def history_fits(machine: Machine) -> Iterator[Finding]:
    """M14 the longest history stays below 24,000 of the 25,000 events there may be, every retry included."""
    looping = {name: rounds for loop in machine.loops() if (rounds := _rounds(machine, loop)) for name in loop}
    events = sum(_events(state) * looping.get(name, 1) for name, state in machine.states.items())
    if events > MOST_EVENTS:
        yield "", f"up to {events:,.0f} events"


RULES = (ends_are_written, nothing_dangles, nothing_unreachable, loops_are_counted, history_fits)


def _function(state: dict[str, object]) -> str:
    arguments = state.get("Arguments")
    return str(arguments.get("FunctionName", "") if isinstance(arguments, dict) else "").strip("${}")


def _rounds(machine: Machine, loop: frozenset[str]) -> float | None:
    """How often a loop can go round at most, or `None` when nothing says so."""
    limits = []
    for edge in machine.edges:
        match = COUNTS.search(str(edge.part.get("Condition", "")))
        if edge.start in loop and edge.end not in loop and match:
            counter, parameter, number = match.groups()
            if any(f"${counter} + 1" in str(machine.states[n].get("Assign", "")) for n in loop):
                limits.append(machine.most.get(parameter) if parameter else float(number))
    return min((limit for limit in limits if limit is not None), default=None)


def _events(state: dict[str, object]) -> int:
    """Entered and exited; a Task also scheduled, started and ended, each try anew."""
    retriers = state.get("Retry")
    tries = 1 + sum(r.get("MaxAttempts", 3) for r in retriers) if isinstance(retriers, list) else 1
    return 2 + 3 * tries if state.get("Type") == "Task" else 2
