"""What the use cases need of the world. Adapters answer; `runtime` decides which."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tenantry.domain.base import Row, Value
from tenantry.domain.hosting import (
    Address,
    Answer,
    Asked,
    ComponentView,
    EndpointView,
    JobView,
    PackageView,
    Receipt,
    Standing,
)
from tenantry.domain.notices import Notice
from tenantry.domain.plans import Call
from tenantry.domain.series import Series
from tenantry.domain.writes import Check, Delete, Only, Put, Write

__all__ = [
    "Address",
    "Answer",
    "Artifacts",
    "Asked",
    "Channels",
    "Check",
    "Clock",
    "ComponentView",
    "Delete",
    "EndpointView",
    "Hosting",
    "JobView",
    "Machines",
    "Metrics",
    "ObjectVersion",
    "Only",
    "PackageView",
    "Put",
    "Receipt",
    "Registry",
    "Schedules",
    "Series",
    "Standing",
    "Write",
]


class Registry(Protocol):
    """Both tables. Reads are strongly consistent, except `due` (an index, which may lag)."""

    def get[R: Row](self, kind: type[R], key: tuple[str, str]) -> R | None:
        """The row, or `None`."""

    def rows[R: Row](self, kind: type[R], partition: str, prefix: str = "") -> list[R]:
        """All rows of a partition whose sort key starts so, in the order of their sort keys."""

    def due[R: Row](self, kind: type[R], work: str, before: datetime, limit: int = 500) -> list[R]:
        """Rows whose work of this name was due before then, oldest first."""

    def commit(self, *writes: Write) -> None:
        """All of these writes or none, at most 100, one per row. Conflict names the rows whose condition failed.

        An unknown outcome (timeout, reset) is settled inside: the adapter reads back before it raises Unavailable.
        """


class Hosting(Protocol):
    """SageMaker, both planes."""

    def carry_out(self, call: Call) -> None:
        """Make one call. "Already exists" and "already gone" are success.

        Unavailable when throttled or while another change of the same endpoint goes on; ReleaseFailed, in AWS's words,
        when the call is refused (its parameters, a quota).
        """

    def endpoint(self, name: str) -> EndpointView | None:
        """The endpoint, or `None` when there is none."""

    def component(self, name: str) -> ComponentView | None:
        """The inference component, or `None` when there is none."""

    def job(self, name: str) -> JobView | None:
        """The transform job, or `None` when there is none."""

    def package(self, arn: str) -> PackageView | None:
        """The model package, or `None` when there is none (any more)."""

    def packages(self, group: str, since: datetime) -> list[PackageView]:
        """The model packages that were made in this group since then, oldest first; none where there is no group."""

    def package_group(self, name: str) -> bool:
        """Whether there is a model package group of this name."""

    def endpoints(self, contains: str, before: datetime) -> list[Standing]:
        """Endpoints with this in their names (at most 63 characters) that were made before then."""

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a SageMaker resource; none when it is gone."""

    def probe(
        self, address: Address, body: bytes, content_type: str, accept: str | None = None, count: int = 1
    ) -> list[Answer]:
        """Send `count` identical invocations at once; never raises for what the endpoint answers.

        To an asynchronous endpoint they go through its queue, and each is waited for, a minute at most.
        """

    def enqueue(self, endpoint: str, asked: Asked) -> Receipt:
        """Hand a request to an asynchronous endpoint's queue. Asked twice, it is answered twice, to the same object.

        Unavailable when nobody knows whether it was taken, ReleaseFailed, in SageMaker's words, when it was refused.
        """

    def backlog(self, endpoint: str) -> int | None:
        """How many requests wait in an endpoint's queue or are in work, if CloudWatch knows; never waited for."""

    def loaded_models(self, endpoint: str) -> int | None:
        """LoadedModelCount (sum over instances) if CloudWatch has one from the last minutes; never waited for."""


class ObjectVersion(Value):
    """One version of one object; `last_modified` in whole seconds, as S3 tells it.

    `older_in_second`: how many older versions of its key share its second. `deleted`: it is a delete marker (size 0).
    """

    bucket: str
    key: str
    version_id: str
    size: int
    last_modified: datetime
    older_in_second: int = 0
    is_latest: bool = True
    deleted: bool = False


