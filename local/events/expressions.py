"""When a schedule expression is due: `rate(…)`, `cron(…)` and `at(…)`, as EventBridge reads them."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_HORIZON = 366 * 5  # days looked ahead before a cron expression is taken for one that never comes


def next_due(expression: str, after: datetime, zone: str = "UTC") -> datetime | None:
    """The first time strictly after `after` (aware) that the expression names; None: never.

    Raises:
        ValueError: this is no schedule expression.

    """
    kind, _, rest = expression.strip().partition("(")
    body = rest.rstrip(")").strip()
    match kind:
        case "rate":
            return after + _rate(body)
        case "at":
            moment = datetime.fromisoformat(body).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            return moment if moment > after else None
        case "cron":
            return _next_cron(body, after.astimezone(ZoneInfo(zone)))
    raise ValueError(f"{expression!r} is no schedule expression: rate(...), cron(...) or at(...).")


def _rate(body: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d*) (second|minute|hour|day)s?", body)
    if found is None:
        raise ValueError(f"rate({body}) is not a whole number and a unit: minutes, hours or days.")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _next_cron(body: str, after: datetime) -> datetime | None:
    fields = body.split()
    if len(fields) != 6:
        raise ValueError(f"cron({body}) needs six fields: minutes hours day-of-month month day-of-week year.")
    minutes, hours, day_of_month, months, day_of_week, years = fields
    if "?" not in (day_of_month, day_of_week):
        raise ValueError(f"cron({body}) needs a ? for the day of the month or for the day of the week.")
    day_fits = _day_test(day_of_month, day_of_week)
    minute_set, hour_set = _numbers(minutes, 0, 59), _numbers(hours, 0, 23)
    month_set, year_set = _numbers(months, 1, 12, _MONTHS), _numbers(years, 1970, 2199)
    start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for ahead in range(_HORIZON):
        day = (start + timedelta(days=ahead)).replace(hour=0, minute=0)
        if day.year not in year_set or day.month not in month_set or not day_fits(day):
            continue
        times = (day.replace(hour=hour, minute=minute) for hour in sorted(hour_set) for minute in sorted(minute_set))
        found = next((moment for moment in times if moment >= start), None)
        if found is not None:
            return found.astimezone(UTC)
    return None


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first in ("*", "?") else _number(first, names)
        end = _number(last, names) if dash else (high if first in ("*", "?") or step else start)
        if not (low <= start <= high and low <= end <= high):
            raise ValueError(f"{field!r} in a cron expression is not between {low} and {high}.")
        span_end = end if start <= end else end + high - low + 1  # FRI-MON goes on into the next week
        found.update((number - low) % (high - low + 1) + low for number in range(start, span_end + 1, int(step or 1)))
    return found


def _number(text: str, names: dict[str, int] | None) -> int:
    return (names or {}).get(text.upper()) or int(text)


def _day_test(day_of_month: str, day_of_week: str) -> Callable[[datetime], bool]:
    """One of the two fields is `?`: the other decides."""
    if day_of_week not in ("?", "*"):
        return _week_test(day_of_week)
    if day_of_month == "L":
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    if found := re.fullmatch(r"(\d+)W", day_of_month):
        return lambda day: day.day == _nearest_weekday(day, int(found[1]))
    days = _numbers(day_of_month, 1, 31)
    return lambda day: day.day in days


def _week_test(field: str) -> Callable[[datetime], bool]:
    if found := re.fullmatch(r"(\w+)#(\d)", field):
        weekday, nth = _number(found[1], _DAYS), int(found[2])
        return lambda day: _aws_weekday(day) == weekday and (day.day - 1) // 7 + 1 == nth
    if found := re.fullmatch(r"(\w+)L", field):
        weekday = _number(found[1], _DAYS)
        return lambda day: _aws_weekday(day) == weekday and (day + timedelta(days=7)).month != day.month
    days = {_DAYS["SAT"]} if field == "L" else _numbers(field, 1, 7, _DAYS)
    return lambda day: _aws_weekday(day) in days


def _aws_weekday(day: datetime) -> int:
    return day.isoweekday() % 7 + 1


def _nearest_weekday(day: datetime, wanted: int) -> int:
    last = calendar.monthrange(day.year, day.month)[1]
    wanted = min(wanted, last)
    weekday = day.replace(day=wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted
