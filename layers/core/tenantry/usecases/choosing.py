"""Where the profile leaves the option open, the policy chooses one for each version, by what is there now."""

from tenantry.domain.compositions import MOST
from tenantry.domain.fleets import host_of
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.policy import Fleet, Given, choose
from tenantry.domain.policy.chosen import Chosen, kept
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.tenants import FleetRow, FleetState
from tenantry.domain.versions import Upload
from tenantry.serving import OPTIONS
from tenantry.usecases.app import App
from tenantry.usecases.loads import loads_of

_SEEN = {
    *("serving", "framework", "framework_version", "instance_type", "instances"),
    *("trust", "network", "tenant"),
}
"""What the policy looks at of a fleet's profile."""


def chosen(row: Upload, tenant: TenantProfile, model: ModelProfile, app: App) -> Chosen:
    """The cheapest legal option for this artifact; Rejected, with the reasons against each, when there is none."""
    needs = model.needs.model_copy(update={"artifact_bytes": row.size})
    return kept(choose(needs, _given(row.tenant, tenant, model, app)))


def _given(name: str, tenant: TenantProfile, model: ModelProfile, app: App) -> Given:
    usual = ModelProfile.model_fields["instances"].default
    limits = {} if model.instances == usual else {"instances": model.instances}
    fleets = (_fleet(row, app) for row in app.registry.rows(FleetRow, "FLEETS"))
    return Given(
        isolation=tenant.isolation,
        tenant=name,
        framework=model.framework or "custom",
        framework_version=model.framework_version,
        vpc=bool(app.settings.host_subnets),
        served=frozenset(OPTIONS),
        fleets=tuple(fleet for fleet in fleets if fleet),
        prices=app.prices,
        **limits,
    )


def _fleet(row: FleetRow, app: App) -> Fleet | None:
    """The fleet as the policy sees it; `None` before it has a profile in force."""
    profile = row.profile
    if profile is None:
        return None
    return Fleet(
        name=row.fleet,
        ready=row.state is FleetState.READY,
        models=(models := len(loads_of(host_of(row.fleet), app))),
        room=max(MOST - models, 0) if profile.serving is Serving.MULTI_CONTAINER else None,
        **profile.model_dump(include=_SEEN),
    )
