"""A state machine as a graph: its states, the edges between them, and what each edge assigns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class OneOfEach(yaml.SafeLoader):
    """YAML, but a key that appears twice in one mapping is an error (a state would vanish silently)."""


def _mapping(loader: OneOfEach, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.YAMLError(f"{key!r} appears twice, line {node.start_mark.line + 1}")
    return loader.construct_mapping(node, deep=True)


OneOfEach.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Edge:
    """From one state to the next; `part` is the mapping that holds its Next and its Assign."""

    start: str
    end: str
    part: dict[str, Any]


@dataclass
class Machine:
    """One file. `most` are the largest values that the template's number parameters may have."""

    path: Path
    most: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = self.path.read_text()
        self.body: dict[str, Any] = yaml.load(self.text, OneOfEach)
        self.states: dict[str, dict[str, Any]] = self.body["States"]
        self.edges = [edge for name, state in self.states.items() for edge in _edges(name, state)]

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, state) for name, state in self.states.items() if state.get("Type") in types)

    def after(self, name: str) -> set[str]:
        return {edge.end for edge in self.edges if edge.start == name and edge.end in self.states}

    def reachable(self, start: str, without: frozenset[str] = frozenset()) -> set[str]:
        """Every state on a way from here that does not lead through these."""
        found: set[str] = set()
        todo = {start} & set(self.states) - without
        while todo:
            name = todo.pop()
            found.add(name)
            todo |= self.after(name) - found - without
        return found

    def loops(self) -> list[frozenset[str]]:
        """Sets of states that can come round to themselves."""
        ahead = {name: set().union(*(self.reachable(n) for n in self.after(name)), set()) for name in self.states}
        looping = [name for name in self.states if name in ahead[name]]
        return sorted(
            {frozenset(n for n in looping if n in ahead[name] and name in ahead[n]) for name in looping}, key=sorted
        )


def _edges(name: str, state: dict[str, Any]) -> Iterator[Edge]:
    for part in (*state.get("Choices", ()), *state.get("Catch", ())):
        yield Edge(name, part.get("Next", ""), part)
    for key in ("Next", "Default"):
        if key in state:
            yield Edge(name, state[key], state)


def texts(value: Any) -> Iterator[str]:
    """Every string in this JSON."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value
