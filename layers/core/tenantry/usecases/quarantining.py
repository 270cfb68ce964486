"""What nobody expects is counted, and told to the operator in one digest per 15 minutes."""

from tenantry.domain.digests import counted, strays_at, window_of
from tenantry.domain.notices import StrayRow
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding


def quarantine(what: str, app: App) -> None:
    """Count it: a stray key, or something else in words."""
    now = app.clock.now()

    def once() -> None:
        row = app.registry.get(StrayRow, strays_at(window_of(now)))
        app.registry.commit(Put(row=counted(row, what, now)))

    deciding(once)
