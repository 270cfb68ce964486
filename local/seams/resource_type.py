"""How CloudFormation's types are added to moto's: one class each, made from two functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core.common_models import CloudFormationModel

Properties = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Account and region a stack is made in."""

    account: str
    region: str


Apply = Callable[[Place, str, Properties], str]
Remove = Callable[[Place, str], None]

NAMED_BY = {"AWS::CloudWatch::Alarm": "AlarmName", "AWS::Scheduler::Schedule": "Name",
            "AWS::Scheduler::ScheduleGroup": "Name"}  # fmt: skip


ARNS = {
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::Scheduler::Schedule": "arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
    "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
}

_models: list[type] = []  # Python forgets subclasses nobody holds


def define(kind: str, apply: Apply, remove: Remove) -> None:
    """A model class of moto's for one resource type; moto finds it among CloudFormationModel's subclasses."""

    def create(cls: Any, name: str, body: Any, account: str, region: str, **_: Any) -> Any:
        made = cls()
        made.place = Place(account, region)
        made.physical_resource_id = apply(made.place, name, body["Properties"])
        return made

    def update(cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any,  # noqa: ARG001
               account_id: str, region_name: str) -> Any:  # fmt: skip
        remove(Place(account_id, region_name), original_resource.physical_resource_id)
        return create(cls, original_resource.physical_resource_id, cloudformation_json, account_id, region_name)

    def arn(resource: Any, _attribute: str) -> str:
        return ARNS[kind].format(
            region=resource.place.region, account=resource.place.account, name=resource.physical_resource_id
        )

    methods: dict[str, Any] = {
        "cloudformation_type": staticmethod(lambda: kind),
        "cloudformation_name_type": staticmethod(lambda: NAMED_BY.get(kind, "")),
        "has_cfn_attr": classmethod(lambda _cls, attribute: attribute == "Arn" and kind in ARNS),
        "get_cfn_attribute": arn,
        "is_created": lambda _self: True,
        "create_from_cloudformation_json": classmethod(create),  # type: ignore[arg-type]  # cls is any model
        "update_from_cloudformation_json": classmethod(update),
        "delete": lambda self, account, region: remove(Place(account, region), self.physical_resource_id),
    }
    _models.append(type(kind.replace("::", ""), (CloudFormationModel,), methods))
