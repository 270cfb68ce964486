"""State machines from CloudFormation.

moto makes them in a backend that does not execute, and ignores where SAM puts the definition. CloudFormation fetches
the definition, YAML or JSON, fills in the substitutions and creates a machine that runs.
"""

import json
import re
from typing import Any

import yaml
from moto.core.config import default_user_config
from moto.s3.models import s3_backends
from moto.stepfunctions import models
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.context import Context
from local.seams.replace import replace


def install(context: Context) -> None:
    """Use the executing backend everywhere and complete what CloudFormation hands to it."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    replace(models, "stepfunctions_backends", stepfunctions_parser_backends)
    machine = models.StateMachine
    create = machine.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]
    update = machine.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_whole(cls: Any, resource_name: str, cloudformation_json: Any, *rest: Any, **more: Any) -> Any:
        complete(context, cloudformation_json["Properties"])
        return create(cls, resource_name, cloudformation_json, *rest, **more)

    def update_whole(cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any,
                     account_id: str, region_name: str) -> Any:  # fmt: skip
        complete(context, cloudformation_json["Properties"])
        return update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)

    replace(machine, "create_from_cloudformation_json", classmethod(create_whole))
    replace(machine, "update_from_cloudformation_json", classmethod(update_whole))


def complete(context: Context, properties: dict[str, Any]) -> None:
    """Put the definition as one JSON text where moto looks for it."""
    if "DefinitionString" in properties:
        text = properties["DefinitionString"]
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    else:
        text = _fetched(context, properties["DefinitionS3Location"])
    filled = substituted(text, properties.get("DefinitionSubstitutions", {}))
    properties["DefinitionString"] = json.dumps(yaml.safe_load(filled))


def substituted(text: str, values: dict[str, Any]) -> str:
    """Every `${Name}` replaced by its value; names without a value stay, as in CloudFormation."""

    def value(found: re.Match[str]) -> str:
        given = values.get(found[1], found[0])
        return str(given).lower() if isinstance(given, bool) else str(given)

    return re.sub(r"\$\{([A-Za-z0-9_.]+)\}", value, text)


def _fetched(context: Context, location: dict[str, Any]) -> str:
    bucket, key = location["Bucket"], location["Key"]
    found = s3_backends[context.account]["aws"].get_object(bucket, key, version_id=location.get("Version"))
    if found is None:
        raise FileNotFoundError(f"There is no state machine definition at s3://{bucket}/{key}.")
    return str(found.value.decode())
