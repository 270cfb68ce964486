"""Which methods of which ports a function can come to, read off the use cases without running them.

A name that is mentioned counts as called, so this is never too small: what it does not show, no call can do. Of a
commit it does not say which table it writes; the flows do.
"""

import ast
from functools import cache
from pathlib import Path

import tenantry.usecases
from tests.template.stack import ROOT

PORTS = {"registry", "artifacts", "hosting", "channels", "machines", "metrics", "schedules"}
USECASES = Path(tenantry.usecases.__file__).parent

type Place = tuple[str, str]
"""Module and name of something at the top of a module."""


def reached(function: str) -> frozenset[tuple[str, str]]:
    """Port and method, for all that this function can call."""
    tree = ast.parse((ROOT / f"functions/{function}.py").read_text())
    handler = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    seen: set[Place] = set()
    waiting = _mentioned(handler, _names(tree))
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            waiting |= _edges(place)
    return frozenset(call for place in seen for call in _calls(place))


@cache
def _module(name: str) -> ast.Module:
    return ast.parse((USECASES / f"{name}.py").read_text())


@cache
def _edges(place: Place) -> set[Place]:
    module, name = place
    names = _names(_module(module)) | {name: (module, name) for node in _module(module).body for name in _defined(node)}
    return {found for node in _module(module).body if name in _defined(node) for found in _mentioned(node, names)}


@cache
def _calls(place: Place) -> set[tuple[str, str]]:
    module, name = place
    return {
        (port, node.attr)
        for top in _module(module).body
        if name in _defined(top)
        for node in ast.walk(top)
        if isinstance(node, ast.Attribute) and (port := _called(node.value)) in PORTS
    }


def _called(node: ast.expr) -> str:
    """The last word before the method: `app.registry` and `registry` alike."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(tree: ast.Module) -> dict[str, Place]:
    """What a module's imports from the use cases are called in it; a whole module is ("module", "")."""
    found: dict[str, Place] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tenantry.usecases"):
            module = (node.module or "").removeprefix("tenantry.usecases").removeprefix(".")
            for alias in node.names:
                found[alias.asname or alias.name] = (module, alias.name) if module else (alias.name, "")
    return found


def _mentioned(top: ast.AST, names: dict[str, Place]) -> set[Place]:
    found: set[Place] = set()
    for node in ast.walk(top):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if names.get(name, ("", "x"))[1] == "":
                found.add((names[name][0], attr))
            case ast.Name(id=name) if name in names and names[name][1]:
                found.add(names[name])
    return found


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement at the top of a module gives to something."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}
