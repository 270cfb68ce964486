"""What the state machines hand to their functions. `statemachines/` and these models are one contract.

Every input carries a schema number. Unknown fields are passed over, and one of a newer schema is not read but tried
again: a redeploy with work in flight loses none.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tenantry.domain.base import SCHEMA, readable
from tenantry.domain.failures import TaskError
from tenantry.domain.plans import Plan
from tenantry.domain.tenants import Source
from tenantry.domain.versions import Upload


class Task(BaseModel):
    """An input, frozen."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, defer_build=True
    )
    schema_: int = Field(default=SCHEMA, alias="schema", ge=1)

    @field_validator("schema_")
    @classmethod
    def _readable(cls, schema: int) -> int:
        readable(schema, "this input")
        return schema

    def payload(self) -> dict[str, Any]:
        """As the input of an execution."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Release(Task):
    """One upload, and the execution that releases (or retires) it."""

    tenant: str
    model: str
    version: str
    upload: str
    execution: str

    @property
    def key(self) -> tuple[str, str]:
        """The key of the upload's row."""
        return Upload.at(self.tenant, self.model, self.upload)

    @classmethod
    def of(cls, row: Upload) -> "Release":
        """The release of this row by its owner."""
        return cls(tenant=row.tenant, model=row.model, version=row.version, upload=row.upload, execution=row.owner)


class Placing(Release):
    """A release that is placed; `waits` is how often it was told to look again."""

    waits: int = 0


class ReleaseEnd(Release):
    """A release whose step failed, with the error that was caught."""

    error: TaskError
    step: str = ""


class Retirement(Release):
    """A version past its time, and why it goes."""

    why: str = ""


class ProfileTask(Task):
    """One version of a profile object, the execution at work on it, and the error that ended it, if one did."""

    bucket: str
    key: str
    version_id: str
    order: str
    execution: str
    deleted: bool = False
    error: TaskError | None = None
    step: str = ""

    @property
    def source(self) -> Source:
        """Where the profile lies."""
        return Source(bucket=self.bucket, key=self.key, version_id=self.version_id, order=self.order)


class TenantTask(ProfileTask):
    """A tenant's profile."""

    tenant: str


Composing = Literal["", "join", "drop"]
"""Why a fleet's next endpoint is made, if no profile asks for it: containers join it, or have to be left out."""


class FleetTask(ProfileTask):
    """A fleet's profile. `endpoint`, `instances` and `remove` come from earlier steps.

    With `compose`, it is the next endpoint of a multi-container fleet as it is, in the place of an execution
    (`instead_of`) that died over one before.
    """

    fleet: str
    compose: Composing = ""
    instead_of: str = ""
    endpoint: str = ""
    instances: int = 0
    remove: str = ""


class PlanTask(Task):
    """A plan to carry out or to check (`checks` were made before), and for the log, what it is about."""

    plan: Plan
    since: str = ""
    checks: int = 0
    tenant: str = ""
    model: str = ""
    version: str = ""
    upload: str = ""
    fleet: str = ""
    execution: str = ""


class BatchTask(Task):
    """A run over batches that wait, of a model of `tenant`, or over one `batch` of `user`'s (a tenant that shares it).

    `run` is the execution that began it. `attempt` and `looks` count, `error` is what ended it in `step`.
    """

    tenant: str
    model: str
    user: str = ""
    batch: str = ""
    run: str = ""
    attempt: int = 0
    looks: int = 0
    error: TaskError | None = None
    step: str = ""

    def payload(self) -> dict[str, Any]:
        """As the input of an execution, which is itself the run where none is named."""
        return {name: value for name, value in super().payload().items() if value}


class Admission(Task):
    """Whose uploads are looked at: a tenant's, or those of every tenant that uses a fleet."""

    tenant: str = ""
    fleet: str = ""


class Relay(Task):
    """Whose notices are sent; `None`: everybody's."""

    audiences: tuple[str, ...] | None = None


class Schedule(Task):
    """A schedule's event; nothing in it matters."""


class ExecutionChange(BaseModel):
    """`detail` of "Step Functions Execution Status Change" (aws.md 5.4)."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
    name: str
    status: str
    state_machine: str = Field(alias="stateMachineArn")
    input: str | None = None
    cause: str | None = None
    error: str | None = None


class ExecutionEvent(BaseModel):
    """The event around it."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
    detail: ExecutionChange

    @property
    def ids(self) -> dict[str, Any]:
        """What the execution worked on, for the log: its name and its input."""
        try:
            known = json.loads(self.detail.input or "{}")
        except ValueError:
            known = {}
        return {**(known if isinstance(known, dict) else {}), "execution": self.detail.name}
