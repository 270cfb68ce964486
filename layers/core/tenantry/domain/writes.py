"""Writes as data: what one commit of the registry stores, checks and removes, and on which conditions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tenantry.domain.base import Row


@dataclass(frozen=True, kw_only=True)
class Only:
    """A condition on the stored row, beside its revision: `field` `is` (equals) or is `below` the value.

    Text is compared byte by byte, a moment with the moment stored. A field that is not there, or is neither, meets no
    condition.
    """

    field: str
    test: Literal["is", "below"]
    value: str | datetime


@dataclass(frozen=True, kw_only=True)
class Put:
    """Store this row, if the stored one still has the revision that was read (0: if there is none)."""

    row: Row
    only: tuple[Only, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """Write nothing, but fail the commit unless the row still has this revision."""

    row: Row
    only: tuple[Only, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delete:
    """Remove this row, if it still has the revision that was read."""

    row: Row
    only: tuple[Only, ...] = ()


Write = Put | Check | Delete
MOST_WRITES = 100
"""So many go into one commit (actions of one transaction: DynamoDB's quota)."""
