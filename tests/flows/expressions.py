"""JSONata inside a state machine: one template of JSON with `{% … %}` strings, filled from variables."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import jsonata

MOST_BYTES = 256 * 1024
"""Step Functions' limit for one payload or variable (aws.md 6.2)."""
UNSTEADY = {"eval", "millis", "random", "shuffle", "uuid"}


class Failure(Exception):
    """An error as Step Functions names it, on its way to a Retry or a Catch."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def source(value: str) -> str:
    """The JSONata between the marks."""
    return value[2:-2].strip()


def fill(template: Any, names: Mapping[str, Any], now: datetime) -> Any:
    """This JSON with every expression replaced by its value; a value that is missing is an error, as on AWS."""
    if isinstance(template, dict):
        return {key: fill(part, names, now) for key, part in template.items()}
    if isinstance(template, list):
        return [fill(part, names, now) for part in template]
    return evaluate(source(template), names, now) if is_expression(template) else template


def evaluate(expression: str, names: Mapping[str, Any], now: datetime) -> Any:
    """Its value depends on its variables, and on the moment where it asks for it: the same question is asked once."""
    asked, moment = _variables(expression), now if "$now" in expression else None
    assert asked.isdisjoint(UNSTEADY), f"{expression} has another value each time: it must not be kept"
    given = {name: value for name, value in names.items() if name in asked}
    return json.loads(_value(expression, json.dumps(given), moment))


@lru_cache(maxsize=8_000)
def _value(expression: str, given: str, now: datetime | None) -> str:
    """As JSON, from JSON."""
    names = json.loads(given)
    value = _ask(expression, names, now)
    if value is None and not _ask(f"$exists(({expression}))", names, now):
        raise Failure("States.QueryEvaluationError", f"{expression} has no value")
    return _text(value)


@cache
def _variables(expression: str) -> frozenset[str]:
    """The names after its dollar signs."""
    return frozenset(re.findall(r"\$(\w+)", expression))


def _ask(expression: str, names: Mapping[str, Any], now: datetime | None) -> Any:
    try:
        question = jsonata.Jsonata.CURRENT.jsonata = _parsed(expression)  # where its functions look for it
        if now:
            question.register_lambda("now", lambda: f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z")
        return question.evaluate(None, names)
    except Exception as error:
        raise Failure("States.QueryEvaluationError", f"{expression}: {error}") from error


@cache
def _parsed(expression: str) -> jsonata.Jsonata:
    """Parsed once: to evaluate it changes nothing of it, and each time has a frame of its own."""
    return jsonata.Jsonata(expression)


def plain(value: Any) -> Any:
    """A copy as JSON has it; too much of it is the error that `States.ALL` does not catch."""
    return json.loads(_text(value))


def _text(value: Any) -> str:
    text = json.dumps(value, allow_nan=False)
    if len(text) > MOST_BYTES:
        raise Failure("States.DataLimitExceeded", f"{len(text):,} bytes")
    return text
