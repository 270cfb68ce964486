"""Which stack and which route table: from arguments, else from the environment, else from the stack's Outputs."""

import os
from collections.abc import Mapping
from typing import NamedTuple

import boto3

OUTPUT = "RoutesTable"
ROLE = "TenantAccessRoleArn"
FALLBACK = "TENANTRY_FALLBACK"


class Settings(NamedTuple):
    """What a client must know of its installation."""

    stack: str
    routes_table: str


class Buckets(NamedTuple):
    """Where requests are dropped, and where their answers lie."""

    drop: str
    results: str


def settle(
    session: boto3.Session, stack: str | None, routes_table: str | None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """An argument goes before the environment; a table's name before a look into the stack named."""
    name = named(stack, environ)
    table = routes_table or (None if stack else environ.get("ROUTES_TABLE"))
    return Settings(name, table or _outputs(session, name, OUTPUT)[0])


def named(stack: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The stack's name, the same in every region unless one is told another."""
    return stack or environ.get("TENANTRY_STACK") or environ.get("STACK") or "tenantry"


def buckets(session: boto3.Session, stack: str, environ: Mapping[str, str] = os.environ) -> Buckets:
    """From the environment of this very stack, else from its Outputs."""
    ours = stack == named(None, environ)
    names = [environ.get(name, "") if ours else "" for name in ("DROP_BUCKET", "RESULTS_BUCKET")]
    return Buckets(*names) if all(names) else Buckets(*_outputs(session, stack, "DropBucket", "ResultsBucket"))


def role_of(session: boto3.Session, stack: str) -> str:
    """The TenantAccess role of the stack in the session's region: each region has its own."""
    return _outputs(session, stack, ROLE)[0]


def fallback_of(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Names of regions, separated by commas."""
    return tuple(name.strip() for name in environ.get(FALLBACK, "").split(",") if name.strip())


def _outputs(session: boto3.Session, stack: str, *wanted: str) -> list[str]:
    outputs = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    found = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    if missing := [name for name in wanted if name not in found]:
        raise LookupError(f"stack {stack} has no output {missing[0]}: is it a Tenantry stack?")
    return [found[name] for name in wanted]
