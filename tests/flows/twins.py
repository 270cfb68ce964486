"""One set of memory twins, wired as `App`, and the door that the functions are called through."""

import importlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tenantry.adapters.memory.artifacts import MemoryArtifacts
from tenantry.adapters.memory.channels import MemoryChannels
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.adapters.memory.machines import MemoryMachines
from tenantry.adapters.memory.metrics import MemoryMetrics
from tenantry.adapters.memory.registry import MemoryRegistry
from tenantry.adapters.memory.schedules import MemorySchedules
from tenantry.domain.images import Images
from tenantry.domain.policy import Prices
from tenantry.usecases.app import Settings
from tests.flows.archives import behave

ROOT = Path(__file__).parents[2]
DROP, SERVING, RESULTS = "tenantry-dropbucket", "tenantry-servingbucket", "tenantry-resultsbucket"
OPERATOR = "arn:aws:sns:us-east-1:123456789012:tenantry-OperatorTopic"


@dataclass
class Twins:
    """What a use case may use, as `App` says it."""

    settings: Settings
    clock: MemoryClock
    registry: MemoryRegistry
    artifacts: MemoryArtifacts
    hosting: MemoryHosting
    channels: MemoryChannels
    machines: MemoryMachines
    metrics: MemoryMetrics
    schedules: MemorySchedules
    images: Images
    prices: Prices


def twins(**settings: Any) -> Twins:
    """A fresh set, wired."""
    clock = MemoryClock()
    artifacts = MemoryArtifacts(clock)
    channels = MemoryChannels("tenantry")
    channels.topics[OPERATOR] = {"ops@vendor.example"}
    given = {
        "stack": "tenantry",
        "region": "us-east-1",
        "drop_bucket": DROP,
        "serving_bucket": SERVING,
        "results_bucket": RESULTS,
        "operator_topic_arn": OPERATOR,
        "host_role_arn": "arn:aws:iam::123456789012:role/tenantry-MultiModelHostRole",
        "asynchronous_role_arn": "arn:aws:iam::123456789012:role/tenantry-AsynchronousHostRole",
        "batch_role_arn": "arn:aws:iam::123456789012:role/tenantry-BatchHostRole",
        "success_topic_arn": "arn:aws:sns:us-east-1:123456789012:tenantry-AnswersTopic",
        "error_topic_arn": "arn:aws:sns:us-east-1:123456789012:tenantry-FailuresTopic",
    }
    return Twins(
        settings=Settings(**(given | settings)),
        clock=clock,
        registry=MemoryRegistry(),
        artifacts=artifacts,
        hosting=MemoryHosting(clock, artifacts, behave=behave),
        channels=channels,
        machines=MemoryMachines(),
        metrics=MemoryMetrics(clock),
        schedules=MemorySchedules(),
        images=json.loads((ROOT / "layers/core/tenantry/images.json").read_text()),
        prices=Prices.model_validate_json((ROOT / "layers/core/tenantry/prices.json").read_bytes()),
    )


def called(function: str, given: Any, app: Any) -> Any:
    """What the handler of this function does between parsing and dumping, with this App instead of AWS."""
    use, kind = _door(function)
    return use(given if kind is str else kind.model_validate(given), app).model_dump(mode="json", by_alias=True)


@cache
def _door(function: str) -> tuple[Callable[..., Any], Any]:
    """What a function's handler wraps, and the type of its first argument."""
    use = importlib.import_module(function).handler.__wrapped__
    return use, next(iter(inspect.signature(use, eval_str=True).parameters.values())).annotation
