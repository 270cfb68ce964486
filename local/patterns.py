r"""AWS's patterns as Python's: they are Java regular expressions (`\p{…}`, surrogate pairs, `\z`)."""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

_ASCII_CLASSES = {"Print": r"\x20-\x7e", "ASCII": r"\x00-\x7f", "Alnum": "A-Za-z0-9", "Alpha": "A-Za-z"}
_TOKEN = re.compile(r"\\p\{(?P<named>\w+)\}|\\.|\[|\]|.", re.DOTALL)
_SPELLINGS = (
    (r"\uD800\uDC00-\uDBFF\uDFFF", "\\U00010000-\\U0010FFFF"),
    (r"\u10000-\u10FFFF", "\\U00010000-\\U0010FFFF"),
    (r"\z", r"\Z"),
)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""A pattern of botocore's models, for `fullmatch`; `\d` and `\w` mean ASCII, as in Java."""
    for java, python in _SPELLINGS:
        pattern = pattern.replace(java, python)
    pattern = re.sub(r"\$\{\d+,\d+\}", "$", pattern)
    return re.compile("".join(_translated(pattern)), re.ASCII)


def _translated(pattern: str) -> Iterator[str]:
    inside = False
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if name := token["named"]:
            members = _ASCII_CLASSES.get(name) or _category(name)
            yield members if inside else f"[{members}]"
            continue
        inside = text == "[" or (inside and text != "]")
        yield text


@cache
def _category(name: str) -> str:
    """The ranges of one Unicode general category (`L`, `Zs`), as the inside of a character class."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _ranges(name))


def _ranges(name: str) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point)).startswith(name):
            start = point if start is None else start
        elif start is not None:
            yield start, point - 1
            start = None
    if start is not None:
        yield start, sys.maxunicode
