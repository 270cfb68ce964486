"""Pieces of sentences that several parts of Tenantry say."""

from collections.abc import Sequence

NAMED = 5


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
