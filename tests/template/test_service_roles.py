"""What AWS itself does for us, it may do: Lambda, Step Functions, EventBridge, CloudWatch and SageMaker.

None of these calls passes through our code, so no flow shows them. Machines and the functions they invoke are compared
in test_names.py, rules and the queues behind them in edge_rules.py.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from tests.template.iam import Request, allowed, assumable, listed
from tests.template.permission_rules import allows, statements_of
from tests.template.stack import ACCOUNT, REGION, STACK, Stack, load

STACK_NOW: Stack = load()
FUNCTIONS = dict(STACK_NOW.of("AWS::Lambda::Function"))
MACHINES = dict(STACK_NOW.of("AWS::StepFunctions::StateMachine"))
RULES = dict(STACK_NOW.of("AWS::Events::Rule"))
ALARMS = dict(STACK_NOW.of("AWS::CloudWatch::Alarm"))
TARGET = STACK_NOW.arn("ServingBucket") + "/acme/churn/u-0123456789abcdef.tar.gz"
DELIVERY = {
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
}
"""What a machine's role needs before it can log (Step Functions developer guide, logging using CloudWatch Logs)."""
TRACE, LOG, POLL = (
    f"arn:aws:iam::aws:policy/{name}"
    for name in (
        "AWSXrayWriteOnlyAccess",
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
    )
)
POLICIES = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
"""The service authorization reference, as cfn-lint ships it."""


def role_of(properties: dict[str, Any], key: str) -> tuple[str, dict[str, Any]]:
    name = STACK_NOW.named(properties[key])
    return name, STACK_NOW.resources[name]["Properties"]


def trusts(role: dict[str, Any], service: str, **context: str) -> bool:
    known = {name.replace("_", ":"): value for name, value in context.items()}
    statements = [
        one for one in role["AssumeRolePolicyDocument"]["Statement"] if service in listed(one["Principal"]["Service"])
    ]
    return assumable(Request("sts:AssumeRole", "*", known), statements)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lambda_may_run_log_trace_and_bury(name: str) -> None:
    function = FUNCTIONS[name]
    logical, role = role_of(function, "Role")
    assert trusts(role, "lambda.amazonaws.com")
    assert {LOG, TRACE} <= set(role["ManagedPolicyArns"])
    if buried := function.get("DeadLetterConfig", {}).get("TargetArn"):
        assert allowed(Request("sqs:SendMessage", buried), statements_of(STACK_NOW, logical))


def test_lambda_may_poll_what_it_polls() -> None:
    polled = {mapping["FunctionName"] for _, mapping in STACK_NOW.of("AWS::Lambda::EventSourceMapping")}
    polling = {n for n, f in FUNCTIONS.items() if POLL in role_of(f, "Role")[1]["ManagedPolicyArns"]}
    assert {STACK_NOW.name(name) for name in polling} == polled != set()


@pytest.mark.parametrize("name", MACHINES)
def test_step_functions_may_invoke_log_and_trace(name: str) -> None:
    logical, role = role_of(MACHINES[name], "RoleArn")
    statements = statements_of(STACK_NOW, logical)
    assert trusts(role, "states.amazonaws.com")
    assert TRACE in role["ManagedPolicyArns"]
    assert {action for action in DELIVERY if not allowed(Request(action, "*"), statements)} == set()
    called = set(MACHINES[name]["DefinitionSubstitutions"].values()) & {STACK_NOW.arn(one) for one in FUNCTIONS}
    assert called
    assert {one for one in called if not allowed(Request("lambda:InvokeFunction", one), statements)} == set()


@pytest.mark.parametrize("name", RULES)
def test_eventbridge_may_reach_every_target(name: str) -> None:
    invocable = {
        (permission["SourceArn"], permission["FunctionName"])
        for _, permission in STACK_NOW.of("AWS::Lambda::Permission")
        if permission["Principal"] == "events.amazonaws.com"
    }
    for target in RULES[name]["Targets"]:
        known = {"aws:SourceArn": STACK_NOW.arn(name), "aws:SourceAccount": ACCOUNT}
        sent = allowed(Request("sqs:SendMessage", target["Arn"], known), STACK_NOW.policies("AWS::SQS::QueuePolicy"))
        invoked = (STACK_NOW.arn(name), STACK_NOW.name(STACK_NOW.named(target["Arn"])))
        assert sent or invoked in invocable


