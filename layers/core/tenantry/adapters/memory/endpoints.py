"""Multi-model endpoints in virtual time: states that take time, and models loaded per instance.

What SageMaker documents is kept: loading on the first call, calls that stick to an instance holding the model, bursts
that spread to further instances, eviction of the least recently used model, new instances that come up empty, cached
models that answer after their object is gone.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenantry.ports import EndpointView, Standing

READY = {"InService", "Updating", "SystemUpdating", "RollingBack"}
"""States in which an endpoint answers."""


@dataclass(frozen=True)
class Durations:
    """Seconds of virtual time that things take. `infer` is what a warm call takes."""

    create: float = 180
    update: float = 120
    delete: float = 30
    component: float = 60
    load: float = 2
    infer: float = 0.02


@dataclass
class Copy:
    """One model in the memory of one instance."""

    artifact: bytes
    ready_at: datetime
    used: int


@dataclass
class Instance:
    """One instance: `room` models fit (`None`: any number)."""

    room: int | None
    copies: dict[str, Copy] = field(default_factory=dict)

    def load(self, target: str, copy: Copy) -> None:
        """Take the model in; when there is no room, the least recently used one goes."""
        while self.room is not None and self.copies and len(self.copies) >= self.room:
            del self.copies[min(self.copies, key=lambda name: self.copies[name].used)]
        self.copies[target] = copy


@dataclass
class Endpoint:
    """An endpoint, its instances and the change it is in, which ends at `until`.

    `containers`: hostname → URL of its model, where requests name the container.
    """

    name: str
    config: str
    store: str
    room: int | None
    desired: int
    until: datetime
    created_at: datetime
    status: str = "Creating"
    reason: str = ""
    doomed: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)
    containers: dict[str, str] = field(default_factory=dict)

    def settle(self, now: datetime) -> None:
        """Let time have passed."""
        if self.status not in {"Creating", "Updating"} or now < self.until:
            return
        if self.status == "Creating" and self.doomed:
            self.status, self.reason = "Failed", self.doomed
            return
        self.status = "InService"
        fresh = [Instance(self.room) for _ in range(self.desired - len(self.instances))]
        self.instances = [*self.instances, *fresh][: self.desired]

    def change(self, status: str, now: datetime, seconds: float) -> None:
        """Begin a change that ends after so many seconds."""
        self.status, self.until = status, now + timedelta(seconds=seconds)
        self.settle(now)

    def gone(self, now: datetime) -> bool:
        """Its deletion has ended."""
        return self.status == "Deleting" and now >= self.until

    def view(self) -> EndpointView:
        """As DescribeEndpoint shows it."""
        return EndpointView(
            name=self.name,
            status=self.status,
            config=self.config,
            instances=len(self.instances),
            desired=self.desired,
            reason=self.reason,
        )

    def standing(self) -> Standing:
        """As ListEndpoints shows it."""
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{self.name}"
        return Standing(name=self.name, arn=arn, status=self.status, created_at=self.created_at)

    def serving(self, target: str, nth: int) -> Instance:
        """The instance that takes the nth call of a burst: those that hold the model, then another one."""
        holders = [one for one in self.instances if target in one.copies]
        others = [one for one in self.instances if target not in one.copies]
        if nth < len(holders) or not others:
            return holders[nth % len(holders)]
        return min(others, key=lambda one: len(one.copies))
