"""The contract walker: whether a request or a response fits AWS's own model of the operation.

botocore lets wrong patterns, enums, lengths and maxima through; this walks the shapes of its models and checks them
all: required, unknown, type, range, length, pattern (full match) and enum. Where a service documents a constraint in
its API reference that its model leaves out, the constraint is in `local/documented.py`. Pure: nothing is called.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import get_session
from botocore.utils import parse_to_aware_datetime

from local.documented import DOCUMENTED, UNIONS
from local.patterns import compiled

Kind = Literal["required", "unknown", "type", "length", "range", "pattern", "enum", "union"]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Flaw:
    """One constraint that does not hold. `path` ends at the member; list indexes count from 1, as AWS prints them."""

    path: Path
    kind: Kind
    value: Any
    constraint: str

    def __str__(self) -> str:
        shown = "null" if self.kind == "required" else f"'{str(self.value)[:200]}'"
        return f"Value {shown} at '{'.'.join(self.path)}' failed to satisfy constraint: {self.constraint}"


def check_request(service: str, operation: str, params: Mapping[str, Any]) -> list[str]:
    """Every way in which `params` break the operation's input shape; empty when they fit.

    `service` is botocore's name (`sagemaker-runtime`), `operation` in PascalCase, `params` as boto3 takes them.
    """
    return [str(flaw) for flaw in request_flaws(service, operation, params)]


def check_response(service: str, operation: str, response: Mapping[str, Any]) -> list[str]:
    """Every way in which a boto3 response breaks the operation's output shape; `ResponseMetadata` is ignored."""
    members = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    return [str(flaw) for flaw in _walk_root(service, operation_model(service, operation).output_shape, members)]


def request_flaws(service: str, operation: str, params: Mapping[str, Any]) -> list[Flaw]:
    """As `check_request`, as data."""
    return list(_walk_root(service, operation_model(service, operation).input_shape, params))


@cache
def service_model(service: str) -> ServiceModel:
    """Botocore's model of a service; loaded once."""
    return get_session().get_service_model(service)


def operation_model(service: str, operation: str) -> OperationModel:
    """Botocore's model of an operation; `OperationNotFoundError` when the service has none of that name."""
    return service_model(service).operation_model(operation)


def _walk_root(service: str, shape: Shape | None, members: Mapping[str, Any]) -> Iterator[Flaw]:
    if isinstance(shape, StructureShape):
        yield from _structure(service, shape, members, ())
    elif members:
        yield from (Flaw((name,), "unknown", value, "No members are expected") for name, value in members.items())


def _walk(service: str, shape: Shape, extra: Mapping[str, Any], value: Any, path: Path) -> Iterator[Flaw]:
    if not _fits_type(shape, value):
        yield Flaw(path, "type", value, f"Member must be of type {shape.type_name}")
        return
    yield from _constraints(shape, {**shape.metadata, **extra}, value, path)
    if isinstance(shape, StructureShape):
        yield from _structure(service, shape, value, path)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _walk(service, shape.member, {}, item, (*path, str(number), "member"))
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _walk(service, shape.key, {}, key, (*path, "key"))
            yield from _walk(service, shape.value, {}, item, (*path, str(key), "value"))


def _structure(service: str, shape: StructureShape, value: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    if getattr(shape, "is_document_type", False):
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield Flaw((*path, name), "required", None, "Member must not be null")
    if _is_union(service, shape) and len(value) != 1:
        yield Flaw(path, "union", sorted(value), "Exactly one member must be set")
    for name, item in value.items():
        if name not in shape.members:
            yield Flaw((*path, name), "unknown", item, "Member is not known")
        elif item is not None or name not in shape.required_members:
            extra = DOCUMENTED.get((service, shape.name, name), {})
            yield from _walk(service, shape.members[name], extra, item, (*path, name))


def _is_union(service: str, shape: StructureShape) -> bool:
    return (service, shape.name) in UNIONS or bool(getattr(shape, "is_tagged_union", False))


def _constraints(shape: Shape, limits: Mapping[str, Any], value: Any, path: Path) -> Iterator[Flaw]:
    yield from _bounds(shape, limits, value, path)
    if not isinstance(value, str):
        return
    if "pattern" in limits and not compiled(limits["pattern"]).fullmatch(value):
        yield Flaw(path, "pattern", value, f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if limits.get("enum") and value not in limits["enum"]:
        yield Flaw(path, "enum", value, f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")


def _bounds(shape: Shape, limits: Mapping[str, Any], value: Any, path: Path) -> Iterator[Flaw]:
    number = shape.type_name in _NUMBERS
    if not number and not hasattr(value, "__len__"):
        return
    size = value if number else len(value)
    kind, measure = _RANGE if number else _LENGTH
    if "min" in limits and size < limits["min"]:
        yield Flaw(path, kind, value, f"Member must have {measure} greater than or equal to {limits['min']}")
    if "max" in limits and size > limits["max"]:
        yield Flaw(path, kind, value, f"Member must have {measure} less than or equal to {limits['max']}")


_RANGE: tuple[Kind, str] = ("range", "value")
_LENGTH: tuple[Kind, str] = ("length", "length")
_NUMBERS = {"integer", "long", "float", "double"}


def _fits_type(shape: Shape, value: Any) -> bool:
    match shape.type_name:
        case "structure" | "map":
            return isinstance(value, Mapping) or bool(getattr(shape, "is_document_type", False))
        case "list":
            return isinstance(value, list | tuple)
        case "string" | "character":
            return isinstance(value, str)
        case "integer" | "long":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float" | "double":
            return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "timestamp":
            return _is_timestamp(value)
        case "blob":
            return isinstance(value, bytes | bytearray | str) or hasattr(value, "read")
    return True


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, datetime | int | float | str):
        return False
    try:
        parse_to_aware_datetime(value)  # type: ignore[arg-type]  # the stub knows strings only
    except (ValueError, TypeError, OverflowError):
        return False
    return True
