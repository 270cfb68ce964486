"""Commands that only look: status, wait, history."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from tenantry.domain.errors import Unavailable
from tenantry.domain.views import Outcome
from tenantry.ports import Registry
from tenantry.usecases import queries
from tenantry_cli import tables
from tenantry_cli.cli import (
    AnyModel,
    AnyTenant,
    AsJson,
    ModelName,
    Stack,
    TenantName,
    cli,
    names_or_usage,
    version_or_usage,
    world_of,
)
from tenantry_cli.confirming import with_silent
from tenantry_cli.consoles import err, out
from tenantry_cli.failures import BAD, USAGE, plainly
from tenantry_cli.waiting import Waited, progress, wait_for
from tenantry_cli.world import World

Ask = Callable[[Registry], Outcome]
Question = Callable[[World], Ask]


@cli.command()
def status(
    context: typer.Context,
    tenant: AnyTenant = None,
    model: AnyModel = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Show fleets, tenants, routes and versions: all, of one tenant (with its batches), or of one model."""
    with plainly():
        world = world_of(context, stack)
        found = queries.status(world.app.registry, tenant, model)
        if tenant:
            found = with_silent(found, tenant, world)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            tables.show_status(out(), found)


@cli.command()
def history(
    context: typer.Context,
    tenant: TenantName,
    model: ModelName,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened to every version of a model: when, what and why."""
    with plainly():
        events = queries.history(world_of(context, stack).app.registry, tenant, model)
        if as_json:
            typer.echo(json.dumps([event.model_dump(mode="json") for event in events], indent=2))
        elif events:
            tables.show_history(out(), events)
        else:
            out().print(f"No version of {tenant}/{model} was ever seen.")


@cli.command()
def wait(
    context: typer.Context,
    what: Annotated[
        list[str],
        typer.Argument(metavar="TENANT MODEL VERSION | tenant NAME | fleet NAME", show_default=False),
    ],
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="Give up after so long.")] = 900,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Wait until a version has been LIVE, or a tenant or fleet is READY.

    Exit status: 0 when it is so, 1 when it came to another end, 2 when time ran out. How many words there are decides
    what is meant: [bold]wait tenant churn 7[/] is version 7 of a tenant that is called "tenant".
    """
    name, question = _question(what)
    with plainly():
        world = world_of(context, stack)
        ask = question(world)
        with progress(err(), name) as tell:
            waited = wait_for(lambda: ask(world.app.registry), world.clock, timeout, tell)
        _answer(name, waited, as_json)


def _question(what: list[str]) -> tuple[str, Question]:
    match what:
        case [tenant, model, version]:
            names_or_usage(tenant, model)
            version_or_usage(version)
            name = f"{tenant}/{model} version {version}"
            return name, lambda world: _of_version(world, tenant, model, version)
        case ["tenant", name]:
            names_or_usage(name)
            return f"tenant {name}", lambda _: lambda registry: queries.tenant_outcome(registry, name)
        case ["fleet", name]:
            names_or_usage(name)
            return f"fleet {name}", lambda _: lambda registry: queries.fleet_outcome(registry, name)
    raise typer.BadParameter("say TENANT MODEL VERSION, tenant NAME, or fleet NAME")


def _of_version(world: World, tenant: str, model: str, version: str) -> Ask:
    """Whoever may not look into the drop bucket asks for what the registry knows."""
    lying = ""
    with suppress(ClientError, Unavailable):
        lying = queries.lying_upload(world.app, tenant, model, version)
    return lambda registry: queries.version_outcome(registry, tenant, model, version, lying)


def _answer(name: str, waited: Waited, as_json: bool) -> None:
    outcome = waited.outcome
    result = "timeout" if waited.timed_out else "good" if outcome.good else "bad"
    if as_json:
        told = {"what": name, "state": outcome.state, "reason": outcome.reason, "result": result}
        typer.echo(json.dumps({**told, "seconds": round(waited.seconds, 1)}))
    elif waited.timed_out:
        typer.echo(
            f"{name}: not done after {waited.seconds:.0f} s, {outcome.state or 'not seen yet'}: {outcome.reason}"
        )
    else:
        typer.echo(f"{name} is {outcome.state}: {outcome.reason}")
    if result != "good":
        raise typer.Exit(USAGE if waited.timed_out else BAD)
