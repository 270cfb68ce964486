"""What `!GetAtt` and `!Ref` give where moto does not say, and lists without the items that are `AWS::NoValue`."""

from typing import Any

from moto.awslambda.models import LayerVersion
from moto.cloudformation import parsing
from moto.logs.models import LogGroup
from moto.sns.models import Topic
from moto.sqs.models import Queue
from moto.stepfunctions.models import StateMachine

from local.context import Context
from local.seams.replace import replace

MISSING: tuple[tuple[Any, str, str], ...] = (
    (Topic, "TopicArn", "arn"),
    (Queue, "QueueUrl", "physical_resource_id"),
    (StateMachine, "Arn", "arn"),
    (LogGroup, "Arn", "arn"),
)


def install(_context: Context) -> None:
    """Answer them."""
    LayerVersion.physical_resource_id = property(lambda layer: layer.arn)  # type: ignore[attr-defined]
    for owner, attribute, source in MISSING:
        _add(owner, attribute, source)
    clean = replace(parsing, "clean_json", None)

    def clean_of_nothing(body: Any, resources: Any) -> Any:
        cleaned = clean(body, resources)
        return [item for item in cleaned if item is not None] if isinstance(body, list) else cleaned

    replace(parsing, "clean_json", clean_of_nothing)


def _add(owner: Any, attribute: str, source: str) -> None:
    has = getattr(owner, "has_cfn_attr").__func__  # noqa: B009 - the function under the classmethod
    get = owner.get_cfn_attribute

    def answers(cls: Any, attr: str) -> bool:
        return attr == attribute or bool(has(cls, attr))

    def value(resource: Any, attribute_name: str) -> Any:
        return getattr(resource, source) if attribute_name == attribute else get(resource, attribute_name)

    replace(owner, "has_cfn_attr", classmethod(answers))
    replace(owner, "get_cfn_attribute", value)
