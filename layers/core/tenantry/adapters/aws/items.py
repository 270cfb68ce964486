"""Rows as DynamoDB items, and writes as its actions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tenantry.adapters.stored import WRITTEN, attributes, compared
from tenantry.ports import Check, Delete, Put, Write

_WRITER = TypeSerializer()
_READER = TypeDeserializer()
_SIGNS = {"is": "=", "below": "<"}


def item_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Plain attributes as DynamoDB takes them; floats become decimals with the same digits."""
    return {name: _WRITER.serialize(_exact(value)) for name, value in stored.items()}


def attributes_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The way back: numbers become int where they are whole, float where not."""
    return {name: _loose(_READER.deserialize(value)) for name, value in item.items()}


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


def _exact(value: Any) -> Any:
    match value:
        case float():
            return Decimal(repr(value))
        case dict():
            return {name: _exact(one) for name, one in value.items()}
        case list():
            return [_exact(one) for one in value]
    return value


def _loose(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _loose(one) for name, one in value.items()}
        case list():
            return [_loose(one) for one in value]
    return value
