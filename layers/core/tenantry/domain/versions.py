"""The life of a version: the row that records its states and the moves between them."""

from datetime import datetime
from typing import Any, Literal, Self

from tenantry.domain.base import Row, Value
from tenantry.domain.names import execution_name, own_host
from tenantry.domain.policy.chosen import Chosen
from tenantry.domain.states import ENDS, KEPT, MOVES, OPEN, ROAD, State

__all__ = ["ENDS", "KEPT", "MOVES", "OPEN", "ROAD", "IllegalMove", "Move", "State", "Upload", "approvals_of"]


def approvals_of(tenant: str) -> str:
    """The work index's name for a tenant's versions that wait for an approval."""
    return f"approval#{tenant}"


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
    `package` is the ARN of its model package, and while that is not known yet, the name of the group it is made in.
    `replica`: it came from another region, and what it needs may come after it.
    `approved` by whom its release may go on, `look_at` when its package is looked at next.
    A live version that moves to another host is released once more, by a row of its own: `moved_from` is the upload
    that was live, whose serving copy is its object, and `origin` says where that is served. `judged_for` is the kind of
    host that its artifact was found fit for.
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
    replica: bool = False
    moved_from: str = ""
    origin: str = ""
    attempt: int = 0
    owner: str = ""
    sha256: str = ""
    judged_for: str = ""
    findings: tuple[str, ...] = ()
    serving_key: str = ""
    copied: bool = False
    made: bool = False
    package: str = ""
    approved: Literal["", "package", "profile"] = ""
    look_at: datetime | None = None
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
        if self.parked:
            return approvals_of(self.tenant), self.look_at or self.since
        if self.state in OPEN:
            return f"release#{self.tenant}", self.since
        if self.retire_at and self.state in {State.STANDBY, State.ROLLED_BACK}:
            return "retire", self.retire_at
        if self.copied and self.state not in KEPT:
            return "clean", self.since
        return None

    @property
    def parked(self) -> bool:
        """Nobody has approved it yet. No execution is at work on it, and it takes no slot."""
        return self.state is State.AWAITING_APPROVAL and not self.approved

    @property
    def waits(self) -> bool:
        """It could go on, but for the others, or for what it needs."""
        ready = self.state is State.AWAITING_APPROVAL and not self.parked
        return self.state is State.HELD or (ready and not self.started)

    @property
    def in_sagemaker(self) -> bool:
        """SageMaker has something of it, or may have, that a plan must remove."""
        return self.made or bool(self.package)

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

    def cleared(self, at: datetime) -> Self:
        """This row, free to go on: where nobody approved it, because nobody is asked any more."""
        if not self.parked:
            return self
        why = "its tenant's profile asks for no approval any more"
        return self.move(State.AWAITING_APPROVAL, at, why, approved="profile", look_at=None)

    def claimed(self) -> Self:
        """This row owned by its next execution."""
        attempt = self.attempt + 1
        return self.but(attempt=attempt, owner=execution_name(self.upload, attempt))
