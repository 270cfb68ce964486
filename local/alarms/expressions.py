"""Metric math: arithmetic, comparisons and a few functions over series of equal length.

Its syntax is a part of Python's, whose parser reads it; nothing is executed.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from local.alarms.series import Points

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_ACROSS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum, "MIN": min, "MAX": max, "AVG": lambda values: sum(values) / len(values),
}  # fmt: skip


def evaluate(expression: str, series: Mapping[str, Points], length: int) -> Points:
    """The series an expression over other series gives; a period that one of its operands lacks is None.

    Raises:
        ValueError: the expression uses something the local cloud does not know.

    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is no metric math: {error.msg}.") from error
    return [_at(tree, index, series) for index in range(length)]


def _at(node: ast.AST, index: int, series: Mapping[str, Points]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name][index]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _at(operand, index, series)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _both(_BINARY[type(op)], _at(left, index, series), _at(right, index, series))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
            return _both(_COMPARED[type(op)], _at(left, index, series), _at(right, index, series))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name.upper(), arguments, index, series)
    raise ValueError(f"The local cloud knows no metric math such as {ast.unparse(node)!r}.")


def _both(act: Callable[[float, float], Any], left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        return float(act(left, right))
    except ZeroDivisionError:  # CloudWatch gives no data point there
        return None


def _call(name: str, arguments: list[ast.expr], index: int, series: Mapping[str, Points]) -> float | None:
    match name, arguments:
        case "FILL", [filled, ast.Name(id="REPEAT")]:
            return next((value for at in range(index, -1, -1) if (value := _at(filled, at, series)) is not None), None)
        case "FILL", [filled, instead]:
            value = _at(filled, index, series)
            return _at(instead, index, series) if value is None else value
        case "IF", [condition, then, otherwise]:
            return _at(then if _at(condition, index, series) else otherwise, index, series)
        case "ABS", [one]:
            value = _at(one, index, series)
            return None if value is None else abs(value)
        case _, [ast.List(elts=elements)] if name in _ACROSS:
            present = [value for each in elements if (value := _at(each, index, series)) is not None]
            return _ACROSS[name](present) if present else None
    raise ValueError(f"The local cloud knows no metric math {name}({', '.join(map(ast.unparse, arguments))}).")
