"""Rows as DynamoDB items, and writes as its actions.

boto3 has a serializer for items, and importing it imports all of boto3; a row needs six of its ten types.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tenantry.adapters.stored import WRITTEN, attributes, compared
from tenantry.ports import Check, Delete, Put, Write

_SIGNS = {"is": "=", "below": "<"}


def item_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Plain attributes as DynamoDB takes them; a number is sent as its digits."""
    return {name: _typed(value) for name, value in stored.items()}


def attributes_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The way back: numbers become int where they are whole, float where not."""
    return {name: _plain(value) for name, value in item.items()}


def key_of(key: tuple[str, str]) -> dict[str, Any]:
    """A key as DynamoDB takes it."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def action(write: Write, table: str, token: str) -> dict[str, Any]:
    """One action of a transaction: the verb, and parameters that PutItem and DeleteItem take as well."""
    target = {"TableName": table, **_condition(write)}
    match write:
        case Put():
            return {"Put": {**target, "Item": item_of({**attributes(write.row), WRITTEN: token})}}
        case Delete():
            return {"Delete": {**target, "Key": key_of(write.row.key)}}
        case Check():
            return {"ConditionCheck": {**target, "Key": key_of(write.row.key)}}


def _condition(write: Write) -> dict[str, Any]:
    """The revision as it was read (0: no such item), and every `Only`."""
    if write.row.revision:
        terms, names = ["#revision = :revision"], {"#revision": "revision"}
        values: dict[str, Any] = {":revision": {"N": str(write.row.revision)}}
    else:
        terms, names, values = ["attribute_not_exists(#pk)"], {"#pk": "pk"}, {}
    for number, only in enumerate(write.only):
        terms.append(f"#f{number} {_SIGNS[only.test]} :v{number}")
        names[f"#f{number}"] = only.field
        values[f":v{number}"] = {"S": compared(only.value)}
    params: dict[str, Any] = {"ConditionExpression": " AND ".join(terms), "ExpressionAttributeNames": names}
    return {**params, "ExpressionAttributeValues": values} if values else params


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": repr(value)}
        case list():
            return {"L": [_typed(one) for one in value]}
        case dict():
            return {"M": item_of(value)}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _plain(typed: Mapping[str, Any]) -> Any:
    match typed:
        case {"NULL": _}:
            return None
        case {"S": value} | {"BOOL": value}:
            return value
        case {"N": digits}:
            number = Decimal(digits)
            return int(number) if number == number.to_integral_value() else float(number)
        case {"L": values}:
            return [_plain(one) for one in values]
        case {"M": values}:
            return attributes_of(values)
    raise TypeError(f"no row has an attribute of type {', '.join(typed)}")
