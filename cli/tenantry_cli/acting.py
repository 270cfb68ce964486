"""Commands that change something, or send a request: rollback, invoke, offboard."""

import base64
import json
import mimetypes
import sys
from pathlib import Path
from typing import Annotated

import typer

from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.usecases.rollback import rollback as go_back
from tenantry_cli.cli import AsJson, ModelName, Stack, TenantName, Version, Yes, agreed, cli, world_of
from tenantry_cli.consoles import err
from tenantry_cli.failures import BAD, USAGE, fail, plainly
from tenantry_cli.world import Reply

ContentType = Annotated[
    str | None,
    typer.Option("--content-type", metavar="TYPE", show_default=False, help="Else guessed from the file's name."),
]
Accept = Annotated[str | None, typer.Option("--accept", metavar="TYPE", show_default=False)]
_GOING = {TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED}


@cli.command()
def rollback(
    context: typer.Context,
    tenant: TenantName,
    model: ModelName,
    to: Version = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an earlier version that is still kept: probed until warm, proven, then one write of the route."""
    with plainly():
        with err().status(f"warming the earlier version of {tenant}/{model}"):
            done = go_back(tenant, model, to, world_of(context, stack).app)
        said = f"{tenant}/{model}: version {done.version} is live again, in place of {done.replaced}"
        if done.canary:
            said = f"{tenant}/{model}: version {done.version} has all calls again, canary {done.replaced} was taken off"
        typer.echo(done.model_dump_json() if as_json else f"{said} (generation {done.generation})")


@cli.command()
def invoke(
    context: typer.Context,
    tenant: TenantName,
    model: ModelName,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The request's body; - is standard input.")],
    content_type: ContentType = None,
    accept: Accept = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Send one request to the live version; its answer goes to standard output as it is."""
    with plainly():
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        kind = content_type or mimetypes.guess_type(file)[0] or "application/octet-stream"
        reply = world_of(context, stack).client(tenant).invoke(model, body, content_type=kind, accept=accept)
        if as_json:
            typer.echo(json.dumps(_as_json(reply), indent=2))
        else:
            typer.echo(reply.body, nl=False)


@cli.command()
def offboard(
    context: typer.Context, tenant: TenantName, yes: Yes = False, stack: Stack = None, as_json: AsJson = False
) -> None:
    """Delete a tenant's profile: it is suspended at once, and offboarded after its `offboard_after`.

    Until then, restoring the object (deleting its delete marker) or dropping the profile again cancels it.
    """
    with plainly():
        world = world_of(context, stack)
        row = world.app.registry.get(TenantRow, TenantRow.at(tenant))
        if row is None or row.state in _GOING:
            fail(f"tenant {tenant} is {row.state}: {row.reason}" if row else f"there is no tenant {tenant}", BAD)
        hours = row.profile.offboard_after if row.profile else 0
        if not agreed(f"Suspend {tenant} now and offboard it after {hours:g} h?", yes):
            fail(f"tenant {tenant} was left as it is; say --yes to suspend it", USAGE)
        world.inbox.withdraw(row.source.key)
        told = {"tenant": tenant, "withdrawn": row.source.key, "offboard_after_hours": hours}
        said = f"{row.source.key} was deleted: {tenant} will be SUSPENDED in a moment and OFFBOARDED after {hours:g} h"
        typer.echo(json.dumps(told) if as_json else said)


def _as_json(reply: Reply) -> dict[str, object]:
    """The body as text where it is text, else as base64 with `"base64": true`."""
    try:
        body, encoded = reply.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(reply.body).decode(), True
    told = {"content_type": reply.content_type, "version": reply.version, "generation": reply.generation}
    return {"body": body, "base64": encoded, **told}
