"""Which installation: from the environment (as `.local/env` exports it), else from the stack's Outputs."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

DEFAULT_STACK = "tenantry"
_SOURCES = {
    "registry_table": ("REGISTRY_TABLE", "RegistryTable"),
    "routes_table": ("ROUTES_TABLE", "RoutesTable"),
    "drop_bucket": ("DROP_BUCKET", "DropBucket"),
    "serving_bucket": ("SERVING_BUCKET", "ServingBucket"),
    "results_bucket": ("RESULTS_BUCKET", "ResultsBucket"),
    "operator_topic": ("OPERATOR_TOPIC_ARN", "OperatorTopicArn"),
}


class Misconfigured(Exception):
    """No such installation; the sentence says what to do."""


class Names(NamedTuple):
    """The names of one installation's parts."""

    registry_table: str
    routes_table: str
    drop_bucket: str
    serving_bucket: str
    results_bucket: str
    operator_topic: str

    def machine_prefix(self, stack: str) -> str:
        """What the ARNs of the stack's machines begin with: they are where the operator's topic is."""
        _, partition, _, region, account, _ = self.operator_topic.split(":", 5)
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{stack}-"


def stack_name(given: str | None, environ: Mapping[str, str]) -> str:
    """The stack a command is about."""
    return given or environ.get("TENANTRY_STACK") or DEFAULT_STACK


def settle(given: str | None, environ: Mapping[str, str], outputs: Callable[[str], Mapping[str, str]]) -> Names:
    """The environment goes first, unless it speaks of another stack than the one given."""
    stack = stack_name(given, environ)
    speaks = stack == environ.get("TENANTRY_STACK", stack)
    found = {field: environ[name] for field, (name, _) in _SOURCES.items() if speaks and environ.get(name)}
    if len(found) < len(_SOURCES):
        told = outputs(stack)
        found = {field: told[key] for field, (_, key) in _SOURCES.items() if key in told} | found
    if missing := [key for field, (_, key) in _SOURCES.items() if field not in found]:
        raise Misconfigured(f"stack {stack} has no output {missing[0]}: is it a Tenantry stack? Name yours by --stack")
    return Names(**found)
