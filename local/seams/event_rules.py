"""EventBridge rules and what they send to.

moto knows no Lambda and no state machine as a target, renders input transformers in its own way and sends inside the
call that raised the event. EventBridge sends afterwards, and what it cannot deliver goes to the target's dead letters.
"""

import json
import logging
import uuid
from typing import Any

from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.context import Context
from local.events.bus import now_iso
from local.events.input import target_input
from local.seams.replace import replace

log = logging.getLogger(__name__)


def install(context: Context) -> None:
    """Send events put by callers of the API the same way as those of AWS services."""

    def send(rule: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ARG001 - moto passes it
        event = {key: value for key, value in original_event.items() if key != "ingestion-time"}
        if not isinstance(event.get("time"), str):
            event["time"] = now_iso()
        if _wants(rule, event):
            context.bus.later(0.0, lambda: send_to_targets(context, rule, event))

    replace(Rule, "send_to_targets", send)


def deliver(context: Context, event: dict[str, Any]) -> None:
    """Send an event to the targets of every enabled rule of the default bus it matches."""
    with context.serial:
        rules = list(events_backends[context.account][context.region].event_buses["default"].rules.values())
        matching = [rule for rule in rules if _wants(rule, event)]
    for rule in matching:
        send_to_targets(context, rule, event)


def _wants(rule: Any, event: dict[str, Any]) -> bool:
    """Whether an enabled rule's pattern fits; moto lets a rule without one, a schedule, fit everything."""
    pattern = rule.event_pattern
    return bool(rule.state != "DISABLED" and pattern.get_pattern() and pattern.matches_event(event))


def send_to_targets(context: Context, rule: Any, event: dict[str, Any]) -> None:
    """Hand the event to each target of one rule; a target that fails does not keep the others from theirs."""
    for target in list(rule.targets):
        text = target_input(target, event, rule.name, rule.arn)
        try:
            send(context, target, text)
        except Exception as error:
            log.warning("rule %s could not reach %s: %s", rule.name, target["Arn"], error)
            _bury(context, rule, target, text, error)


def send(context: Context, target: dict[str, Any], text: str) -> None:
    """Hand a text to a function, a state machine, a queue or a topic.

    Raises:
        Exception: whatever the service answers when there is no such target.

    """
    arn = target["Arn"]
    match arn.split(":")[2]:
        case "lambda":
            context.functions.leave(arn, text.encode())
        case "states":
            with context.serial:
                machines = stepfunctions_parser_backends[context.account][context.region]
                machines.start_execution(arn, name=str(uuid.uuid4()), execution_input=text)
        case "sqs":
            group = target.get("SqsParameters", {}).get("MessageGroupId")
            with context.serial:
                queues = sqs_backends[context.account][context.region]
                queues.send_message(arn.rsplit(":", 1)[-1], text, group_id=group)
        case "sns":
            with context.serial:
                sns_backends[context.account][context.region].publish(text, arn=arn)
        case service:
            raise NotImplementedError(f"The local cloud has no rule targets of {service}.")


def _bury(context: Context, rule: Any, target: dict[str, Any], text: str, error: Exception) -> None:
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return
    facts = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_CODE": type(error).__name__,
             "ERROR_MESSAGE": str(error)}  # fmt: skip
    attributes = {name: {"DataType": "String", "StringValue": value or "-"} for name, value in facts.items()}
    with context.serial:
        queues = sqs_backends[context.account][context.region]
        queues.send_message(queue.rsplit(":", 1)[-1], text or json.dumps({}), message_attributes=attributes)
