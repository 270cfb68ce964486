"""JSON as its standard has it: Python's own parser takes more, and keeps one of two values of a key without a word."""

import json


def strictly(body: str | bytes) -> object:
    """The value in this text. ValueError when it is no JSON, RecursionError when it is nested too deeply."""
    return json.loads(body, object_pairs_hook=_no_doubles, parse_constant=_no_constants)


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return value


def _no_constants(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")
