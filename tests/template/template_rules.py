"""The project's lint for the template, over what SAM makes of it. Each rule is one small function with an id."""

from collections.abc import Callable, Iterator

from tests.template.edge_rules import RULES as EDGE_RULES
from tests.template.permission_rules import RULES as PERMISSION_RULES
from tests.template.stack import Stack
from tests.template.storage_rules import RULES as STORAGE_RULES

type Rule = Callable[[Stack], Iterator[tuple[str, str]]]

DIED = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
RUNTIME = "python3.13"


def logs_end(stack: Stack) -> Iterator[tuple[str, str]]:
    """T05 log groups have a retention, and every function writes JSON to one of ours."""
    groups = dict(stack.of("AWS::Logs::LogGroup"))
    for name, group in groups.items():
        if "RetentionInDays" not in group:
            yield name, "kept for ever"
    for name, function in stack.of("AWS::Lambda::Function"):
        logging = function.get("LoggingConfig", {})
        if logging.get("LogFormat") != "JSON" or not logging.get("LogGroup"):
            yield name, "does not write JSON to a log group of the stack"


def functions_are_alike(stack: Stack) -> Iterator[tuple[str, str]]:
    """T06 functions run on python3.13, are traced, and have a role each."""
    roles = [function.get("Role") for _, function in stack.of("AWS::Lambda::Function")]
    for name, function in stack.of("AWS::Lambda::Function"):
        if function.get("Runtime") != RUNTIME or function.get("TracingConfig") != {"Mode": "Active"}:
            yield name, f"not on {RUNTIME}, or not traced"
        if roles.count(function.get("Role")) > 1:
            yield name, "shares its role"


def machines_are_watched(stack: Stack) -> Iterator[tuple[str, str]]:
    """T07 machines are Standard, log, are traced, and an alarm sees them fail, time out or be aborted."""
    for name, machine in stack.of("AWS::StepFunctions::StateMachine"):
        if machine.get("StateMachineType", "STANDARD") != "STANDARD":
            yield name, "not Standard: an execution would not be exactly once, nor seen by the coroner"
        if not machine.get("LoggingConfiguration") or not machine.get("TracingConfiguration", {}).get("Enabled"):
            yield name, "does not log, or is not traced"
        if not set(stack.watched(stack.arn(name))) >= DIED:
            yield name, "no alarm on failed, timed out and aborted executions"


def alarms_reach_somebody(stack: Stack) -> Iterator[tuple[str, str]]:
    """T14 an alarm has an action and a sentence, and silence does not set it off."""
    for name, alarm in stack.of("AWS::CloudWatch::Alarm"):
        if not (alarm.get("AlarmActions") and alarm.get("AlarmDescription")):
            yield name, "no action, or no description"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield name, "missing data sets it off"


def parameters_need_no_answer(stack: Stack) -> Iterator[tuple[str, str]]:
    """T15 every parameter has a default and a description."""
    for name, parameter in stack.source.get("Parameters", {}).items():
        if "Default" not in parameter or not parameter.get("Description"):
            yield name, "no default, or no description"


RULES: tuple[Rule, ...] = (
    logs_end,
    functions_are_alike,
    machines_are_watched,
    alarms_reach_somebody,
    parameters_need_no_answer,
    *STORAGE_RULES,
    *EDGE_RULES,
    *PERMISSION_RULES,
)


def check(stack: Stack) -> set[tuple[str, str, str]]:
    """Rule, resource and sentence of everything that is wrong."""
    return {((rule.__doc__ or "").split()[0], *found) for rule in RULES for found in rule(stack)}
