"""Which adapter answers for which port. Each is imported and made when it is first asked for, and then kept.

A function thus imports the SDK's parts and makes the clients that it uses, and no others. Clients come from botocore,
which boto3 itself uses: boto3 would add resources, documentation and a transfer manager to every import.
"""
# ruff: noqa: PLC0415 - late imports are the point: an import costs every cold start

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenantry.usecases.app import Settings

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session

    from tenantry.domain.images import Images
    from tenantry.domain.policy import Prices
    from tenantry.ports import Artifacts, Channels, Clock, Hosting, Machines, Metrics, Registry, Schedules


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What only adapters need to know of the stack.

    `machine_prefix` is the ARN of every state machine up to its short name; `control_rate` how many changing calls
    SageMaker takes in a second (0: not limited here); `images` the path of the image table, from the layer's root on;
    `dead_deliveries` the ARN of the queue for what SNS could not deliver to a tenant's own endpoints, `dead_events` for
    what schedules could not start; `schedule_role` is the role that they start it with.
    """

    registry_table: str
    routes_table: str
    machine_prefix: str
    images: str = "tenantry/images.json"
    control_rate: float = 1.0
    dead_deliveries: str = ""
    schedule_role: str = ""
    dead_events: str = ""

    @property
    def account(self) -> str:
        """The account that owns the stack and its buckets."""
        return self.machine_prefix.split(":")[4]


class AwsApp:
    """The `App` on AWS."""

    def __init__(self, settings: Settings, resources: Resources) -> None:
        self.settings = settings
        self._resources = resources

    @cached_property
    def clock(self) -> "Clock":
        from tenantry.adapters.aws.clock import SystemClock

        return SystemClock()

    @cached_property
    def registry(self) -> "Registry":
        from tenantry.adapters.aws.dynamodb import DynamoRegistry

        tables = {"registry": self._resources.registry_table, "routes": self._resources.routes_table}
        return DynamoRegistry(self._dynamodb, tables, self.clock)

    @cached_property
    def hosting(self) -> "Hosting":
        from tenantry.adapters.aws.gate import DynamoGate
        from tenantry.adapters.aws.probes import probing_config
        from tenantry.adapters.aws.sagemaker import SageMakerHosting

        rate = self._resources.control_rate or None
        return SageMakerHosting(
            _later(lambda: self._client("sagemaker")),
            _later(lambda: self._client("sagemaker-runtime", probing_config())),
            _later(lambda: self._client("cloudwatch")),
            self.clock,
            gate=DynamoGate(self._dynamodb, self._resources.registry_table, self.clock, rate),
            autoscaling=_later(lambda: self._client("application-autoscaling")),
            storage=_later(lambda: self._client("s3")),
            logs=_later(lambda: self._client("logs")),
        )

    @cached_property
    def artifacts(self) -> "Artifacts":
        from tenantry.adapters.aws.s3 import S3Artifacts

        return S3Artifacts(self._client("s3"), self._resources.account)

    @cached_property
    def channels(self) -> "Channels":
        from tenantry.adapters.aws.sns import SnsChannels

        return SnsChannels(self._client("sns"), self.settings.stack, self._resources.dead_deliveries)

    @cached_property
    def machines(self) -> "Machines":
        from tenantry.adapters.aws.stepfunctions import StepFunctionsMachines

        return StepFunctionsMachines(self._client("stepfunctions"), self._resources.machine_prefix)

    @cached_property
    def schedules(self) -> "Schedules":
        from tenantry.adapters.aws.scheduler import SchedulerSchedules

        made = self._resources
        return SchedulerSchedules(
            self._client("scheduler"),
            group=self.settings.stack,
            machine_arn=f"{made.machine_prefix}run-batch",
            role_arn=made.schedule_role,
            dead_letters=made.dead_events,
        )

    @cached_property
    def metrics(self) -> "Metrics":
        from tenantry.adapters.aws.cloudwatch import CloudWatchMetrics

        return CloudWatchMetrics(self._client("cloudwatch"))

    @cached_property
    def images(self) -> "Images":
        found: Images = json.loads((Path(__file__).parents[1] / self._resources.images).read_text())
        return found

    @cached_property
    def prices(self) -> "Prices":
        from tenantry.domain.policy import Prices

        return Prices.model_validate_json((Path(__file__).parent / "prices.json").read_bytes())

    @cached_property
    def _dynamodb(self) -> Any:
        return self._client("dynamodb")

    def _client(self, service: str, config: "Config | None" = None) -> Any:
        from botocore.config import Config

        usual = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})
        return self._session.create_client(service, region_name=self.settings.region, config=config or usual)

    @cached_property
    def _session(self) -> "Session":
        from botocore.session import Session

        return Session()


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    @cached_property
    def _made(self) -> Any:
        return self._make()


def _later(make: Callable[[], Any]) -> Any:
    """A client that is made at its first use: hosting has five, and most functions need one."""
    return _Later(make)
