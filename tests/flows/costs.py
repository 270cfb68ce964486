"""What releases cost in each option: counted in virtual time, with the real machines and functions over the twins."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from tenantry.domain.models import AUTO
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call, policy_of
from tenantry.domain.routes import HostRow
from tenantry.serving import FLEETS
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.rush import behind
from tests.flows.world import World

PAST_GRACE = timedelta(hours=25)

SETTINGS: dict[str, dict[str, Any]] = {
    Serving.REAL_TIME: {"instances": {"min": 1, "max": 4}},
    Serving.ASYNCHRONOUS: {"instances": {"min": 0, "max": 2}},
    Serving.INFERENCE_COMPONENT: {"component": {"copies": {"min": 1, "max": 2}}},
    AUTO: {"needs": {"requests_per_day": 2_000}},
}
"""Beyond the defaults: what can scale, scales, so that those calls are counted, too."""


class Least(NamedTuple):
    """Creating calls that SageMaker's API needs for a version that was not there before, and who says so."""

    calls: tuple[str, ...]
    source: str


OF_AN_ENDPOINT = ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")
LEAST = {
    Serving.REAL_TIME: Least(OF_AN_ENDPOINT, "SageMaker guide, realtime-endpoints-deploy-models"),
    Serving.SERVERLESS: Least(OF_AN_ENDPOINT, "SageMaker guide, serverless-endpoints-create"),
    Serving.ASYNCHRONOUS: Least(OF_AN_ENDPOINT, "SageMaker guide, async-inference-create-endpoint"),
    Serving.MULTI_MODEL: Least((), "SageMaker guide, add-models-to-endpoint: an object under the endpoint's prefix"),
    Serving.MULTI_CONTAINER: Least(OF_AN_ENDPOINT, "SageMaker guide, multi-container-create"),
    Serving.INFERENCE_COMPONENT: Least(
        ("CreateInferenceComponent",), "SageMaker API reference: its container needs no model"
    ),
    Serving.BATCH_TRANSFORM: Least(("CreateModel", "CreateTransformJob"), "SageMaker guide, batch-transform"),
}
SPARE = 2
"""So many creating or updating calls a release may take beyond the least."""

Phase = Literal["first release", "second release", "removal"]


@dataclass(frozen=True)
class Cost:
    """What a step in a version's life took, in all executions that began with it.

    `calls` are control calls by service and operation, `looks` describing ones.

    `serving` is the option that the version was given. `receive_drop` is one invocation more.
    """

    serving: Serving
    transitions: int
    invocations: int
    looks: int
    calls: Counter[tuple[str, str]]

    @property
    def made(self) -> int:
        """Creating and updating calls of SageMaker."""
        return self._of("sagemaker", "Create", "Update")

    @property
    def lasting(self) -> int:
        """Those of them that made something which stays until it is deleted: a job ends by itself."""
        return self.made - self.calls["sagemaker", "CreateTransformJob"]

    @property
    def removed(self) -> int:
        """Deleting calls of SageMaker."""
        return self._of("sagemaker", "Delete")

    @property
    def scaled(self) -> int:
        """Calls of Application Auto Scaling."""
        return self._of("application-autoscaling")

    @property
    def alarmed(self) -> int:
        """Calls of CloudWatch."""
        return self._of("cloudwatch")

    def _of(self, service: str, *verbs: str) -> int:
        known = verbs or ("",)
        return sum(n for (owner, name), n in self.calls.items() if owner == service and name.startswith(known))


@dataclass
class Counting:
    """A gate that holds nobody up, and counts who came by."""

    came: Counter[str] = field(default_factory=Counter)

    def wait(self, operation: str) -> None:
        self.came[operation] += 1

    @property
    def looks(self) -> int:
        return sum(count for operation, count in self.came.items() if operation.startswith("Describe"))


class Ledger:
    """A world with one tenant, and what each thing that happens in it costs."""

    def __init__(self, option: str) -> None:
        self._gate = Counting()
        self.world = behind(World(), self._gate)
        prepare(self.world, option)

    def phases(self) -> Iterator[tuple[Phase, Cost]]:
        """A first version, a second one beside it, and the end of the first after its grace period."""
        yield "first release", self._release("1")
        yield "second release", self._release("2")
        yield "removal", self._removal("1")

    def _release(self, version: str) -> Cost:
        before = self._mark()
        drop_version(self.world, version)
        self.world.run()
        row = self.world.version("acme", "churn", version)
        assert row.state == "LIVE", row.reason
        return self._cost(self._serving(version), before)

    def _removal(self, version: str) -> Cost:
        serving = self._serving(version)
        self.world.run(until=PAST_GRACE)
        before = self._mark()
        self.world.invoke("sweep_registry", {})
        self.world.run()
        row = self.world.version("acme", "churn", version)
        assert row.state == "RETIRED"
        assert row.copied is (serving is Serving.MULTI_CONTAINER), "its container stands until the next endpoint"
        return self._cost(serving, before)

    def _mark(self) -> tuple[int, int, int]:
        return self._gate.looks, len(self.world.twins.hosting.calls), len(self.world.executions)

    def _cost(self, serving: Serving, before: tuple[int, int, int]) -> Cost:
        looks, calls, executions = before
        runs = list(self.world.executions.values())[executions:]
        transitions, invocations = sum(run.transitions for run in runs), sum(len(run.invocations) for run in runs)
        made = Counter(one for call in self.world.twins.hosting.calls[calls:] for one in operations(call))
        return Cost(serving, transitions, invocations, self._gate.looks - looks, made)

    def _serving(self, version: str) -> Serving:
        host = self.world.version("acme", "churn", version).host
        found = self.world.twins.registry.get(HostRow, HostRow.at(host))
        assert found is not None
        return found.serving


def prepare(world: World, option: str) -> None:
    """A tenant with one model of this option, and a fleet where it needs one."""
    for key, body in zip(("fleets/shared.json", "tenants/acme.json"), profiles(option), strict=True):
        if body:
            world.drop(key, body)
            world.run()


def profiles(option: str) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """A fleet's profile where the option has one, and the tenant's."""
    model = {"serving": option, "sample": SAMPLE} | SETTINGS.get(option, {})
    if option in FLEETS:
        tenant = {"isolation": "bridge", "models": {"churn": model | {"fleet": "shared"}}}
        return FLEET | {"serving": option}, tenant
    return None, {"isolation": "silo", "models": {"churn": model | {"framework": "sklearn"}}}


def operations(call: Call) -> Iterator[tuple[str, str]]:
    """What AWS is asked for this call: an alarm that names a policy has its ARN looked up first."""
    if any(map(policy_of, call.params.get("AlarmActions", ()))):
        yield "application-autoscaling", "DescribeScalingPolicies"
    yield call.service, call.operation
