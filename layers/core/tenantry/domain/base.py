"""The two base models: `Value` for what is passed around, `Row` for what the registry keeps.

Rows and the inputs of machines carry a schema number. What is only added keeps the number: an earlier release passes
over what it does not know, and stores it again. Whatever would be misread raises the number, and is then not read.
"""

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from tenantry.domain.errors import Unavailable

SCHEMA = 1
"""The number this release writes, and the highest it reads."""


def readable(schema: int, what: str) -> None:
    """Unavailable when a newer release wrote it: this step is repeated, and the function may be newer by then."""
    if schema > SCHEMA:
        raise Unavailable(
            f"{what} was written by a newer Tenantry (schema {schema}, this one reads {SCHEMA}): "
            "finish that deployment, or deploy it again"
        )


def expiry(now: datetime, days: int) -> int:
    """When a row goes that is kept for so many days more: a time to live as DynamoDB takes it, in epoch seconds."""
    return int(now.timestamp()) + days * 86_400


class Value(BaseModel):
    """Frozen and closed: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Row(Value):
    """One item of a table, with optimistic concurrency.

    `revision` is the revision read (0: not stored yet). A commit stores `revision + 1` and is refused when
    another one is there. `extras` are top-level attributes that this release does not know; they are stored again as
    they were read.
    """

    table: ClassVar[str] = "registry"
    revision: int = 0
    extras: dict[str, Any] = {}

    @property
    def key(self) -> tuple[str, str]:
        """Partition and sort key."""
        raise NotImplementedError

    @property
    def work(self) -> tuple[str, datetime] | None:
        """What is still to be done for this row, and from when on; `None` keeps it out of the work index."""
        return None

    def but(self, **changes: object) -> Self:
        """A validated copy with these fields changed (`model_copy` alone would not validate)."""
        return type(self).model_validate({**self.__dict__, **changes})

    def after(self, row: Self | None) -> Self:
        """This row, made anew, in the place of the one that was read there; `None` when there was none."""
        return self.but(revision=row.revision, extras=row.extras) if row else self
