"""Which stack and which route table: from arguments, else from the environment, else from the stack's Outputs."""

import os
from collections.abc import Mapping
from typing import NamedTuple

import boto3

OUTPUT = "RoutesTable"


class Settings(NamedTuple):
    """What a client must know of its installation."""

    stack: str
    routes_table: str


def settle(
    session: boto3.Session, stack: str | None, routes_table: str | None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """An argument goes before the environment; a table's name before a look into the stack named."""
    name = stack or environ.get("TENANTRY_STACK") or environ.get("STACK") or "tenantry"
    table = routes_table or (None if stack else environ.get("ROUTES_TABLE"))
    return Settings(name, table or _from_outputs(session, name))


def _from_outputs(session: boto3.Session, stack: str) -> str:
    outputs = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    for output in outputs:
        if output["OutputKey"] == OUTPUT:
            return output["OutputValue"]
    raise LookupError(f"stack {stack} has no output {OUTPUT}: is it a Tenantry stack?")
