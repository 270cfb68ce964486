"""Batches: folders of input files, and the runs of transform jobs over them.

A batch is open until a run takes it. A run does what has no result yet; what came, or changed, while one had the batch
waits for the next.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from tenantry.domain.base import Row, Value, expiry

START = "_START"
"""The item of a batch that asks for a run now; it is no input."""
ATTEMPTS = 3
"""So many jobs at most take a file that has no output."""
MOST_FILES = 5_000
"""Files of one run; further ones wait for the next."""
MOST_BATCHES = 90
"""Batches of one tenant in a run: their ends go into one commit with what is told of them."""
MOST_IN_ALL = 2_000
"""Batches of one run, of all tenants together: as many as its row has room for."""
MOST_GROUPS = 10
"""Jobs of one attempt: content types, times versions where tenants of a shared model are pinned to others."""


class BatchState(StrEnum):
    """Where a batch is. RECEIVED: something in it waits for a run."""

    RECEIVED = "RECEIVED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


class BatchRow(Row):
    """One batch. `owner` is whose model runs over it: the tenant itself, or the one whose model it shares.

    `run` is the run that has it, or had it last, and `index` where in the results bucket it says what runs have taken.
    `asked` is the START that is still to be followed, `late` a drop that was told of while a run had it.
    `files` and `done` count what was in it when the last run ended, and what of that has its result.
    """

    tenant: str
    model: str
    batch: str
    owner: str
    state: BatchState
    reason: str
    since: datetime
    run: str = ""
    index: str = ""
    asked: str = ""
    late: str = ""
    files: int = 0
    done: int = 0
    expires: int | None = None

    @staticmethod
    def at(tenant: str, model: str, batch: str) -> tuple[str, str]:
        """The key of this batch's row."""
        return f"TENANT#{tenant}", f"BATCH#{model}#{batch}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant, self.model, self.batch)

    @property
    def work(self) -> tuple[str, datetime] | None:
        return ("batch", self.since) if self.asked and self.state is not BatchState.RUNNING else None

    @property
    def execution(self) -> str:
        """The run that its START asks for: another one after each write, so that none is asked for in vain."""
        return f"b-{self.asked}-{self.revision}"

    def waiting(self, now: datetime, asked: str) -> Self:
        """This row, to be taken by the next run."""
        return self.but(state=BatchState.RECEIVED, reason="it waits for a run", since=now, asked=asked, expires=None)

    def ended(self, state: BatchState, reason: str, now: datetime, days: int) -> Self:
        """This row at its end, kept for so many days."""
        return self.but(state=state, reason=reason, since=now, asked="", expires=expiry(now, days))

    def taken(self, run: str, now: datetime) -> Self:
        """This row as a run begins with it."""
        return self.but(
            state=BatchState.RUNNING, reason="a run has it", since=now, run=run, asked="", late="", expires=None
        )


class RunRow(Row):
    """One run over waiting batches (tenant, batch) of a model; `tenant` is whose model it is.

    `uploads` are the versions that it uses, and which therefore stay; `day` is that of its results. It is open until
    nothing of it is left in SageMaker.
    """

    tenant: str
    model: str
    run: str
    since: datetime
    day: str
    batches: tuple[tuple[str, str], ...]
    uploads: tuple[str, ...] = ()
    ended: bool = False
    expires: int | None = None

    @staticmethod
    def at(tenant: str, model: str, run: str) -> tuple[str, str]:
        """The key of this run's row."""
        return f"TENANT#{tenant}", f"RUN#{model}#{run}"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.tenant, self.model, self.run)

    @property
    def work(self) -> tuple[str, datetime] | None:
        return None if self.ended else ("run", self.since)

    @property
    def tenants(self) -> list[str]:
        """Those whose batches it takes."""
        return list(dict.fromkeys(tenant for tenant, _ in self.batches))


class Group(Value):
    """What one job can take together: files of one content type, for one version.

    `target` is the SageMaker model that the job uses; `lent` when that is the version's own, and outlives the run.
    """

    upload: str
    version: str
    target: str
    lent: bool
    content_type: str


class File(Value):
    """One input of a run, at the version that lay there when it began; `group` counts the run's groups."""

    tenant: str
    model: str
    batch: str
    item: str
    version_id: str
    group: int

    @property
    def path(self) -> str:
        """Its key in the drop bucket, below `batches/`."""
        return f"{self.tenant}/{self.model}/{self.batch}/{self.item}"


class Inputs(Value):
    """What a run has taken; `starts` are the STARTs (ids of their uploads) that it follows thereby."""

    groups: tuple[Group, ...]
    files: tuple[File, ...]
    starts: tuple[str, ...] = ()


class Known(Value):
    """The version of an item that a run took, and whether it has its result."""

    version_id: str
    done: bool


class Index(Value):
    """What runs have taken of one batch, by item."""

    items: dict[str, Known] = {}

    def knows(self, item: str, version_id: str) -> bool:
        """Whether a run took this version of the item."""
        return item in self.items and self.items[item].version_id == version_id

    def is_done(self, item: str, version_id: str) -> bool:
        """Whether this version of the item has its result."""
        return self.knows(item, version_id) and self.items[item].done
