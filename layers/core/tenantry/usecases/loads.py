"""Load records of a host, and what belongs to them."""

from typing import Any

from tenantry.domain.models import ModelProfile, Sample
from tenantry.domain.routes import LoadRow
from tenantry.domain.tenants import TenantRow
from tenantry.domain.writes import Put
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding


def loads_of(host: str, app: App) -> list[LoadRow]:
    """Every load record of a host."""
    return app.registry.rows(LoadRow, f"HOST#{host}", "LOAD#")


def sample_for(load: LoadRow, app: App) -> Sample | None:
    """The sample of the model whose target this is, if a profile still names it."""
    model = model_for(load, app)
    return model.sample if model else None


def model_for(load: LoadRow, app: App) -> ModelProfile | None:
    """What the profile in force says of the model whose target this is."""
    tenant = app.registry.get(TenantRow, TenantRow.at(load.tenant))
    return tenant.profile.models.get(load.model) if tenant and tenant.profile else None


def shown_on(load: LoadRow, endpoint: str, evidence: dict[str, Any], app: App) -> None:
    """Put the evidence on the load record, if the record is still there."""

    def record() -> None:
        current = app.registry.get(LoadRow, load.key)
        if current:
            app.registry.commit(Put(row=current.but(evidence={**current.evidence, endpoint: evidence})))

    deciding(record)
