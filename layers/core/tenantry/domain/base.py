"""The two base models: `Value` for what is passed around, `Row` for what the registry keeps."""

from datetime import datetime
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Frozen and closed: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Row(Value):
    """One item of a table, with optimistic concurrency.

    `revision` is the revision read (0: not stored yet). A commit stores `revision + 1` and is refused when
    another one is there.
    """

    table: ClassVar[str] = "registry"
    revision: int = 0

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
