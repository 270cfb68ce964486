"""What placing is told, and what it says."""

from tenantry.domain.base import Value
from tenantry.domain.models import ModelProfile
from tenantry.domain.plans import Plan
from tenantry.domain.routes import HostRow


class QueueSettings(Value):
    """What hosts with a queue get beside that: a role of their own, the results bucket, and SageMaker's two topics."""

    role_arn: str
    results_bucket: str
    success_topic: str
    error_topic: str


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


class Ground(Value):
    """What a version can be placed on.

    `fleet` is the host its model's fleet is, `None` where it has hosts of its own; `image` is what its hosts run.
    `capacity` is how many instances, or copies, the live version of the model has for itself, 0 when it has none.
    """

    model: ModelProfile
    settings: HostSettings
    fleet: HostRow | None = None
    image: str = ""
    capacity: int = 0


class Placement(Value):
    """The decision: host, the endpoint behind it, target on it, the reasons in words, the plan that makes it true.

    `instances` and `at_once` are those of the host's record.
    """

    host: str
    endpoint: str
    target: str
    because: tuple[str, ...]
    plan: Plan
    instances: int = 1
    at_once: int | None = None
