"""What those who share a model are told when its owner is suspended, is back, or goes; and the end of their pins."""

from collections.abc import Iterable
from itertools import batched

from tenantry.domain.notices import Notice, NoticeRow, outbox
from tenantry.domain.sharing import PinRow, SharedRoute
from tenantry.domain.writes import Delete, Put, Write
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.sharing import users_of

AT_ONCE = 90
"""Notices that go into one commit."""
_SAID = {
    "SUSPENDED": (
        "is suspended with its owner, tenant {owner}: calls fail until that tenant is back",
        "ask {owner}: here is nothing to mend",
    ),
    "READY": ("serves again: its owner, tenant {owner}, is back", ""),
    "GONE": (
        "is gone: its owner, tenant {owner}, was offboarded",
        "take {model} out of shared in tenants/{user}.json, or drop that profile again once the owner has it again",
    ),
}


def tell_users(owner: str, models: Iterable[str], state: str, occasion: str, app: App) -> None:
    """Tell everybody who shares one of these models of the owner's, once for each occasion."""
    shared = [(model, user) for model in sorted(models) for user in users_of(owner, model, app)]
    told = (_told(owner, model, user, state, occasion, app) for model, user in shared)
    for rows in batched((row for row in told if row), AT_ONCE, strict=False):
        app.registry.commit(*(Put(row=row) for row in rows))


def end_pins(owner: str, app: App) -> None:
    """Pins die with what they hold, and who was pinned has no way to the model any more."""
    for pin in pins(owner, app):
        deciding(lambda: app.registry.commit(*_ended(pin, app)))  # noqa: B023 - called before the loop goes on


def pins(owner: str, app: App) -> list[PinRow]:
    """Every pin to a version of this tenant's."""
    return app.registry.rows(PinRow, f"TENANT#{owner}", "PIN#")


def _told(owner: str, model: str, user: str, state: str, occasion: str, app: App) -> NoticeRow | None:
    reason, fix = _SAID[state]
    names = {"owner": owner, "model": model, "user": user}
    notice = Notice(
        id=f"sharing-{occasion}-{model}-{state.lower()}",
        about="sharing",
        tenant=user,
        model=model,
        state=state,
        reason=f"model {model} {reason.format(**names)}",
        fix=fix.format(**names),
        at=app.clock.now(),
    )
    [row] = outbox(notice, user)
    return None if app.registry.get(NoticeRow, row.key) else row


def _ended(stale: PinRow, app: App) -> Iterable[Write]:
    pin = app.registry.get(PinRow, stale.key)
    if pin is None:
        return
    yield Delete(row=pin)
    route = app.registry.get(SharedRoute, SharedRoute.at(pin.tenant, pin.model))
    if route and route.owner == pin.owner and route.pin and route.pin.upload == pin.upload:
        yield Delete(row=route)
