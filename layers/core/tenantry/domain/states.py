"""The states of a version, and the legal moves between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a version is in its life. CANARY: a part of the calls go to it, and it is judged.

    AWAITING_APPROVAL: its model package is in the Model Registry, and its release goes on once that is approved.
    """

    RECEIVED = "RECEIVED"
    HELD = "HELD"
    VETTED = "VETTED"
    REGISTERED = "REGISTERED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    PLACED = "PLACED"
    WARM = "WARM"
    CANARY = "CANARY"
    LIVE = "LIVE"
    STANDBY = "STANDBY"
    ROLLED_BACK = "ROLLED_BACK"
    RETIRED = "RETIRED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"


ENDS = frozenset({State.REJECTED, State.FAILED, State.SUPERSEDED})
"""How a release ends that did not go live."""

MOVES: dict[State, set[State]] = {
    State.RECEIVED: {State.HELD, State.VETTED} | ENDS,
    State.HELD: {State.RECEIVED, State.VETTED} | ENDS,
    State.VETTED: {State.REGISTERED} | ENDS,
    State.REGISTERED: {State.AWAITING_APPROVAL, State.PLACED} | ENDS,
    State.AWAITING_APPROVAL: {State.AWAITING_APPROVAL, State.PLACED} | ENDS,
    State.PLACED: {State.WARM} | ENDS,
    State.WARM: {State.CANARY, State.LIVE} | ENDS,
    State.CANARY: {State.CANARY, State.LIVE, State.ROLLED_BACK, State.FAILED, State.SUPERSEDED},
    State.LIVE: {State.STANDBY, State.ROLLED_BACK, State.RETIRED},
    State.STANDBY: {State.LIVE, State.RETIRED},
    State.ROLLED_BACK: {State.LIVE, State.RETIRED},
    State.RETIRED: set(),
    State.REJECTED: set(),
    State.FAILED: set(),
    State.SUPERSEDED: set(),
}
"""The one table of legal moves. A canary stays one when its bake is extended, what is approved until it is placed."""

ROAD = (
    State.RECEIVED,
    State.VETTED,
    State.REGISTERED,
    State.AWAITING_APPROVAL,
    State.PLACED,
    State.WARM,
    State.CANARY,
    State.LIVE,
)
"""The way to live traffic, in order."""
OPEN = frozenset({*ROAD, State.HELD} - {State.LIVE})
"""Not at an end yet, not (fully) live yet."""
KEPT = frozenset({State.LIVE, State.STANDBY, State.ROLLED_BACK})
"""Loaded on their host, or about to be called back."""
