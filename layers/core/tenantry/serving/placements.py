"""What placing says, and what it is told about the stack."""

from tenantry.domain.base import Value
from tenantry.domain.plans import Plan


class Placement(Value):
    """The decision: host, target on it, the reasons in words, and the plan that makes it true."""

    host: str
    target: str
    because: tuple[str, ...]
    plan: Plan


class HostSettings(Value):
    """What hosts get from the stack. `model_data_url` is the prefix all their models lie under.

    `subnets` and `security_groups` are both empty, or both not: then hosts run in that VPC.
    """

    stack: str
    fleet: str
    role_arn: str
    model_data_url: str
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
