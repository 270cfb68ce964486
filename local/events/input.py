"""What a target receives: the event itself, a part of it, a constant, or a template filled from it."""

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9._-]+)>")
_MISSING = object()


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_name: str, rule_arn: str) -> str:
    """The text a target gets, JSON in every case but a template of plain text."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_at(target["InputPath"], event, None))
    if target.get("InputTransformer"):
        reserved = {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_name,
            "aws.events.event.ingestion-time": event.get("time"),
            "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
            "aws.events.event.json": event,
        }
        return _filled(target["InputTransformer"], event, reserved)
    return json.dumps(event)


def _filled(transformer: Mapping[str, Any], event: Mapping[str, Any], reserved: Mapping[str, Any]) -> str:
    values = dict(reserved)
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        values[name] = _at(path, event, _MISSING)
    template = str(transformer["InputTemplate"])
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(template):
        before = template[: found.start()]
        parts += [template[end : found.start()], _shown(values, found, quoted=_inside_string(before))]
        end = found.end()
    return "".join([*parts, template[end:]])


def _shown(values: Mapping[str, Any], found: re.Match[str], *, quoted: bool) -> str:
    """A value as JSON; inside quotes a string loses its own, and what the event lacks is left empty."""
    if found[1] not in values:
        return found[0]
    value = values[found[1]]
    if value is _MISSING:
        return "" if quoted else "null"
    text = json.dumps(value)
    if not quoted:
        return text
    return text[1:-1] if isinstance(value, str) else text.replace("\\", "\\\\").replace('"', '\\"')


def _inside_string(text: str) -> bool:
    return len(re.findall(r'(?<!\\)"', text)) % 2 == 1


def _at(path: str, event: Any, missing: Any) -> Any:
    """The value at a path such as `$.detail.object.version-id` or `$.resources[0]`."""
    value = event
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path.removeprefix("$")):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return missing
    return value
