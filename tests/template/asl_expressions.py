"""Lint of the JSONata in state machines: it picks and places; whatever deserves a unit test belongs in Python."""

import re
from collections.abc import Iterator
from typing import Any

import jsonata

from tests.template.asl_graph import Machine, texts

FUNCTIONS = {"$merge", "$count", "$now", "$exists"}
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"\$\w+")
_CALL = re.compile(r"\$\w+(?=\()")
_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
_ARITHMETIC = re.compile(r"[&*/%^~-]|\+(?! 1\b)")


def expressions(part: Any) -> Iterator[str]:
    """The JSONata of every `{% … %}` string in here."""
    return (text[2:-2].strip() for text in texts(part) if text.startswith("{%") and text.endswith("%}"))


def parses(machine: Machine) -> Iterator[tuple[str, str]]:
    """X01 every expression is a whole string, and parses."""
    for name, state in machine.states.items():
        for text in (text for text in texts(state) if "{%" in text or "%}" in text):
            if not (text.startswith("{%") and text.endswith("%}")):
                yield name, f"{text!r} is not one whole expression"
            elif sentence := _syntax(_SUBSTITUTION.sub("1", text[2:-2].strip())):
                yield name, sentence


def picks_and_places(machine: Machine) -> Iterator[tuple[str, str]]:
    """X02 no arithmetic beyond counting, no text made of text, no function beyond a short list."""
    for name, state in machine.states.items():
        for expression in expressions(state):
            bare = _STRING.sub("''", _SUBSTITUTION.sub("1", expression))
            if strange := set(_CALL.findall(bare)) - FUNCTIONS:
                yield name, f"{sorted(strange)} in {expression!r}"
            if _ARITHMETIC.search(bare):
                yield name, f"{expression!r} computes"


def numbers_only(machine: Machine) -> Iterator[tuple[str, str]]:
    """X03 a substitution inside an expression is a number parameter of the template: text would become code."""
    for name, state in machine.states.items():
        for expression in expressions(state):
            for parameter in _SUBSTITUTION.findall(expression):
                if parameter not in machine.most:
                    yield name, f"${{{parameter}}} is no number parameter with a MaxValue"


def assigned_before_use(machine: Machine) -> Iterator[tuple[str, str]]:
    """X04 a variable is used only where every way there has assigned it (a missing value is an error at run time)."""
    known = _assigned_on_entry(machine)
    for name, state in machine.states.items():
        if name in known:
            for variable in sorted(_used(state) - known[name]):
                yield name, f"${variable} is not assigned on every way here"


RULES = (parses, picks_and_places, numbers_only, assigned_before_use)


def _syntax(expression: str) -> str:
    try:
        jsonata.Jsonata(expression)
    except jsonata.JException as error:
        return f"{expression!r}: {error}"
    return ""


def _used(state: dict[str, Any]) -> set[str]:
    bare = " ".join(_STRING.sub("''", _SUBSTITUTION.sub("1", text)) for text in expressions(state))
    return {name[1:] for name in _NAME.findall(_CALL.sub("", bare))} - {"states"}


def _assigned_on_entry(machine: Machine) -> dict[str, set[str]]:
    """For each reachable state, what has been assigned on all ways to it."""
    known: dict[str, set[str]] = {machine.body["StartAt"]: set()}
    todo = [machine.body["StartAt"]]
    while todo:
        start = todo.pop()
        for edge in (edge for edge in machine.edges if edge.start == start):
            then = known[start] | set(edge.part.get("Assign", {}))
            before = known.get(edge.end)
            if before is None or not before <= then:
                known[edge.end] = then if before is None else before & then
                todo.append(edge.end)
    return known
