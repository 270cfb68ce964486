"""Keys nobody expects in the drop bucket: counted per window of 15 minutes and told to the operator in one digest."""

from datetime import datetime, timedelta

from tenantry.domain.notices import OPERATOR, Notice, NoticeRow, StrayRow

WINDOW = timedelta(minutes=15)
KEYS = 20
"""So many keys are shown; all are counted."""
KEY_LENGTH = 200


def window_of(at: datetime) -> datetime:
    """The start of the window this moment lies in."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def strays_at(window: datetime) -> tuple[str, str]:
    """The key of a window's row."""
    return _empty(window).key


def counted(row: StrayRow | None, key: str, now: datetime) -> StrayRow:
    """The row with one more stray key (of its window, if there was none)."""
    found = row or _empty(window_of(now))
    keys = (*found.keys, shown(key)) if len(found.keys) < KEYS else found.keys
    return found.but(count=found.count + 1, keys=keys, told=False)


def shown(key: str) -> str:
    """A key as it may be printed: what is no plain ASCII is escaped, and the end is cut off."""
    return key.encode("ascii", "backslashreplace").decode().encode("unicode_escape").decode()[:KEY_LENGTH]


def told(row: StrayRow, now: datetime, expires: int) -> tuple[StrayRow, NoticeRow]:
    """The row marked as told, and the digest that tells it."""
    notice = Notice(
        id=f"digest-{row.window:%Y%m%dT%H%M}-{row.count}",
        about="digest",
        state="IGNORED",
        reason=f"{_ignored(row.count)} in the drop bucket: {', '.join(row.keys)}",
        fix="move them elsewhere, or look up the forms of keys in the README",
        at=now,
        details={"count": row.count, "keys": list(row.keys)},
    )
    return row.but(told=True, expires=expires), NoticeRow(audience=OPERATOR, notice=notice, due=now)


def _ignored(count: int) -> str:
    return "1 key of no known form was ignored" if count == 1 else f"{count} keys of no known form were ignored"


def _empty(window: datetime) -> StrayRow:
    return StrayRow(window=window, due=window + WINDOW, count=0, keys=())
