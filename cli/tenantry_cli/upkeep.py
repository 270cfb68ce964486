"""Commands for the installation as a whole: doctor, destroy."""

import json
from typing import Annotated

import typer
from rich.text import Text

from tenantry_cli.clearing import clear
from tenantry_cli.cli import AsJson, Stack, Yes, agreed, cli, world_of
from tenantry_cli.consoles import err, out
from tenantry_cli.failures import BAD, USAGE, fail, plainly
from tenantry_cli.findings import Finding, examine
from tenantry_cli.tables import table
from tenantry_cli.world import Thing, World

_MARKS = {"ok": ("✓", "green"), "bad": ("✗", "red"), "unknown": ("?", "yellow")}

EmptyBuckets = Annotated[
    bool, typer.Option("--empty-buckets", help="Also delete every object of the stack's three buckets, all versions.")
]


@cli.command()
def doctor(context: typer.Context, stack: Stack = None, as_json: AsJson = False) -> None:
    """Look for what would make the next release fail.

    The stack, EventBridge, dead letters, e-mail, quotas for twice what serves, images. Exit status 1 when something is
    wrong; what this account or cloud does not tell is shown, and is not wrong.
    """
    with plainly():
        findings = list(examine(world_of(context, stack)))
        if as_json:
            typer.echo(json.dumps([finding.model_dump() for finding in findings], indent=2))
        else:
            for finding in findings:
                _show(finding)
        if any(finding.verdict == "bad" for finding in findings):
            raise typer.Exit(BAD)


@cli.command()
def destroy(
    context: typer.Context,
    yes: Yes = False,
    empty_buckets: EmptyBuckets = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Show, then remove, everything made at run time: endpoints, configurations, models, topics.

    The stack itself is left (sam delete), and so are the buckets and tables, which outlive it.
    """
    with plainly():
        world = world_of(context, stack)
        things = world.estate.found() + (world.estate.buckets() if empty_buckets else [])
        if not as_json:
            _show_things(world, things)
        removed = _removed(world, things, yes)
        if as_json:
            made = [thing._asdict() for thing in things]
            typer.echo(json.dumps({"stack": world.stack, "found": made, "removed": removed}, indent=2))
        if things and not removed:
            fail("nothing was removed; say --yes to remove it", USAGE)


def _removed(world: World, things: list[Thing], yes: bool) -> bool:
    if not things or not agreed(f"Remove all {len(things)} of {world.stack}?", yes):
        return False
    clear(world, things, err())
    return True


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    console = out()
    console.print(Text(mark, style=colour), Text(f"{finding.check}: {finding.says}"))
    if finding.fix:
        console.print(Text(f"  → {finding.fix}"))


def _show_things(world: World, things: list[Thing]) -> None:
    if things:
        out().print(table(f"Made by {world.stack} at run time", ("kind", "name"), [thing[:2] for thing in things]))
    else:
        typer.echo(f"Nothing that {world.stack} made at run time is left.")
