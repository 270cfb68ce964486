"""Lint of who may do what: named actions, named resources, and one function that changes SageMaker."""

from collections.abc import Iterator
from typing import Any

from tests.template.iam import listed
from tests.template.stack import Stack

READS = ("Describe", "List", "Get", "Invoke", "Search", "BatchGet")
STAR = {
    "logs:CreateLogDelivery": "log delivery has no resource type",
    "logs:GetLogDelivery": "log delivery has no resource type",
    "logs:UpdateLogDelivery": "log delivery has no resource type",
    "logs:DeleteLogDelivery": "log delivery has no resource type",
    "logs:ListLogDeliveries": "log delivery has no resource type",
    "logs:PutResourcePolicy": "resource policies of CloudWatch Logs have no resource type",
    "logs:DescribeResourcePolicies": "resource policies of CloudWatch Logs have no resource type",
    "logs:DescribeLogGroups": "asked for by log delivery over all groups",
    "cloudwatch:GetMetricData": "CloudWatch has no resource type for metrics",
    "cloudwatch:GetMetricStatistics": "CloudWatch has no resource type for metrics",
    "scheduler:ListSchedules": "lists all schedules of an account, or those of a group, and has no resource type",
    "sagemaker:ListEndpoints": "lists all endpoints of an account, or none",
    "sagemaker:ListModelPackages": "lists all model packages of an account, or none",
    "cloudwatch:PutMetricData": "CloudWatch has no resource type for metrics; limited by namespace",
    "application-autoscaling:DescribeScalingPolicies": "the lists of Application Auto Scaling have no resource type",
    "ecr:GetAuthorizationToken": "has no resource type",
    "ec2:CreateNetworkInterface": "SageMaker makes interfaces whose ids nobody knows before",
    "ec2:CreateNetworkInterfacePermission": "as above",
    "ec2:DeleteNetworkInterface": "as above",
    "ec2:DeleteNetworkInterfacePermission": "as above",
    "ec2:DescribeDhcpOptions": "has no resource type",
    "ec2:DescribeNetworkInterfaces": "has no resource type",
    "ec2:DescribeSecurityGroups": "has no resource type",
    "ec2:DescribeSubnets": "has no resource type",
    "ec2:DescribeVpcs": "has no resource type",
}
"""The only actions that may name every resource, and why AWS offers nothing narrower."""
CONDITIONED = {"lambda.amazonaws.com", "states.amazonaws.com"}
"""SAM writes the trust policies of functions and machines, and leaves no room for a condition there."""


def actions_are_named(stack: Stack) -> Iterator[tuple[str, str]]:
    """P01 no wildcard in an allowed action."""
    for name, statement in allows(stack):
        for action in listed(statement["Action"]):
            if "*" in action or "?" in action:
                yield name, f"allows {action}"


def resources_are_named(stack: Stack) -> Iterator[tuple[str, str]]:
    """P02 every resource only where AWS offers nothing narrower."""
    for name, statement in allows(stack):
        if "*" in listed(statement["Resource"]):
            for action in sorted(set(listed(statement["Action"])) - set(STAR)):
                yield name, f"allows {action} on every resource"


def one_function_changes_sagemaker(stack: Stack) -> Iterator[tuple[str, str]]:
    """P03 only ApplyPlanFunction may change SageMaker or its scaling, or pass a role to anything but Scheduler."""
    for name, statement in allows(stack):
        for action in listed(statement["Action"]):
            if _changes(action) and not _for_schedules(statement) and name != "ApplyPlanFunctionRole":
                yield name, f"allows {action}"


def passing_names_a_service(stack: Stack) -> Iterator[tuple[str, str]]:
    """P04 a role is passed to one named service only."""
    for name, statement in allows(stack):
        limited = "iam:PassedToService" in statement.get("Condition", {}).get("StringEquals", {})
        if "iam:PassRole" in listed(statement["Action"]) and not limited:
            yield name, "passes a role to any service"


def services_name_their_source(stack: Stack) -> Iterator[tuple[str, str]]:
    """P05 a service may assume a role, or write to a queue or topic, only for a source of ours (confused deputy)."""
    for name, statement in _trusted(stack):
        principal = statement["Principal"]
        services = set(listed(principal.get("Service", []))) if isinstance(principal, dict) else set()
        if services - CONDITIONED and not {"aws:sourcearn", "aws:sourceaccount"} & _keys(statement):
            yield name, f"{sorted(services)} without aws:SourceArn or aws:SourceAccount"


def principals_are_known(stack: Stack) -> Iterator[tuple[str, str]]:
    """P06 nobody unknown is allowed anything, and an account only under a condition."""
    for name, statement in _trusted(stack):
        principal = statement["Principal"]
        if principal == "*" or (isinstance(principal, dict) and "*" in listed(principal.get("AWS", []))):
            yield name, "allows anybody"
        elif isinstance(principal, dict) and "AWS" in principal and not statement.get("Condition"):
            yield name, "trusts an account without a condition"


def permissions_name_their_source(stack: Stack) -> Iterator[tuple[str, str]]:
    """P07 a service invokes a function only for a source of ours."""
    for name, permission in stack.of("AWS::Lambda::Permission"):
        if not {"SourceArn", "SourceAccount"} & set(permission):
            yield name, "no SourceArn"


RULES = (
    actions_are_named,
    resources_are_named,
    one_function_changes_sagemaker,
    passing_names_a_service,
    services_name_their_source,
    principals_are_known,
    permissions_name_their_source,
)


def allows(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every Allow of every identity, under the role it belongs to (or the managed policy)."""
    for name, statement in _identities(stack):
        if statement["Effect"] == "Allow":
            yield name, statement


def statements_of(stack: Stack, role: str) -> list[dict[str, Any]]:
    """All that a role may do: its own policies and the managed ones of the stack."""
    return [statement for _, statement in attached_to(stack, role)]


def attached_to(stack: Stack, role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same, each statement under the managed policy it comes from, or under the role itself."""
    attached = {stack.named(arn) for arn in stack.resources[role]["Properties"].get("ManagedPolicyArns", ())}
    return ((name, statement) for name, statement in _identities(stack) if name in {role, *attached})


def _identities(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in stack.of("AWS::IAM::Role"):
        for policy in role.get("Policies", ()):
            yield from ((name, one) for one in listed(policy["PolicyDocument"]["Statement"]))
    for name, policy in stack.of("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        yield from ((name, one) for one in listed(policy["PolicyDocument"]["Statement"]))


def _trusted(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in stack.of("AWS::IAM::Role"):
        yield from ((name, one) for one in role["AssumeRolePolicyDocument"]["Statement"])
    for name, policy in stack.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
        yield from ((name, one) for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow")


def _for_schedules(statement: dict[str, Any]) -> bool:
    """What schedules begin runs with: it goes to Scheduler alone, and nothing else comes with it."""
    passed = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
    return listed(statement["Action"]) == ["iam:PassRole"] and passed == "scheduler.amazonaws.com"


def _changes(action: str) -> bool:
    service, _, verb = action.partition(":")
    if service in {"sagemaker", "application-autoscaling"}:
        return not verb.startswith(READS)
    return action in {"iam:PassRole", "*"}


def _keys(statement: dict[str, Any]) -> set[str]:
    return {key.lower() for pairs in statement.get("Condition", {}).values() for key in pairs}
