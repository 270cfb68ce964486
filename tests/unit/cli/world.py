"""An installation of memory twins, and the command line run against it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from typer.testing import CliRunner, Result

from tenantry.adapters.memory.artifacts import MemoryArtifacts
from tenantry.adapters.memory.channels import MemoryChannels
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.adapters.memory.machines import MemoryMachines
from tenantry.adapters.memory.metrics import MemoryMetrics
from tenantry.adapters.memory.registry import MemoryRegistry
from tenantry.domain.base import Row
from tenantry.domain.batches import BatchRow, BatchState
from tenantry.domain.errors import Unavailable
from tenantry.domain.fleets import host_of
from tenantry.domain.images import Images
from tenantry.domain.options import Serving
from tenantry.domain.profiles import FleetProfile, TenantProfile
from tenantry.domain.routes import HostRow, Route
from tenantry.domain.tenants import FleetRow, FleetState, Source, TenantRow, TenantState
from tenantry.domain.versions import Move, State, Upload
from tenantry.ports import Put
from tenantry.usecases.app import Settings
from tenantry_cli.__main__ import cli
from tenantry_cli.world import Address, Thing
from tenantry_client import Answer

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source(bucket="drop", key="tenants/acme.json", version_id="v", order="1")
SAMPLE = {"content_type": "text/csv", "body": "1"}
PROFILE: dict[str, Any] = {
    "isolation": "bridge",
    "offboard_after": 12,
    "models": {"churn": {"serving": "multi-model", "fleet": "sklearn", "sample": SAMPLE}},
}


class FakeInbox:
    def __init__(self) -> None:
        self.withdrawn: list[str] = []

    def withdraw(self, key: str) -> None:
        self.withdrawn.append(key)


class FakeEstate:
    """Things, of which some refuse so many times to be removed."""

    def __init__(self, *things: Thing) -> None:
        self.things = list(things)
        self.busy: dict[str, int] = {}
        self.emptied: list[str] = []

    def found(self) -> list[Thing]:
        return list(self.things)

    def remove(self, thing: Thing) -> None:
        if self.busy.get(thing.name, 0) > 0:
            self.busy[thing.name] -= 1
            raise Unavailable("in progress")
        self.things.remove(thing)

    def buckets(self) -> list[Thing]:
        return [Thing("bucket", "drop", "arn:aws:s3:::drop")]

    def empty(self, bucket: Thing) -> int:
        self.emptied.append(bucket.name)
        return 1


class FakeAccount:
    """An account where all is well, until a test says otherwise."""

    def __init__(self) -> None:
        self.state = "CREATE_COMPLETE"
        self.enabled = {"DropRule": True}
        self.tells: bool | None = True
        self.letters = {"IntakeDeadLetters": 0}
        self.mail = [Address("stack-acme", "ml@acme.example", confirmed=True)]
        self.quota: float | None = 8
        self.serverless: dict[str, float] = {}
        self.there: bool | None = True

    def stack_state(self) -> str:
        return self.state

    def rules(self) -> dict[str, bool]:
        return self.enabled

    def drop_bucket_tells(self) -> bool | None:
        return self.tells

    def dead_letters(self) -> dict[str, int]:
        return self.letters

    def addresses(self, topic_arn: str = "") -> list[Address]:
        return [one for one in self.mail if topic_arn.endswith(f":{one.topic}") or not topic_arn]

    def quota_of(self, name: str) -> float | None:
        return self.quota if name == "ml.m5.large for endpoint usage" else self.serverless.get(name)

    def image_of(self, endpoint: str) -> str | None:
        return f"image-of-{endpoint}"

    def image_there(self, image: str) -> bool | None:
        return self.there if image else None


class FakeClient:
    def __init__(self, tenant: str) -> None:
        self.tenant = tenant

    def invoke(self, model: str, body: bytes, *, content_type: str, accept: str | None = None) -> Answer:
        told = [self.tenant, model, body.decode(), content_type, accept]
        return Answer(json.dumps(told).encode(), "application/json", "7", 3)


class TwinWorld:
    """The `World` of a command, and its `App`, in memory."""

    stack = "stack"
    images: Images = {}

    def __init__(self) -> None:
        self.clock = MemoryClock(T0)
        self.registry = MemoryRegistry()
        self.artifacts = MemoryArtifacts(self.clock)
        self.hosting = MemoryHosting(self.clock, self.artifacts)
        self.channels = MemoryChannels()
        self.machines = MemoryMachines()
        self.metrics = MemoryMetrics(self.clock)
        self.inbox = FakeInbox()
        self.estate = FakeEstate()
        self.account = FakeAccount()
        self.client: Callable[[str], FakeClient] = FakeClient
        self.settings = Settings(
            stack="stack",
            region="eu-west-1",
            drop_bucket="drop",
            serving_bucket="serving",
            results_bucket="results",
            operator_topic_arn="arn:aws:sns:eu-west-1:123456789012:operator",
        )

    @property
    def app(self) -> Self:
        return self

    def has(self, *rows: Row) -> None:
        self.registry.commit(*(Put(row=row) for row in rows))

    def run(self, *words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, list(words), obj=self, input=stdin)

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        return json.loads(result.stdout)


def tenant(name: str = "acme", state: TenantState = TenantState.READY) -> TenantRow:
    profile = TenantProfile.model_validate(PROFILE)
    source = SOURCE.model_copy(update={"key": f"tenants/{name}.json"})
    return TenantRow(tenant=name, state=state, reason="as dropped", since=T0, source=source, profile=profile)


def fleet(name: str = "sklearn", state: FleetState = FleetState.READY) -> FleetRow:
    profile = FleetProfile(framework="sklearn")
    return FleetRow(fleet=name, state=state, reason="in service", since=T0, source=SOURCE, profile=profile)


def host(name: str = "sklearn") -> HostRow:
    return HostRow(
        host=host_of(name),
        fleet=name,
        serving=Serving.MULTI_MODEL,
        endpoint=f"stack-{name}-1",
        region="eu-west-1",
        instances=2,
        since=T0,
    )


def upload(version: str, state: State, *, order: str = "1", model: str = "churn", owner: str = "acme") -> Upload:
    """With one move per minute: RECEIVED, then its state."""
    at = T0 + timedelta(minutes=int(order, 36))
    return Upload(
        tenant=owner,
        model=model,
        version=version,
        upload=f"u{model}{version}{order}",
        bucket="drop",
        key_="k",
        version_id="v",
        size=1,
        order=order,
        state=state,
        reason=f"because {state}",
        since=at,
        received_at=T0,
        moves=(
            Move(state=State.RECEIVED, at=T0, reason="dropped"),
            Move(state=state, at=at, reason=f"because {state}"),
        ),
    )


def batch(name: str, state: BatchState, since: datetime, *, model: str = "churn", owner: str = "acme") -> BatchRow:
    return BatchRow(
        tenant=owner,
        model=model,
        batch=name,
        owner=owner,
        state=state,
        reason=f"because {state}",
        since=since,
        files=3,
        done=2,
    )


def route(version: str = "1") -> Route:
    return Route(
        tenant="acme",
        model="churn",
        host="fleet-sklearn",
        target=f"acme/churn/{version}.tar.gz",
        version=version,
        upload="u",
        order="1",
        floor="1",
        since=T0,
    )
