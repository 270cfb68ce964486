"""All that a use case may use: the ports, wired, and the settings of the stack."""

from dataclasses import dataclass, field
from typing import Protocol

from tenantry.domain.images import Images
from tenantry.domain.policy import Prices
from tenantry.ports import Artifacts, Channels, Clock, Hosting, Machines, Metrics, Registry, Schedules


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The stack, as its functions see it.

    `poll_seconds` lie between the first looks at what SageMaker is still changing, `held_minutes` is how long a
    version may wait for its tenant or fleet, `lease_minutes` how long a release holds its slot and target,
    `other_region` is the drop bucket of this stack elsewhere, which drops here go to and come from,
    `sweep_days` how far back the sweep looks for lost uploads, `sweep_most` how many objects it looks at in a run,
    `notice_days` how long sent notices are kept, `artifact_caps` the caps of the artifact gate that differ from its
    own defaults.
    """

    stack: str
    region: str
    drop_bucket: str
    serving_bucket: str
    results_bucket: str
    operator_topic_arn: str
    host_role_arn: str = ""
    asynchronous_role_arn: str = ""
    batch_role_arn: str = ""
    success_topic_arn: str = ""
    error_topic_arn: str = ""
    other_region: str = ""
    host_subnets: tuple[str, ...] = ()
    host_security_groups: tuple[str, ...] = ()
    poll_seconds: int = 15
    held_minutes: int = 30
    in_flight_cap: int = 3
    preload_budget_seconds: int = 420
    heartbeat_budget_seconds: int = 240
    lease_minutes: int = 120
    sweep_days: int = 7
    sweep_most: int = 2_000
    notice_days: int = 30
    artifact_caps: dict[str, int] = field(default_factory=dict)


class App(Protocol):
    """The ports. Each is made when it is first asked for, so a function pays only for those it uses."""

    @property
    def settings(self) -> Settings: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def hosting(self) -> Hosting: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def channels(self) -> Channels: ...
    @property
    def machines(self) -> Machines: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def images(self) -> Images: ...
    @property
    def prices(self) -> Prices: ...
