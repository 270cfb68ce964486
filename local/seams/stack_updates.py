"""Updates of a stack.

moto forgets a resource whose type it cannot update, so that whatever refers to it fails. CloudFormation has no such
types; the next best is that the resource stays as it was made. So does a topic, which moto would delete and make anew
under another name, without its subscriptions. A list among the parameters that keep their previous value is given back
to moto as a list, which it then takes for text.
"""

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

    replace(parsing, "parse_and_update_resource", update_or_keep)
    replace(Topic, "update_from_cloudformation_json", _keep)
    replace(parsing.ResourceMap, "load_parameters", load_texts)


def _keep(*, original_resource: Topic, **_: Any) -> Topic:
    return original_resource


def _text(value: Any) -> Any:
    return ",".join(str(item) for item in value) if isinstance(value, list) else value
