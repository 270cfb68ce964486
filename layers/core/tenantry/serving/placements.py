"""What placing is told, and what it says."""

from tenantry.domain.base import Value
from tenantry.domain.compositions import Composition
from tenantry.domain.models import ModelProfile
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow


class QueueSettings(Value):
    """What hosts with a queue get beside that: a role of their own, the results bucket, and SageMaker's two topics."""

    role_arn: str
    results_bucket: str
    success_topic: str
    error_topic: str


class JobSettings(Value):
    """What transform jobs get beside that: a role of their own, and the bucket that they write to."""

    role_arn: str
    results_bucket: str


class HostSettings(Value):
    """What hosts get from the stack. `models` is the S3 prefix, ending in `/`, under which all their models lie.

    `subnets` and `security_groups` are both empty, or both not: then hosts run in that VPC.
    """

    stack: str
    role_arn: str
    models: str
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    queues: QueueSettings | None = None
    jobs: JobSettings | None = None


class Ground(Value):
    """What a version can be placed on.

    `composition` is what stands on a host of several containers, and what waits for its next endpoint.
    `fleet` is the host its model's fleet is, `None` where it has hosts of its own; `image` is what its hosts run.
    `pool`: tenants share the model. `capacity` is how many instances, or copies, the live version of the model has
    for itself, 0 when it has none.
    """

    model: ModelProfile
    settings: HostSettings
    fleet: HostRow | None = None
    image: str = ""
    capacity: int = 0
    pool: bool = False
    composition: Composition | None = None


class NewHost(Value):
    """What the containers of a fleet are put on: the endpoint's name, and how many `instances` it begins with."""

    endpoint: str
    fleet: str
    profile: FleetProfile
    image: str
    settings: HostSettings
    instances: int


class Input(Value):
    """An object that a plan's calls read, and which therefore is written before them."""

    bucket: str
    key: str
    body: str
    content_type: str


class Placement(Value):
    """The decision: host, the endpoint behind it, target on it, the reasons in words, the plan that makes it true.

    `not_yet` is what it has to wait for, if it has to: placing is asked again in a while.
    `endpoint` is empty where jobs serve; `instances`, `at_once` and `pool` are those of the host's record. `inputs` are
    written before the plan is carried out.
    """

    host: str
    endpoint: str
    target: str
    because: tuple[str, ...]
    plan: Plan
    instances: int = 1
    at_once: int | None = None
    pool: bool = False
    inputs: tuple[Input, ...] = ()
    not_yet: str = ""