class Artifacts(Protocol):
    """S3. Every call states the expected bucket owner."""

    def version(self, bucket: str, key: str, version_id: str) -> ObjectVersion | None:
        """This version (which may be a delete marker), or `None` when it is gone."""

    def latest(self, bucket: str, key: str) -> ObjectVersion | None:
        """The current version, or `None` when there is none or it is a delete marker."""

    def read(self, bucket: str, key: str, version_id: str, at_most: int) -> bytes:
        """The bytes of a small object, at most so many plus one. Rejected when the version is gone."""

    def content_type(self, bucket: str, key: str, version_id: str) -> str:
        """What its dropper said the object is, or S3's default. Rejected when the version is gone."""

    def replicated(self, bucket: str, key: str, version_id: str) -> bool:
        """Whether S3 copied this version here from another region's bucket. Rejected when the version is gone."""

    def stream(self, bucket: str, key: str, version_id: str) -> Iterator[bytes]:
        """The body in chunks of 64 KiB. Rejected when the version is gone."""

    def write(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        """A small object, whole; what lay at the key before is replaced."""

    def copy(self, source: ObjectVersion, bucket: str, key: str) -> None:
        """Copy this version to a key that must not exist yet; done already (same size) is success.

        Rejected when the source is gone, ReleaseFailed when something else lies at the key.
        """

    def delete(self, bucket: str, key: str) -> None:
        """Remove the object with all its versions, for good; gone already is success."""

    def listing(self, bucket: str, prefix: str, *, deletions: bool = False) -> Iterator[ObjectVersion]:
        """Every version under a prefix, in key order, newest first within a key; delete markers only when asked."""


class Channels(Protocol):
    """SNS topics."""

    def open(
        self,
        tenant: str,
        emails: Sequence[str],
        deliveries: Mapping[str, Sequence[str]] = {},
        withdrawn: Collection[str] = (),
    ) -> str:
        """The tenant's topic with exactly these e-mail subscriptions; its ARN. Finds its own work.

        `deliveries`: queue or HTTPS endpoint → the models whose notices about requests it gets. `withdrawn` get none
        any more; other subscriptions of that kind are the tenant's own, and are left alone.
        """

    def close(self, topic_arn: str) -> None:
        """Remove the topic and its subscriptions; gone already is success."""

    def send(self, topic_arn: str, notice: Notice) -> None:
        """Publish one notice as JSON (message attribute form=notice). ReleaseFailed when the topic is gone."""

    def mail(self, topic_arn: str, subject: str, text: str) -> None:
        """Publish one readable text for e-mail (message attribute form=mail).

        The subject is cut to 100 printable ASCII characters. ReleaseFailed when the topic is gone.
        """


class Machines(Protocol):
    """Step Functions."""

    def start(self, machine: str, name: str, payload: dict[str, Any]) -> None:
        """Start an execution; one of that name, open or closed, is success."""

    def status(self, machine: str, name: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, or `None` when there is none."""


class Schedules(Protocol):
    """EventBridge Scheduler: when runs over batches begin."""

    def put(self, name: str, expression: str, payload: dict[str, Any], *, enabled: bool = True) -> None:
        """Have run-batch started with this input whenever the expression says, in UTC; made before is brought after it.

        ReleaseFailed, in AWS's words, when the expression is refused.
        """

    def remove(self, name: str) -> None:
        """Remove a schedule; gone already is success."""

    def names(self, prefix: str) -> list[str]:
        """The schedules whose names begin so."""


class Metrics(Protocol):
    """CloudWatch."""

    def sums(self, series: Sequence[Series], since: datetime, until: datetime) -> list[float]:
        """The sum of each series over whole minutes from that in which `since` lies; 0 where nothing was published."""

    def alarms(self, names: Sequence[str]) -> dict[str, str]:
        """The state of each alarm of these names: OK, ALARM or INSUFFICIENT_DATA. One that is not there is left out."""


class Clock(Protocol):
    """Time comes in."""

    def now(self) -> datetime:
        """UTC, with time zone."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