@pytest.mark.parametrize("name", ALARMS)
def test_cloudwatch_may_tell_the_operator(name: str) -> None:
    source = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STACK}-{name}-1ABC"
    known = {"aws:SourceArn": source, "aws:SourceAccount": ACCOUNT}
    for topic in ALARMS[name]["AlarmActions"]:
        assert allowed(Request("sns:Publish", topic, known), STACK_NOW.policies("AWS::SNS::TopicPolicy"))


def host(logical: str) -> Callable[[str, str], bool]:
    """What a host with this role may do; SageMaker, and nobody else's SageMaker, may be it."""
    role, statements = STACK_NOW.resources[logical]["Properties"], statements_of(STACK_NOW, logical)
    known = {"aws:SecureTransport": "true", "aws:PrincipalArn": STACK_NOW.arn(logical)}
    buckets = list(STACK_NOW.policies("AWS::S3::BucketPolicy"))
    endpoint = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{STACK}-sklearn"
    assert trusts(role, "sagemaker.amazonaws.com", aws_SourceAccount=ACCOUNT, aws_SourceArn=endpoint)
    assert not trusts(role, "sagemaker.amazonaws.com", aws_SourceAccount="999999999999", aws_SourceArn=endpoint)
    return lambda action, resource: allowed(Request(action, resource, known), statements, resource=buckets)


@pytest.mark.parametrize("logical", ["MultiModelHostRole", "AsynchronousHostRole", "BatchHostRole"])
def test_sagemaker_may_be_a_host_and_no_more(logical: str) -> None:
    may = host(logical)
    assert may("s3:GetObject", TARGET)
    assert may("s3:ListBucket", STACK_NOW.arn("ServingBucket"))
    assert may("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/x:*")
    assert may("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:683313688378:repository/sagemaker-scikit-learn")
    assert not may("s3:PutObject", TARGET)
    assert not may("s3:GetObject", STACK_NOW.arn("DropBucket") + "/models/acme/churn/1/model.tar.gz")


@pytest.mark.parametrize(("logical", "queued"), [("MultiModelHostRole", False), ("AsynchronousHostRole", True)])
def test_only_a_host_with_a_queue_reads_requests_writes_answers_and_tells(logical: str, *, queued: bool) -> None:
    may, topics = host(logical), [STACK_NOW.arn(name) for name in ("AnswersTopic", "FailuresTopic")]
    assert may("s3:GetObject", STACK_NOW.arn("DropBucket") + "/requests/acme/churn/r1") is queued
    for folder in ("requests", "failures"):
        assert may("s3:PutObject", STACK_NOW.arn("ResultsBucket") + f"/results/acme/churn/{folder}/r1/u.out") is queued
    assert may("s3:PutObject", STACK_NOW.arn("ResultsBucket") + "/failures/acme/churn/requests/r1/u.out") is queued
    assert [may("sns:Publish", topic) for topic in topics] == [queued, queued]
    assert not may("sns:Publish", STACK_NOW.arn("OperatorTopic"))
    assert not may("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-acme")
    assert not may("s3:GetObject", STACK_NOW.arn("ResultsBucket") + "/results/acme/churn/requests/r1/u.out")


def test_only_a_batch_host_reads_batches_and_writes_their_results_and_samples() -> None:
    drops, results = STACK_NOW.arn("DropBucket"), STACK_NOW.arn("ResultsBucket")
    for logical, batch in (("MultiModelHostRole", False), ("AsynchronousHostRole", False), ("BatchHostRole", True)):
        may = host(logical)
        assert may("s3:GetObject", f"{drops}/batches/acme/churn/b1/one.csv") is batch
        assert may("s3:GetObject", f"{results}/_samples/acme/churn/u/sample") is batch
        assert may("s3:PutObject", f"{results}/_samples/acme/churn/u/answer/sample.out") is batch
        assert may("s3:ListBucket", results) is batch
        assert may("s3:GetObject", f"{results}/_jobs/r/1-0.manifest") is batch
        assert may("s3:PutObject", f"{results}/_jobs/r/out/1/acme/churn/b1/one.csv.out") is batch
    result = f"{results}/results/acme/churn/batches/dt=2026-11-22/b1/one.csv.out"
    assert not host("BatchHostRole")("s3:PutObject", result), "settle_batch hands results out, each to its tenant"
    assert not host("BatchHostRole")("s3:GetObject", f"{drops}/requests/acme/churn/r1")
    assert not host("BatchHostRole")("s3:PutObject", f"{drops}/batches/acme/churn/b1/one.csv")


