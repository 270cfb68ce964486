"""Updates of a stack.

moto forgets a resource whose type it cannot update, so that whatever refers to it fails. CloudFormation has no such
types; the next best is that the resource stays as it was made. So does a topic, which moto would delete and make anew
under another name, without its subscriptions. A list among the parameters that keep their previous value is given back
to moto as a list, which it then takes for text.

A parameter that changes is seen by moto only where a resource names it by Ref: not within Sub, and not behind a
condition. CloudFormation updates those, too, and makes what a condition has come to want; that it removes what a
condition does not want any more is not done here.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.cloudformation import parsing
from moto.sns.models import Topic

from local.context import Context
from local.seams.replace import replace


def install(_context: Context) -> None:
    """Keep what cannot be updated, and give lists as text."""
    update = replace(parsing, "parse_and_update_resource", None)

    def update_or_keep(logical_id: str, resource_json: Any, resources_map: Any, **where: Any) -> Any:
        return update(logical_id, resource_json, resources_map, **where) or resources_map[logical_id]

    load = replace(parsing.ResourceMap, "load_parameters", None)

    def load_texts(resources: Any) -> None:
        given = resources.input_parameters
        resources.input_parameters = {name: _text(value) for name, value in given.items()}
        load(resources)

    compare = replace(parsing.ResourceMap, "build_resource_diff", None)

    def compare_deeper(resources: Any, other: Any, parameters: Any = None) -> Any:
        found = compare(resources, other, parameters)
        given = resources.input_parameters
        changed = {name for name, value in (parameters or {}).items() if given.get(name) != value}
        for name in _touched(other, changed) - set(found["Add"]) - set(found["Modify"]):
            found["Modify" if name in resources._parsed_resources else "Add"].append(name)
        return found

    replace(parsing.ResourceMap, "build_resource_diff", compare_deeper)
    replace(parsing, "parse_and_update_resource", update_or_keep)
    replace(Topic, "update_from_cloudformation_json", _keep)
    replace(parsing.ResourceMap, "load_parameters", load_texts)


def _keep(*, original_resource: Topic, **_: Any) -> Topic:
    return original_resource


def _text(value: Any) -> Any:
    return ",".join(str(item) for item in value) if isinstance(value, list) else value


def _touched(template: dict[str, Any], changed: set[str]) -> set[str]:
    """Resources that name one of these parameters, in whatever way."""
    conditions = template.get("Conditions", {})
    behind = {name for name, one in conditions.items() if changed & set(_names(one))}
    return {name for name, one in template["Resources"].items() if (changed | behind) & set(_names(one))}


def _names(value: Any) -> Iterator[str]:
    """What is named by Ref, within Sub, and as a condition."""
    text = json.dumps(value)
    yield from re.findall(r'"(?:Ref|Condition)": "(\w+)"', text)
    yield from re.findall(r'"Fn::If": \["(\w+)"', text)
    yield from re.findall(r"\$\{(\w+)\}", text)
