"""What `doctor` makes of what it sees. Each check is one function of the world: name, verdict, sentence, what to do."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from tenantry.domain.base import Value
from tenantry.domain.fleets import host_of
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import DEDICATED, UNCALLED, Serving
from tenantry.domain.quotas import command
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import FleetRow, FleetState, TenantRow, TenantState
from tenantry_cli.confirming import ASK, silent
from tenantry_cli.world import World

_GONE = {FleetState.DELETED, FleetState.REJECTED}
_CLOSED = {TenantState.OFFBOARDED, TenantState.REJECTED}
_SERVERLESS = "Maximum number of serverless endpoints"
_AT_ONCE = "Maximum total concurrency that can be allocated across all serverless endpoints"
"""As Service Quotas calls them (seen in what users write of raising them; no page of AWS's at hand lists the names)."""
_GROUPS = "Model package groups per account"
"""As above."""
_Need = tuple[str, str, int]
"""What is limited, the name of its quota, and the most that is used of it."""


class Finding(Value):
    """One thing looked at. `unknown`: this account or cloud does not tell."""

    check: str
    verdict: Literal["ok", "bad", "unknown"]
    says: str
    fix: str = ""


Check = Callable[[World], Iterator[Finding]]


def examine(world: World) -> Iterator[Finding]:
    """All checks; one that AWS does not answer is unknown and does not stop the others."""
    for check in CHECKS:
        try:
            yield from check(world)
        except (ClientError, BotoCoreError) as error:
            yield Finding(check=check.__name__.replace("_", " "), verdict="unknown", says=str(error))


def stack_deployed(world: World) -> Iterator[Finding]:
    """The stack is in a state that works."""
    state = world.account.stack_state()
    good = state in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
    yield _verdict("stack deployed", good, f"{world.stack} is {state}", "deploy again: make deploy")
    if world.stack != world.stack.lower():
        says = f"{world.stack} has capital letters, and the ARNs of endpoints have none: no role would reach them"
        yield _verdict("stack's name", good=False, says=says, fix="deploy it under a name in lower case")


def drops_are_told(world: World) -> Iterator[Finding]:
    """The bucket sends its events to EventBridge."""
    name, tells = "drop bucket tells EventBridge", world.account.drop_bucket_tells()
    if tells is None:
        yield Finding(check=name, verdict="unknown", says="this cloud does not tell")
        return
    says = "on" if tells else "off: drops are found by the sweep only"
    yield _verdict(name, tells, says, "deploy again: the template switches it on")


def rules_armed(world: World) -> Iterator[Finding]:
    """Drops reach the intake, and schedules run."""
    off = sorted(name for name, enabled in world.account.rules().items() if not enabled)
    says = f"disabled: {', '.join(off)}" if off else "all rules are enabled"
    yield _verdict("EventBridge rules armed", not off, says, "aws events enable-rule --name ...")


def dead_letters_empty(world: World) -> Iterator[Finding]:
    """Nothing was given up on."""
    full = {name: count for name, count in world.account.dead_letters().items() if count}
    says = ", ".join(f"{name} holds {count}" for name, count in sorted(full.items())) or "all empty"
    yield _verdict("dead-letter queues", not full, says, "read what they hold and the log around it, then redrive")


def mail_confirmed(world: World) -> Iterator[Finding]:
    """Everybody who is to have mail, or notices at an endpoint of theirs, said yes to it."""
    waiting = silent(world.app.registry.rows(TenantRow, "TENANTS"), world.account.addresses())
    says = ", ".join(f"{one.address} ({one.topic})" for one in waiting)
    yield _verdict("e-mail confirmed", not waiting, f"not yet: {says}" if says else "all", ASK)


def quotas_for_twice_what_serves(world: World) -> Iterator[Finding]:
    """A fleet that is rolled runs twice for a while, and so does a model of its own: the old version, and the new."""
    needed: Counter[tuple[str, str]] = Counter()
    for what, quota, most in (*_of_fleets(world), *_of_models(world)):
        needed[what, quota] += 2 * most
    for (what, quota), count in sorted(needed.items()):
        name, there = f"quota for {what}", world.account.quota_of(quota)
        if there is None:
            yield Finding(check=name, verdict="unknown", says=f"needs {count}; Service Quotas does not tell here")
            continue
        says = f"{there:.0f}; twice the fleets and what models have of their own take {count}"
        yield _verdict(name, there >= count, says, command(quota, count))


def groups_for_packages(world: World) -> Iterator[Finding]:
    """Each model whose versions are approved, or mirrored, has a model package group; some accounts may have none."""
    profiles = [row.profile for row in world.app.registry.rows(TenantRow, "TENANTS") if row.state not in _CLOSED]
    needed = sum(len(one.models) for one in profiles if one and (one.approval == "manual" or one.mirror))
    there = world.account.quota_of(_GROUPS) if needed else None
    if needed and there is None:
        says = f"needs {needed}; Service Quotas does not tell here"
        yield Finding(check="quota for model package groups", verdict="unknown", says=says)
    elif needed:
        says = f"{there:.0f}; models that are approved or mirrored take {needed}"
        good = there is not None and there >= needed
        yield _verdict("quota for model package groups", good, says, command(_GROUPS, needed))


def images_reachable(world: World) -> Iterator[Finding]:
    """A new instance can pull its image."""
    for fleet in _fleets(world):
        host = world.app.registry.get(HostRow, HostRow.at(host_of(fleet.fleet)))
        image = world.account.image_of(host.endpoint) if host else None
        there = world.account.image_there(image) if image else None
        name = f"image of fleet {fleet.fleet}"
        if there is None:
            yield Finding(check=name, verdict="unknown", says=f"{image or 'no endpoint yet'}: ECR does not tell here")
            continue
        yield _verdict(name, there, str(image), "drop the fleet's profile with a framework_version that exists")


CHECKS: tuple[Check, ...] = (
    stack_deployed,
    drops_are_told,
    rules_armed,
    dead_letters_empty,
    mail_confirmed,
    quotas_for_twice_what_serves,
    groups_for_packages,
    images_reachable,
)


def _of_fleets(world: World) -> Iterator[_Need]:
    for fleet in _fleets(world):
        if fleet.profile:
            yield _instances(fleet.profile.instance_type, fleet.profile.instances.max)


def _of_models(world: World) -> Iterator[_Need]:
    """Of those with endpoints or jobs of their own; what `auto` will choose is not known yet."""
    for tenant in world.app.registry.rows(TenantRow, "TENANTS"):
        if tenant.profile and tenant.state not in _CLOSED:
            for model in tenant.profile.models.values():
                yield from _of_model(model)


def _of_model(model: ModelProfile) -> Iterator[_Need]:
    if model.serving is Serving.SERVERLESS:
        yield "serverless endpoints", _SERVERLESS, 1
        yield "serverless concurrency", _AT_ONCE, model.serverless.concurrency
    elif model.serving in DEDICATED - UNCALLED:
        yield _instances(model.instance_type, model.instances.max)
    if jobs := model.jobs:
        yield f"{jobs.instance_type} in jobs", f"{jobs.instance_type} for transform job usage", jobs.instances


def _instances(kind: str, most: int) -> _Need:
    return kind, f"{kind} for endpoint usage", most


def _fleets(world: World) -> list[FleetRow]:
    return [row for row in world.app.registry.rows(FleetRow, "FLEETS") if row.state not in _GONE]


def _verdict(check: str, good: bool, says: str, fix: str) -> Finding:
    return Finding(check=check, verdict="ok" if good else "bad", says=says, fix="" if good else fix)