def test_scheduler_may_begin_runs_and_bury_what_it_could_not_and_no_more() -> None:
    role, statements = STACK_NOW.resources["ScheduleRole"]["Properties"], statements_of(STACK_NOW, "ScheduleRole")
    group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{STACK}"
    assert trusts(role, "scheduler.amazonaws.com", aws_SourceAccount=ACCOUNT, aws_SourceArn=group)
    assert not trusts(role, "scheduler.amazonaws.com", aws_SourceAccount="999999999999", aws_SourceArn=group)
    assert not trusts(role, "scheduler.amazonaws.com", aws_SourceAccount=ACCOUNT, aws_SourceArn=f"{group}-2")
    begun = {name for name in MACHINES if allowed(Request("states:StartExecution", STACK_NOW.arn(name)), statements)}
    assert begun == {"RunBatchStateMachine"}
    assert allowed(Request("sqs:SendMessage", STACK_NOW.arn("EventDeadLetters")), statements)


def test_sns_may_reach_every_queue_and_bury_what_it_cannot_deliver() -> None:
    subscriptions = [one for _, one in STACK_NOW.of("AWS::SNS::Subscription") if one["Protocol"] == "sqs"]
    assert len(subscriptions) == 2
    for one in subscriptions:
        known = {"aws:SourceArn": one["TopicArn"], "aws:SourceAccount": ACCOUNT}
        for queue in (one["Endpoint"], one["RedrivePolicy"]["deadLetterTargetArn"]):
            assert allowed(Request("sqs:SendMessage", queue, known), STACK_NOW.policies("AWS::SQS::QueuePolicy"))
    tenants = {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-acme", "aws:SourceAccount": ACCOUNT}
    dead, answers = STACK_NOW.arn("DeliveryDeadLetters"), STACK_NOW.arn("AnswersQueue")
    assert allowed(Request("sqs:SendMessage", dead, tenants), STACK_NOW.policies("AWS::SQS::QueuePolicy"))
    assert not allowed(Request("sqs:SendMessage", answers, tenants), STACK_NOW.policies("AWS::SQS::QueuePolicy"))


def misfits(statements: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Actions that do not exist, or that the resources of their statement are no resources for."""
    known = json.loads(POLICIES.read_text())
    for name, statement in statements:
        for action in listed(statement["Action"]):
            service, _, verb = action.lower().partition(":")
            entry = known.get(service, {}).get("Actions", {}).get(verb)
            forms = [
                re.sub(r"\$\{\w+\}", "[^:/]*", form)
                for kind in listed((entry or {}).get("Resources", []))
                for form in known[service]["Resources"].get(kind.lower(), {}).get("ARNFormats", ())
            ]
            resources = listed(statement["Resource"])
            if entry is None or not ("*" in resources or _fit(resources, forms)):
                yield f"{name}: {action}"


def _fit(resources: list[str], forms: list[str]) -> bool:
    return any(re.fullmatch(form, resource) for form in forms for resource in resources)


def test_every_action_exists_and_is_granted_on_something_it_can_be_asked_for() -> None:
    everything = list(allows(load(HostSubnetIds=["subnet-1"], HostSecurityGroupIds=["sg-1"], ReplicateTo="far")))
    assert list(misfits(everything)) == []
    bucket, queue = STACK_NOW.arn("DropBucket"), STACK_NOW.arn("IntakeQueue")
    planted: list[tuple[str, dict[str, Any]]] = [
        ("no such action", {"Action": "s3:ReadBucket", "Resource": bucket}),
        ("not of a bucket", {"Action": ["sqs:SendMessage", "s3:ListBucket"], "Resource": [bucket]}),
        ("of one of them", {"Action": ["sqs:SendMessage", "s3:ListBucket"], "Resource": [bucket, queue]}),
        ("of nothing at all", {"Action": "cloudwatch:GetMetricStatistics", "Resource": bucket}),
    ]
    assert list(misfits(planted)) == [
        "no such action: s3:ReadBucket",
        "not of a bucket: sqs:SendMessage",
        "of nothing at all: cloudwatch:GetMetricStatistics",
    ]
