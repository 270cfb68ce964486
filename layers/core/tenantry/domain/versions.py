"""The life of a version: its states, the legal moves between them, and the row that records them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from tenantry.domain.base import Row, Value
from tenantry.domain.names import execution_name, own_host
from tenantry.domain.policy.chosen import Chosen


class State(StrEnum):
    """Where a version is in its life. CANARY: a part of the calls go to it, and it is judged."""

    RECEIVED = "RECEIVED"
    HELD = "HELD"
    VETTED = "VETTED"
    REGISTERED = "REGISTERED"
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
    State.REGISTERED: {State.PLACED} | ENDS,
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
"""The one table of legal moves. A canary stays one when its bake is extended."""

ROAD = (State.RECEIVED, State.VETTED, State.REGISTERED, State.PLACED, State.WARM, State.CANARY, State.LIVE)
"""The way to live traffic, in order."""
OPEN = frozenset({State.RECEIVED, State.HELD, State.VETTED, State.REGISTERED, State.PLACED, State.WARM, State.CANARY})
"""Not at an end yet, not (fully) live yet."""
KEPT = frozenset({State.LIVE, State.STANDBY, State.ROLLED_BACK})
"""Loaded on their host, or about to be called back."""


class IllegalMove(Exception):
    """A program error: this move is not in the table."""


class Move(Value):
    """One step of a version's history."""

    state: State
    at: datetime
    reason: str


class Upload(Row):
    """One uploaded artifact: the row of a version, keyed by its upload id.

    `copied` while its serving copy may lie there, `made` when SageMaker was told to make something for it alone.
    """

    tenant: str
    model: str
    version: str
    upload: str
    bucket: str
    key_: str
    version_id: str
    size: int
    order: str
    state: State
    reason: str
    since: datetime
    received_at: datetime
    attempt: int = 0
    owner: str = ""
    sha256: str = ""
    findings: tuple[str, ...] = ()
    serving_key: str = ""
    copied: bool = False
    made: bool = False
    host: str = ""
    target: str = ""
    chosen: Chosen | None = None
    placed_because: tuple[str, ...] = ()
    evidence: dict[str, Any] = {}
    answer: str = ""
    verdict: dict[str, Any] = {}
    retire_at: datetime | None = None
    moves: tuple[Move, ...] = ()

    @staticmethod
    def at(tenant: str, model: str, upload: str) -> tuple[str, str]:
        """The key of this upload's row."""
        return f"TENANT#{tenant}", f"UPLOAD#{model}#{upload}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant, self.model, self.upload)

    @property
    def work(self) -> tuple[str, datetime] | None:
        if self.state in OPEN:
            return f"release#{self.tenant}", self.since
        if self.retire_at and self.state in {State.STANDBY, State.ROLLED_BACK}:
            return "retire", self.retire_at
        if self.copied and self.state not in KEPT:
            return "clean", self.since
        return None

    @property
    def hosted(self) -> bool:
        """It has, or had, a host of its own."""
        return self.host == own_host(self.upload)

    @property
    def was_canary(self) -> bool:
        """Whether a part of the calls went to it."""
        return any(move.state is State.CANARY for move in self.moves)

    @property
    def has_been_live(self) -> bool:
        """Whether it was more than a canary once: only a canary that went back is kept without having been."""
        never = self.was_canary and State.LIVE not in {move.state for move in self.moves}
        return self.state in {*KEPT, State.RETIRED} and not never

    @property
    def started(self) -> bool:
        """An execution owns it."""
        return bool(self.owner)

    def reached(self, state: State) -> bool:
        """Whether its release has come as far as this state of the road, or further."""
        if self.state in KEPT or self.state is State.RETIRED:
            return True
        return self.state in ROAD and ROAD.index(self.state) >= ROAD.index(state)

    def move(self, state: State, at: datetime, reason: str, **changes: object) -> Self:
        """This row in its next state, with the move recorded; IllegalMove when the table forbids it."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.state} -> {state}")
        moves = (*self.moves, Move(state=state, at=at, reason=reason))[-50:]
        return self.but(state=state, reason=reason, since=at, moves=moves, **changes)

    def claimed(self) -> Self:
        """This row owned by its next execution."""
        attempt = self.attempt + 1
        return self.but(attempt=attempt, owner=execution_name(self.upload, attempt))
