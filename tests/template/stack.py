"""The template as CloudFormation would see it: SAM's transform applied, every intrinsic function resolved."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
STACK, REGION, ACCOUNT = "tenantry", "us-east-1", "123456789012"
PSEUDO = {
    "AWS::StackName": STACK,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}
ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{name}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{name}}:*",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{{name}}:1",
}
REF_IS_ARN = {
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::LayerVersion",
}
NAMES = ("Name", "StateMachineName", "LogGroupName", "BucketName", "TopicName", "QueueName", "TableName")


@dataclass(frozen=True)
class Stack:
    """A resolved template. `source` is the file as written, `resources` what SAM makes of it."""

    source: dict[str, Any]
    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any]

    def of(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties of each resource of these types."""
        for name, resource in self.resources.items():
            if resource["Type"] in types:
                yield name, resource.get("Properties", {})

    def arn(self, name: str) -> str:
        kind, physical = self.resources[name]["Type"], physical_name(name, self.resources[name])
        return ARNS[kind].format(name=physical)

    def named(self, arn: str) -> str:
        """The logical id of the resource with this ARN ("" when it is not one of ours)."""
        return next((n for n, r in self.resources.items() if r["Type"] in ARNS and self.arn(n) == arn), "")

    def name(self, name: str) -> str:
        """The physical name of a resource."""
        return physical_name(name, self.resources[name])

    def policies(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every statement of the resource policies of this type."""
        return (one for _, policy in self.of(kind) for one in policy["PolicyDocument"]["Statement"])

    def watched(self, value: str) -> Iterator[str]:
        """The metrics that alarms watch with this value of a dimension."""
        for _, alarm in self.of("AWS::CloudWatch::Alarm"):
            for metric in (alarm, *(m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m)):
                if any(dimension["Value"] == value for dimension in metric.get("Dimensions", ())):
                    yield metric["MetricName"]


def load(path: Path = ROOT / "template.yaml", **parameters: Any) -> Stack:
    """The stack that this template makes with these parameters."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    source = yaml_parse(path.read_text())
    expanded = transform(_packaged(yaml_parse(path.read_text())), {}, _ManagedPolicies())
    values = {name: one.get("Default") for name, one in source.get("Parameters", {}).items()} | parameters
    resolver = _Resolver(expanded, values)
    kept = {n: r for n, r in expanded["Resources"].items() if resolver.holds(r.get("Condition"))}
    resources = {name: resolver.resolve(resource) for name, resource in kept.items()}
    return Stack(source, resources, resolver.resolve(expanded.get("Outputs", {})))


def physical_name(name: str, resource: dict[str, Any]) -> str:
    """The name CloudFormation would give it, or the one it has."""
    properties = resource.get("Properties", {})
    given = next((properties[key] for key in NAMES if isinstance(properties.get(key), str)), f"{STACK}-{name}")
    return given.lower() if resource["Type"] == "AWS::S3::Bucket" else given


def _packaged(template: dict[str, Any]) -> dict[str, Any]:
    """As `sam package` leaves it: local paths have become objects in S3."""
    packaged = "s3://packages/key"
    for part in [template.get("Globals", {}).get("Function", {}), *_properties(template)]:
        for key in {"CodeUri", "ContentUri", "DefinitionUri"} & set(part):
            part[key] = packaged
    return template


def _properties(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (resource.get("Properties", {}) for resource in template["Resources"].values())


class _ManagedPolicies:
    def load(self) -> dict[str, str]:
        names = ("AWSXRayDaemonWriteAccess", "service-role/AWSLambdaBasicExecutionRole")
        return {name.split("/")[-1]: f"arn:aws:iam::aws:policy/{name}" for name in names}


class _Resolver:
    """Intrinsic functions of one template."""

    def __init__(self, template: dict[str, Any], parameters: dict[str, Any]) -> None:
        self._resources, self._parameters = template["Resources"], parameters
        self._conditions = template.get("Conditions", {})

    def holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.resolve(self._conditions[condition]))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [done for part in value if (done := self.resolve(part)) is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (key := next(iter(value))).startswith(("Ref", "Fn::")):
            return self._function(key, value[key])
        return {key: done for key, part in value.items() if (done := self.resolve(part)) is not None}

    def _function(self, name: str, given: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(given)
            case "Fn::GetAtt":
                return self._attribute(*(given.split(".", 1) if isinstance(given, str) else given))
            case "Fn::Sub":
                return self._sub(given)
            case "Fn::Join":
                return given[0].join(self.resolve(given[1]))
            case "Fn::If":
                return self.resolve(given[1] if self.holds(given[0]) else given[2])
            case "Fn::Not":
                return not self.resolve(given[0])
            case "Fn::Equals":
                return self.resolve(given[0]) == self.resolve(given[1])
        raise NotImplementedError(name)

    def _sub(self, text: str) -> str:
        filled = re.sub(r"\$\{(?!!)([\w:.]+)\}", lambda match: self._named(match[1]), text)
        return filled.replace("${!", "${")

    def _named(self, name: str) -> str:
        return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

    def _ref(self, name: str) -> Any:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._parameters:
            listed = self._parameters[name] == "" and name.endswith("Ids")
            return [""] if listed else self._parameters[name]
        kind = self._resources[name]["Type"]
        return self._attribute(name, "Arn") if kind in REF_IS_ARN else self._physical(name)

    def _attribute(self, name: str, attribute: str) -> str:
        if attribute in {"Arn", "TopicArn"}:
            return ARNS[self._resources[name]["Type"]].format(name=self._physical(name))
        if attribute in {"QueueName", "Name"}:
            return self._physical(name)
        raise NotImplementedError(f"{name}.{attribute}")

    def _physical(self, name: str) -> str:
        resource = self._resources[name]
        named = {key: self.resolve(v) for key, v in resource.get("Properties", {}).items() if key in NAMES}
        return physical_name(name, {"Type": resource["Type"], "Properties": named})
