"""The Typer application and what its commands share: options, names, the world, consent."""

import re
import sys
from typing import Annotated, Any

import typer

from tenantry.domain.names import LABEL, NAME
from tenantry_cli.wiring import Aws
from tenantry_cli.world import World

cli = typer.Typer(
    name="tenantry",
    help="Operate Tenantry: what is live, what happened, going back, and cleaning up.",
    epilog="Works on the account (or local cloud) your shell points at. For the local cloud: [bold]. .local/env[/]",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _name(value: str | None) -> str | None:
    return _matching(NAME, value, "lower-case letters, digits and inner hyphens, at most 32")


def _label(value: str | None) -> str | None:
    return _matching(LABEL, value, "letters, digits, inner dots and hyphens, at most 63")


def _matching(pattern: str, value: str | None, rule: str) -> str | None:
    if value is not None and not re.fullmatch(pattern, value):
        raise typer.BadParameter(f"'{value}' is not a name ({rule})")
    return value


TenantName = Annotated[str, typer.Argument(metavar="TENANT", callback=_name, show_default=False)]
ModelName = Annotated[str, typer.Argument(metavar="MODEL", callback=_name, show_default=False)]
AnyTenant = Annotated[str | None, typer.Argument(metavar="TENANT", callback=_name, show_default=False)]
AnyModel = Annotated[str | None, typer.Argument(metavar="MODEL", callback=_name, show_default=False)]
Version = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="VERSION", callback=_label, show_default=False, help="Else the one that is on standby."
    ),
]
Stack = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", show_default=False, help="The stack; else TENANTRY_STACK, else tenantry."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def names_or_usage(*values: str) -> None:
    """BadParameter unless all are names of tenants, models or fleets."""
    for value in values:
        _name(value)


def version_or_usage(value: str) -> None:
    """BadParameter unless this can be a version."""
    _label(value)


def world_of(context: typer.Context, stack: str | None) -> World:
    """The world given to the application (by a test), else AWS."""
    given: Any = context.obj
    world: World = given if given is not None else Aws(stack)
    return world


def agreed(question: str, yes: bool) -> bool:
    """Whether the operator agrees; nobody to ask is no."""
    return yes or (sys.stdin.isatty() and typer.confirm(question))
