"""Schedule expressions: whether a text is one that recurs, as EventBridge Scheduler reads it.

The grammar is that of its user guide, page schedule-types: `rate(value unit)`, and `cron(...)` with six fields.
"""

import calendar
import re

RIGHT = "cron(0 2 * * ? *) is every night at 2:00 UTC, rate(6 hours) is every six hours"
_RATE = re.compile(r"rate\((?P<value>[1-9][0-9]{0,5}) (?P<unit>minute|hour|day)(?P<many>s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = {calendar.month_abbr[number].upper(): number for number in range(1, 13)}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_FIELDS: tuple[tuple[str, int, int, dict[str, int], str], ...] = (
    ("minutes", 0, 59, {}, ""),
    ("hours", 0, 23, {}, ""),
    ("day of the month", 1, 31, {}, r"L|(?:[1-9]|[12][0-9]|3[01])W"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of the week", 1, 7, _DAYS, r"L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])"),
    ("year", 1970, 2199, {}, ""),
)
"""Name, least and greatest number, names of numbers, and what else the field may be as a whole."""


def recurring(expression: str) -> str:
    """The expression itself; ValueError, with a sentence that shows right ones, when it is no recurring schedule."""
    if not (why := _flaw(expression)):
        return expression
    raise ValueError(f'"{expression}" is no schedule: {why}; {RIGHT}')


def _flaw(expression: str) -> str:
    if expression.startswith("rate("):
        return _rate_flaw(expression)
    if (found := _CRON.fullmatch(expression)) is None:
        return "it is neither cron(...) nor rate(...)"
    fields = found[1].split(" ")
    if len(fields) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        return f"cron has {len(_FIELDS)} fields ({names}), and here are {len(fields)}"
    return next(filter(None, map(_field_flaw, _FIELDS, fields)), "") or _days_flaw(fields[2], fields[4])


def _rate_flaw(expression: str) -> str:
    found = _RATE.fullmatch(expression)
    if found is None:
        return "rate takes a whole number above 0, a space, and minutes, hours or days"
    if (found["value"] == "1") == bool(found["many"]):
        right = found["unit"] if found["value"] == "1" else f"{found['unit']}s"
        return f"its unit is {right} for {found['value']}"
    return ""


def _days_flaw(of_month: str, of_week: str) -> str:
    """Exactly one of the two decides; the other has to say that it does not."""
    if (of_month == "?") != (of_week == "?"):
        return ""
    return "one of day of the month and day of the week is ?, and the other is not"


def _field_flaw(field: tuple[str, int, int, dict[str, int], str], text: str) -> str:
    name, low, high, names, whole = field
    if whole and (text == "?" or re.fullmatch(whole, text)):
        return ""
    if all(_fits(part, low, high, names) for part in text.split(",")):
        return ""
    return f'"{text}" is not what its field {name} can be ({low} to {high}{_or(names)})'


def _fits(part: str, low: int, high: int, names: dict[str, int]) -> bool:
    """`*`, a number, or a range, each of them with a step if there is one."""
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and step.isascii() and 1 <= int(step) <= high):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    numbers = [_number(one, names) for one in ((first, last) if dash else (first,))]
    return all(number is not None and low <= number <= high for number in numbers)


def _number(text: str, names: dict[str, int]) -> int | None:
    if text.upper() in names:
        return names[text.upper()]
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def _or(names: dict[str, int]) -> str:
    return f", or {next(iter(names))} to {list(names)[-1]}" if names else ""
