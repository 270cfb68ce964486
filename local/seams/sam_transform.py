"""CloudFormation's macro `AWS::Serverless-2016-10-31`.

moto skips every `AWS::Serverless::*` resource. CloudFormation runs aws-sam-translator over the template first; so does
this, with the parameters of the deployment, for stacks and change sets alike. The outputs of a stack made through a
change set are kept too, and a template is found under a path-style URL as `sam deploy` gives it.
"""

import logging
from typing import Any
from urllib.parse import unquote, urlparse

from moto.cloudformation import models, responses
from moto.s3.models import s3_backends
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from local.context import Context
from local.seams.replace import replace

log = logging.getLogger(__name__)

MACRO = "AWS::Serverless-2016-10-31"


class _NoManagedPolicies:
    """SAM asks IAM for the ARNs of managed policies; their names alone are enough here."""

    def load(self) -> dict[str, str]:
        return {}


def install(_context: Context) -> None:
    """Transform templates wherever moto parses them."""

    def parse(stack: Any) -> None:
        stack.template_dict = expanded(stack.template, getattr(stack, "parameters", None) or {})

    replace(models.Stack, "_parse_template", parse)
    replace(models.Stack, "parse_template", lambda text: expanded(text, {}))
    replace(models.ChangeSet, "_parse_template", parse)
    replace(responses, "get_stack_from_s3_url", _template_at)
    replace(models.Stack, "has_template", lambda _stack, _other: False)  # `up` decides what has changed
    execute = replace(models.CloudFormationBackend, "execute_change_set", None)

    def execute_and_keep_outputs(backend: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = backend.describe_change_set(change_set_name)
        stack = change_set.stack
        try:
            execute(backend, change_set_name, stack_name)
        except Exception as error:
            log.exception("stack %s could not be made", stack.name)
            rolled_back = "ROLLBACK" if change_set.change_set_type == "CREATE" else "UPDATE_ROLLBACK"
            stack._add_stack_event(f"{rolled_back}_COMPLETE", resource_status_reason=f"{type(error).__name__}: {error}")
            stack.status = f"{rolled_back}_COMPLETE"
            change_set.execution_status = "EXECUTE_FAILED"
            return
        stack.template_dict, stack.parameters = change_set.template_dict, change_set.parameters
        stack.description = stack.template_dict.get("Description")
        stack.tags = change_set.tags or stack.tags
        stack.output_map = stack._create_output_map()

    replace(models.CloudFormationBackend, "execute_change_set", execute_and_keep_outputs)


def expanded(text: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The template as CloudFormation sees it once its macro has run."""
    template: dict[str, Any] = yaml_parse(text)
    declared = template.get("Transform", [])
    if MACRO not in ([declared] if isinstance(declared, str) else declared):
        return template
    transformed: dict[str, Any] = transform(template, dict(parameters), _NoManagedPolicies())
    transformed.pop("Transform", None)
    return transformed


def _template_at(template_url: str, account_id: str, partition: str) -> str:
    """The body of a template in S3, whatever style the URL is in."""
    url = urlparse(template_url)
    host, path = url.netloc, unquote(url.path).lstrip("/")
    if ".s3." in host:
        bucket, key = host.split(".s3.")[0], path
    else:
        bucket, key = path.split("/", 1)
    found = s3_backends[account_id][partition].get_object(bucket, key)
    if found is None:
        raise FileNotFoundError(f"There is no template at {template_url}.")
    return str(found.value.decode())
