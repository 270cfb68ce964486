"""Writes as data: what one commit of the registry stores, checks and removes, and on which conditions."""

from datetime import datetime
from typing import Literal

from pydantic import SerializeAsAny

from tenantry.domain.base import Row, Value


class Only(Value):
    """A condition on the stored row, beside its revision: `field` `is` (equals) or is `below` the value.

    Text is compared byte by byte, a moment with the moment stored. A field that is not there, or is neither, meets no
    condition.
    """

    field: str
    test: Literal["is", "below"]
    value: str | datetime


class Put(Value):
    """Store this row, if the stored one still has the revision that was read (0: if there is none)."""

    row: SerializeAsAny[Row]
    only: tuple[Only, ...] = ()


class Check(Value):
    """Write nothing, but fail the commit unless the row still has this revision."""

    row: SerializeAsAny[Row]
    only: tuple[Only, ...] = ()


class Delete(Value):
    """Remove this row, if it still has the revision that was read."""

    row: SerializeAsAny[Row]
    only: tuple[Only, ...] = ()


Write = Put | Check | Delete
