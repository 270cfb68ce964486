"""What to do about an end: one sentence for whoever was woken by it. Good news needs none."""

from tenantry.domain.quotas import asking_for_more
from tenantry.domain.tenants import FleetState, TenantRow, TenantState
from tenantry.domain.versions import ENDS, State, Upload

_NEEDED = {"Admit releases": "its tenant or fleet", "Suspend tenant": "its tenant"}
"""Steps that end a version for what it depends on."""


def of_version(row: Upload, step: str) -> str:
    """`row` is in its end state."""
    if row.state is State.FAILED and (command := asking_for_more(step, row.reason)):
        again = f"drop tenants/{row.tenant}.json again" if row.moved_from else "drop the version again"
        return f"`{command}` asks for more; once it is granted, {again}"
    return _of_move(row) if row.moved_from and row.state in ENDS else _of_drop(row, step)


def _of_drop(row: Upload, step: str) -> str:
    tenant, model = row.tenant, row.model
    match row.state:
        case State.SUPERSEDED:
            return f"nothing; to serve version {row.version} all the same, drop it again"
        case State.REJECTED:
            return "mend what the reason names and drop the version again; nothing that serves has changed"
        case State.ROLLED_BACK:
            until = f" until {row.retire_at:%Y-%m-%d %H:%M} UTC" if row.retire_at else ""
            return (
                f"mend the model and drop it again; version {row.version} is kept{until}, and "
                f"`tenantry rollback {tenant} {model} --to {row.version}` makes it live all the same"
            )
        case State.FAILED if step in _NEEDED:
            return f"`tenantry status {tenant}` shows what {_NEEDED[step]} waits for; then drop the version again"
        case State.FAILED:
            return (
                f"`tenantry history {tenant} {model}` shows how far it came, and the log of the functions "
                f"(upload = {row.upload}) the rest; drop the version again to try again"
            )
    return ""


def _of_move(row: Upload) -> str:
    if row.state is State.SUPERSEDED:
        return "nothing: what is live by now moves by itself, where it has to"
    return (
        f"mend what the reason names and drop tenants/{row.tenant}.json again: that moves it again; or drop the "
        "profile as it was before. Nothing that serves has changed"
    )


def of_failed_request(tenant: str, model: str, request: str) -> str:
    """Its body may be at fault, or what it met."""
    return f"mend what the reason names, if it is the request's, and drop requests/{tenant}/{model}/{request} again"


def of_tenant(tenant: str, end: str, state: TenantState) -> str:
    """`end` is how its profile ended, `state` what the tenant is."""
    served = state in {TenantState.READY, TenantState.SUSPENDED}
    before = "; the profile in force before stays in force" if served else ""
    return _of_profile(f"tenants/{tenant}.json", end) + before


def of_suspension(row: TenantRow) -> str:
    """Until when it can be called off."""
    until = f"until {row.offboard_at:%Y-%m-%d %H:%M} UTC" if row.offboard_at else "soon"
    return f"nothing, if it was meant; to keep the tenant, restore tenants/{row.tenant}.json {until}"


def of_fleet(fleet: str, end: str, state: FleetState, command: str | None = None) -> str:
    """`end` is how its profile ended, `state` what the fleet is. `command` asks for more of a quota that was met."""
    before = "; the fleet serves on as it was" if state is FleetState.READY else ""
    if command:
        return f"`{command}` asks for more; once it is granted, drop fleets/{fleet}.json again{before}"
    return _of_profile(f"fleets/{fleet}.json", end) + before


def _of_profile(key: str, end: str) -> str:
    if end == State.REJECTED:
        return f"mend what the reason names and drop {key} again"
    kind, _, name = key.removesuffix(".json").partition("/")
    return (
        f"look into the log of the functions ({kind.removesuffix('s')} = {name}) for the step that failed, "
        f"then drop {key} again: what was half made is removed or found again"
    )
