"""Why a candidate is out because of its hosts. The same form as `option_filters.py`."""

from tenantry.domain.options import Serving
from tenantry.domain.policy import sizing
from tenantry.domain.policy.costs import number
from tenantry.domain.policy.given import Candidate, Given
from tenantry.domain.policy.limits import SERVERLESS_MB
from tenantry.domain.policy.needs import Needs


def fleet(candidate: Candidate, _: Needs, given: Given) -> str | None:
    """A shared host is of a fleet that is READY and serves the framework (Tenantry's policy: one image for a fleet)."""
    found = candidate.fleet
    if found is None:
        return "there is no fleet for it" if candidate.shared else None
    if not found.ready:
        return f"fleet {found.name} is not READY"
    if found.framework != given.framework:
        return f"fleet {found.name} serves {found.framework}, and this is {given.framework}"
    wanted, there = given.framework_version, found.framework_version
    if wanted and there and wanted != there:
        return f"fleet {found.name} serves {found.framework} {there}, and this is for {wanted}"
    return None


def own(candidate: Candidate, _: Needs, given: Given) -> str | None:
    """A fleet that is one tenant's own is for that tenant alone (Tenantry's policy)."""
    found = candidate.fleet
    if found is None or found.tenant in {None, given.tenant}:
        return None
    return f"fleet {found.name} is tenant {found.tenant}'s own"


def trust(candidate: Candidate, _: Needs, given: Given) -> str | None:
    """A shared host takes the vendor's own code, or data only (SageMaker guide, multi-model-endpoint-security)."""
    found = candidate.fleet
    if found is None:
        return None
    if found.trust == "vendor" and given.made_by == "tenant":
        return f"fleet {found.name} takes artifacts of the vendor's own making, and a tenant made this one"
    if found.trust == "tenant" and not given.data_only:
        return f"fleet {found.name} takes formats of data only, and this artifact may carry code"
    return None


def room(candidate: Candidate, _: Needs, __: Given) -> str | None:
    """A shared host has room: multi-container ends at 15 containers (SageMaker guide, multi-container-create)."""
    found = candidate.fleet
    return f"fleet {found.name} is full, with {found.models:,} models" if found and found.room == 0 else None


def price(candidate: Candidate, needs: Needs, given: Given) -> str | None:
    """The price of its instances is known, or it could not be compared (prices.json)."""
    if candidate.option is Serving.SERVERLESS or (candidate.shared and not candidate.fleet):
        return None
    if sizing.kinds(candidate, needs, given):
        return None
    name = candidate.fleet.instance_type if candidate.fleet else given.instance_type
    return f"the price of {name or 'its instances'} is not known, so it cannot be compared: name the option instead"


def memory(candidate: Candidate, needs: Needs, given: Given) -> str | None:
    """The loaded model fits its container, instance or GPU (SageMaker API, ServerlessConfig; sizes assumed)."""
    needed = sizing.memory_mb(candidate, needs)
    kinds = [kind for _, kind in sizing.kinds(candidate, needs, given) if kind.gpu_gib or not needs.gpu]
    instances = max((sizing.usable_mb(kind, needs) for kind in kinds), default=needed)
    there = SERVERLESS_MB[-1] if candidate.option is Serving.SERVERLESS else instances
    if needed <= there:
        return None
    return f"the loaded model needs about {needed:,.0f} MB, and there are {there:,.0f} MB at most"


def capacity(candidate: Candidate, needs: Needs, given: Given) -> str | None:
    """The most instances that the fleet, or the profile, may have carry the peak (Tenantry's policy)."""
    holding = sizing.holding(candidate, needs, given)
    if not holding or sizing.fitting(candidate, needs, given):
        return None
    name, kind = min(holding, key=lambda each: (sizing.busy_at_most(candidate, each[1], needs), each[0]))
    busy, most = sizing.busy_at_most(candidate, kind, needs), sizing.most_instances(candidate, kind, given)
    return f"its traffic keeps {number(busy)} x {name} busy, and there may be {most}"
