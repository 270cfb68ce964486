"""JSONata in state machines.

moto has no evaluator without a Java bridge, writes every variable into the text of the expression (a string with a
quotation mark breaks it), lets `$hash` and `$uuid` answer with an apology and turns an evaluation error into a runtime
error. Step Functions binds variables, knows six functions of its own and fails with `States.QueryEvaluationError`.
"""

import hashlib
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local.context import Context
from local.seams.replace import replace

EXACT = 2**53  # integers up to here survive a JSON number; JSONata has no other kind of number


class Undefined(Exception):
    """The expression found nothing, which Step Functions takes for an error."""


def install(_context: Context) -> None:
    """Evaluate with jsonata-python."""

    def evaluate_state_expression(string: Any, env: Any) -> None:
        try:
            env.stack.append(evaluate(string.expression, _variables(string.expression, env)))
        except Exception as error:
            raise _failure(env, string.expression, error) from error

    replace(StringJSONata, "_eval_body", evaluate_state_expression)
    replace(moto_jsonata, "_eval_jsonata", lambda text: Jsonata(text).evaluate(None))


def evaluate(expression: str, variables: dict[str, Any]) -> Any:
    """The value of an expression as plain JSON types.

    Raises:
        Undefined: it found nothing.
        Exception: it is wrong or cannot be evaluated.

    """
    compiled = Jsonata(expression)
    compiled.set_output_convert_nulls(False)
    for name, function in FUNCTIONS.items():
        compiled.register_lambda(name, function)
    bound = {name: Utils.NULL_VALUE if value is None else value for name, value in variables.items()}
    result = compiled.evaluate(None, bound)
    if result is None:
        raise Undefined(f"The JSONata expression '{expression}' returned nothing (undefined).")
    return plain(Utils.convert_nulls(result))


def plain(value: Any) -> Any:
    """Lists and dicts of Python's own; whole numbers as integers, as JSON written by JSONata shows them."""
    match value:
        case bool() | None | str() | int():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) <= EXACT else value
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | range():
            return [plain(item) for item in value]
    raise TypeError("The JSONata expression returned an unsupported result type.")


def _variables(expression: str, env: Any) -> dict[str, Any]:
    """`$states` and the variables assigned so far, the inner scope's over the outer's."""
    store = env.variable_store
    return {"states": _states(expression, env.states._states_data), **store._outer_scope, **store._inner_scope}


def _states(expression: str, data: dict[str, Any]) -> dict[str, Any]:
    states = {
        name: value for name, value in data.items() if name != "context" and (value is not None or name == "input")
    }
    if "$states" in expression and ("$states.context" in expression or "$states." not in expression):
        states["context"] = json.loads(to_json_str(data["context"]))  # holds times, which JSONata does not know
    return states


def _failure(env: Any, expression: str, error: Exception) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    cause = str(error)
    if not isinstance(error, Undefined | TypeError):
        cause = f"The JSONata expression '{expression}' threw an error: {error}"
    details: Any = {"evaluationFailedEventDetails": EvaluationFailedEventDetails(cause=cause, error=name.error_name)}
    kind = HistoryEventType.EvaluationFailed
    env.event_manager.add_event(context=env.event_history_context, event_type=kind, event_details=details)
    event = FailureEvent(env=env, error_name=name, event_type=kind, event_details=details)
    return FailureEventException(failure_event=event)


def _partition(array: list[Any] | None, size: float) -> list[list[Any]]:
    items = array if isinstance(array, list) else [array]
    return [items[start : start + int(size)] for start in range(0, len(items), int(size))]


def _range(first: float, last: float, step: float = 1) -> list[float]:
    return [first + index * step for index in range(int((last - first) // step) + 1)]


def _hash(value: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", "").lower(), value.encode()).hexdigest()


def _random(seed: float | None = None) -> float:
    return random.random() if seed is None else random.Random(seed).random()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "hash": _hash,
    "parse": json.loads,
    "partition": _partition,
    "random": _random,
    "range": _range,
    "uuid": lambda: str(uuid.uuid4()),
}
