"""What the policy decides on beside the needs, and the candidates that follow from it."""

from collections.abc import Iterator
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.instances import Instances
from tenantry.domain.options import FLEET_ONLY, Isolation, Serving
from tenantry.domain.policy.prices import Prices

Trust = Literal["vendor", "tenant"]


class Fleet(Value):
    """A fleet as the policy sees it.

    `models` live there now; `room` is how many more fit, `None` when nothing but memory bounds them. `trust` says
    whose artifacts it takes, `network` whether its containers have one. `tenant`: whose own it is, if it is somebody's.
    """

    name: str
    serving: Serving
    framework: str
    framework_version: str | None = None
    instance_type: str
    instances: Instances = Instances()
    ready: bool = True
    trust: Trust = "vendor"
    network: bool = False
    tenant: str | None = None
    models: int = 0
    room: int | None = None


class Given(Value):
    """Tenant, artifact, fleets and prices.

    `made_by` is who made the artifact, `data_only` whether it holds no code and no pickle. `instance_type` and
    `instances` are for hosts of its own, where the profile names them. `vpc`: the stack's hosts run in one. `served`
    are the options there are.
    """

    isolation: Isolation
    tenant: str = ""
    framework: str
    framework_version: str | None = None
    made_by: Trust = "vendor"
    data_only: bool = False
    instance_type: str | None = None
    instances: Instances = Instances(min=1, max=100)
    vpc: bool = False
    served: frozenset[Serving] = frozenset(Serving)
    fleets: tuple[Fleet, ...] = ()
    prices: Prices


class Candidate(Value):
    """An option on a fleet, or on hosts of its own. `shared` without a fleet: there is none that has the option."""

    option: Serving
    shared: bool = False
    fleet: Fleet | None = None

    def __str__(self) -> str:
        return f"{self.option} on fleet {self.fleet.name}" if self.fleet else str(self.option)


def candidates(given: Given) -> Iterator[Candidate]:
    """All seven options, those on shared hosts once for each fleet that has them; in a fixed order."""
    fleets = sorted(given.fleets, key=lambda fleet: fleet.name)
    for option in Serving:
        if not _shared(option, given.isolation):
            yield Candidate(option=option)
            continue
        having = [Candidate(option=option, shared=True, fleet=fleet) for fleet in fleets if fleet.serving is option]
        yield from having or [Candidate(option=option, shared=True)]


def _shared(option: Serving, isolation: Isolation) -> bool:
    """Inference components can have an endpoint of their own, in a silo, unless they are kept to fleets."""
    components = option is Serving.INFERENCE_COMPONENT and isolation is not Isolation.SILO
    return components or option in FLEET_ONLY
