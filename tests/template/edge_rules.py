"""Lint of the asynchronous edges: whatever cannot be delivered or done lands in a queue that somebody watches."""

from collections.abc import Iterator

from tests.template.iam import listed
from tests.template.stack import Stack


def queues_are_safe(stack: Stack) -> Iterator[tuple[str, str]]:
    """T08 queues are encrypted, and what a function reads from gives up after some tries, into a dead-letter queue."""
    sources = {mapping["EventSourceArn"] for _, mapping in stack.of("AWS::Lambda::EventSourceMapping")}
    for name, queue in stack.of("AWS::SQS::Queue"):
        if not (queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId")):
            yield name, "not encrypted"
        if stack.arn(name) in sources and "deadLetterTargetArn" not in queue.get("RedrivePolicy", {}):
            yield name, "no redrive policy"


def mappings_are_patient(stack: Stack) -> Iterator[tuple[str, str]]:
    """T09 a queue hides a message six times as long as its function may take, and failures are told one by one."""
    queues, functions = dict(stack.of("AWS::SQS::Queue")), dict(stack.of("AWS::Lambda::Function"))
    for name, mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        queue = queues[stack.named(mapping["EventSourceArn"])]
        function = next(f for n, f in functions.items() if mapping["FunctionName"] in {stack.arn(n), stack.name(n)})
        if queue.get("VisibilityTimeout", 30) < 6 * function.get("Timeout", 3):
            yield name, "the queue's visibility timeout is below six times the function's timeout"
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", ()):
            yield name, "ReportBatchItemFailures is missing"


def rules_have_dead_letters(stack: Stack) -> Iterator[tuple[str, str]]:
    """T10 what a rule cannot deliver goes to a queue that lets exactly this rule send (else it vanishes)."""
    for name, rule in stack.of("AWS::Events::Rule"):
        for target in rule.get("Targets", ()):
            queue = target.get("DeadLetterConfig", {}).get("Arn", "")
            if not _may_send(stack, queue, stack.arn(name)):
                yield name, f"target {target['Id']} has no dead-letter queue that takes its events"
            if ":sqs:" in target["Arn"] and not _may_send(stack, target["Arn"], stack.arn(name)):
                yield name, f"target {target['Id']} does not take its events"


def asynchronous_functions_have_dead_letters(stack: Stack) -> Iterator[tuple[str, str]]:
    """T11 a function that a rule or topic invokes has a dead-letter queue for what it fails on."""
    functions = dict(stack.of("AWS::Lambda::Function"))
    for _, permission in stack.of("AWS::Lambda::Permission"):
        name = next(n for n in functions if permission["FunctionName"] in {stack.arn(n), stack.name(n)})
        if "TargetArn" not in functions[name].get("DeadLetterConfig", {}):
            yield name, "no dead-letter queue"


def topics_have_dead_letters(stack: Stack) -> Iterator[tuple[str, str]]:
    """T12 a topic's subscription of a queue or function has a dead-letter queue."""
    for name, subscription in stack.of("AWS::SNS::Subscription"):
        if subscription.get("Protocol") in {"sqs", "lambda"} and "RedrivePolicy" not in subscription:
            yield name, "no redrive policy"


def dead_letters_are_watched(stack: Stack) -> Iterator[tuple[str, str]]:
    """T13 an alarm tells somebody about every dead letter."""
    for arn in sorted(_dead_letter_queues(stack)):
        name = stack.named(arn)
        if "ApproximateNumberOfMessagesVisible" not in stack.watched(stack.name(name)):
            yield name, "no alarm on its messages"


RULES = (
    queues_are_safe,
    mappings_are_patient,
    rules_have_dead_letters,
    asynchronous_functions_have_dead_letters,
    topics_have_dead_letters,
    dead_letters_are_watched,
)


def _may_send(stack: Stack, queue: str, source: str) -> bool:
    return any(
        listed(statement["Resource"]) == [queue]
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and source in listed(statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn", []))
        for statement in stack.policies("AWS::SQS::QueuePolicy")
    )


def _dead_letter_queues(stack: Stack) -> set[str]:
    queues = {q["RedrivePolicy"]["deadLetterTargetArn"] for _, q in stack.of("AWS::SQS::Queue") if "RedrivePolicy" in q}
    rules = {
        t["DeadLetterConfig"]["Arn"]
        for _, r in stack.of("AWS::Events::Rule")
        for t in r["Targets"]
        if "DeadLetterConfig" in t
    }
    functions = {
        f["DeadLetterConfig"]["TargetArn"] for _, f in stack.of("AWS::Lambda::Function") if "DeadLetterConfig" in f
    }
    return queues | rules | functions
